"""Linear item-item models: a row of the UPH times a matrix of articles x articles."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from implicit.nearest_neighbours import CosineRecommender
from scipy.sparse import csr_array, csr_matrix

from traindy.baselines.ranking import ScoreModel
from traindy.uph import UPH

LARGE_LEVEL: Final = 10
"""Articles of a level above which its row in EASE weighs less."""


class ItemKnn(ScoreModel):
    """Sum of cosine similarities between the bought articles and a candidate, `neighbours` kept for each."""

    def __init__(self, uph: UPH, popular: np.ndarray, n_articles: int, neighbours: int, threads: int) -> None:
        super().__init__(popular, n_articles)
        model = CosineRecommender(K=neighbours, num_threads=threads)
        model.fit(csr_matrix(uph.matrix[:, :n_articles]), show_progress=False)
        self.similarity = csr_array(model.similarity, dtype=np.float32)

    def scores(self, history: UPH) -> np.ndarray:
        """See `ScoreModel`."""
        product = history.matrix[:, : self.n_articles] @ self.similarity
        return np.asarray(product.toarray(), np.float32)


class Ease(ScoreModel):
    """EASE: the linear autoencoder with a zero diagonal, in closed form (Steck 2019, equation 8)."""

    def __init__(self, gram: np.ndarray, popular: np.ndarray, regularization: float) -> None:
        """gram: articles x articles, float32, overwritten; what rows to weigh how is its maker's affair."""
        super().__init__(popular, len(gram))
        gram[np.diag_indices_from(gram)] += regularization
        lower = torch.linalg.cholesky(torch.from_numpy(gram))
        inverse = torch.cholesky_inverse(lower)
        inverse /= -inverse.diagonal()[None].clone()
        self.weights = inverse.fill_diagonal_(0).numpy()

    def scores(self, history: UPH) -> np.ndarray:
        """See `ScoreModel`."""
        return np.asarray(history.matrix[:, : self.n_articles] @ self.weights, np.float32)


def gram_matrix(uph: UPH, n_articles: int) -> np.ndarray:
    """X'X: customers who bought both, float32 [n_articles, n_articles]."""
    matrix = uph.matrix[:, :n_articles]
    return np.ascontiguousarray((matrix.T @ matrix).toarray(), dtype=np.float32)


def add_attributes(gram: np.ndarray, attributes: pa.Table, weights: Mapping[str, float]) -> None:
    """Add to X'X what extra rows would: for each level of an attribute a customer who bought all its articles.

    The row of a level with n articles weighs w / max(1, n / 10): a product's colour variants belong together
    more surely than a department. gram + sum over attributes and levels of weight * 1_level 1_level'.
    """
    n = len(gram)
    for name, weight in weights.items():
        codes = pc.cast(attributes[name].slice(0, n).combine_chunks().dictionary_encode().indices, "int64")
        given = np.flatnonzero(codes.is_valid())
        level = codes.drop_null().to_numpy()
        size = np.bincount(level) if len(level) else np.zeros(0)
        each = np.sqrt(weight / np.maximum(1, size / LARGE_LEVEL))
        rows = csr_array((each[level], (given, level)), shape=(n, len(size)))
        extra = (rows @ rows.T).tocoo()
        gram[extra.row, extra.col] += extra.data.astype(np.float32)
