"""EASE, alone and with the articles' attributes: rows of the UPH times a dense articles x articles matrix."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.linalg import lapack
from scipy.sparse import csr_array

from traindy.baselines.ranking import ScoreModel
from traindy.core.errors import UserError
from traindy.uph import UPH
from traindy.uph.ridge import SingularError, by_customers

LARGE_LEVEL: Final = 10
"""Articles of a level above which its row in EASE weighs less."""
MIRRORED_AT_ONCE: Final = 1024
TOO_SMALL: Final = (
    "baselines.ease_lambda: too small, the matrix is not positive definite in float32; raise it"
)


class Ease(ScoreModel):
    """EASE: the linear autoencoder with a zero diagonal, in closed form (Steck 2019, equation 8)."""

    def __init__(self, gram: np.ndarray, popular: np.ndarray, regularization: float) -> None:
        """gram: articles x articles, float32, overwritten; what rows to weigh how is its maker's affair."""
        super().__init__(popular, len(gram))
        gram[np.diag_indices_from(gram)] += regularization
        weights = _inverse(gram)
        weights /= -np.diag(weights).copy()
        weights[np.diag_indices_from(weights)] = 0
        self.weights = weights

    def scores(self, history: UPH) -> np.ndarray:
        """See `ScoreModel`."""
        return np.asarray(history.matrix[:, : self.n_articles] @ self.weights, np.float32)


def _inverse(matrix: np.ndarray) -> np.ndarray:
    """Of a symmetric positive definite float32 matrix, in its own memory."""
    # Its transpose is the same matrix in the order that LAPACK overwrites without a copy.
    factor, failed = lapack.spotrf(matrix.T, lower=1, clean=0, overwrite_a=1)
    if failed:
        raise UserError(TOO_SMALL)
    inverse, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    for first in range(0, len(inverse), MIRRORED_AT_ONCE):  # only the lower triangle is filled
        end = first + MIRRORED_AT_ONCE
        corner = np.tril(inverse[first:end, first:end])
        inverse[first:end, first:end] = corner + np.tril(corner, -1).T
        inverse[first:end, end:] = inverse[end:, first:end].T
    symmetric: np.ndarray = inverse.T
    return symmetric


class EaseByCustomers(ScoreModel):
    """The same from the inverse of rows x rows, where these are fewer than the articles."""

    def __init__(self, rows: csr_array, popular: np.ndarray, regularization: float) -> None:
        """rows: of customers, and of levels of attributes; float32 [rows, articles]."""
        super().__init__(popular, rows.shape[1])
        try:
            self.weights, self.own = by_customers(rows, regularization)
        except SingularError as error:
            raise UserError(TOO_SMALL) from error
        self.rows = rows

    def scores(self, history: UPH) -> np.ndarray:
        """See `ScoreModel`."""
        given = csr_array(history.matrix[:, : self.n_articles])
        scores = np.asarray((given @ self.rows.T).toarray() @ self.weights, np.float32)
        row, article = given.nonzero()
        scores[row, article] -= self.own[article]  # an article says nothing of itself
        return scores


def gram_matrix(uph: UPH, n_articles: int) -> np.ndarray:
    """X'X: customers who bought both, float32 [n_articles, n_articles]."""
    matrix = uph.matrix[:, :n_articles]
    return np.ascontiguousarray((matrix.T @ matrix).toarray(), dtype=np.float32)


def level_rows(attributes: pa.Table, n_articles: int, weights: Mapping[str, float]) -> list[csr_array]:
    """For each attribute that has a weight: float32 [levels, n_articles], of each level the row of a customer
    who bought all its articles.

    The square of such a row is w / max(1, n / 10) where the level has n articles: a product's colour variants
    belong together more surely than a department.
    """
    found = []
    for name, weight in weights.items():
        codes = attributes[name].slice(0, n_articles).combine_chunks().dictionary_encode().indices
        given = np.flatnonzero(codes.is_valid())
        level = pc.cast(codes, "int64").drop_null().to_numpy()
        size = np.bincount(level) if len(level) else np.zeros(0)
        each = np.sqrt(weight / np.maximum(1, size / LARGE_LEVEL)).astype(np.float32)
        found.append(csr_array((each[level], (level, given)), shape=(len(size), n_articles)))
    return found


def add_levels(gram: np.ndarray, levels: Sequence[csr_array]) -> None:
    """Add what these rows add to X'X."""
    for rows in levels:
        extra = (rows.T @ rows).tocoo()
        gram[extra.row, extra.col] += extra.data
