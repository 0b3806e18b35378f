"""Implicit matrix factorisation by alternating least squares (Hu, Koren & Volinsky 2008)."""

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from traindy.baselines.ranking import ScoreModel
from traindy.core.params import Baselines
from traindy.uph import UPH


class Als(ScoreModel):
    """A customer's factors are solved anew from the row that is served, so held-out ones need no training."""

    def __init__(
        self, uph: UPH, popular: np.ndarray, n_articles: int, settings: Baselines, threads: int
    ) -> None:
        super().__init__(popular, n_articles)
        with threadpool_limits(1, "blas"):  # its own threads are enough
            self.model = AlternatingLeastSquares(
                factors=settings.als_factors,
                regularization=settings.als_regularization,
                alpha=settings.als_alpha,
                iterations=settings.als_iterations,
                num_threads=threads,
                random_state=settings.seed,
            )
            self.model.fit(csr_matrix(uph.matrix[:, :n_articles]), show_progress=False)

    def scores(self, history: UPH) -> np.ndarray:
        """See `ScoreModel`."""
        rows = csr_matrix(history.matrix[:, : self.n_articles])
        with threadpool_limits(1, "blas"):
            factors = self.model.recalculate_user(np.arange(rows.shape[0]), rows)
        return np.asarray(factors @ self.model.item_factors.T, np.float32)
