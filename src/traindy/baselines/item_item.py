"""Linear item-item models: a row of the UPH times a matrix of articles x articles."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from scipy.linalg import lapack
from scipy.sparse import csr_array, vstack

from traindy.baselines.popularity import count
from traindy.baselines.ranking import SCORES_AT_ONCE, ScoreModel
from traindy.core.errors import UserError
from traindy.uph import UPH

LARGE_LEVEL: Final = 10
"""Articles of a level above which its row in EASE weighs less."""
MIRRORED_AT_ONCE: Final = 1024


class Neighbours(ScoreModel):
    """Sum over the bought articles of their similarity to a candidate, kept for the nearest articles only."""

    def __init__(self, popular: np.ndarray, similarity: csr_array) -> None:
        """similarity: articles x articles, of `nearest`."""
        super().__init__(popular, similarity.shape[0])
        self.similarity = similarity

    def scores(self, history: UPH) -> np.ndarray:
        """See `ScoreModel`."""
        product = history.matrix[:, : self.n_articles] @ self.similarity
        return np.asarray(product.toarray(), np.float32)


class ItemKnn(Neighbours):
    """Sum over the bought articles of their shrunk cosine similarity to a candidate.

    n_ij / (sqrt(n_i n_j) + shrinkage), the `neighbours` highest kept for each article (Dacrema et al. 2019);
    without the shrinkage what one customer bought once would be nearest to everything.
    """

    def __init__(
        self, uph: UPH, popular: np.ndarray, n_articles: int, neighbours: int, shrinkage: float
    ) -> None:
        matrix = csr_array(uph.matrix[:, :n_articles])
        norm = np.sqrt(count(uph, n_articles, None)).astype(np.float32)
        super().__init__(
            popular, nearest(matrix, neighbours, lambda rows: np.float32(shrinkage) + norm[rows, None] * norm)
        )


class CoOccurrence(Neighbours):
    """Sum over the bought articles j of n_ij / (n_i n_j)^b, without any training.

    n_ij counts a customer who bought both with the weight |row|^-2a: it is X'X of a UPH whose rows are scaled
    by |row|^-a and its columns by n^-b. b = 0.5 is the cosine, a = 0 counts every customer as much.
    """

    def __init__(
        self,
        uph: UPH,
        popular: np.ndarray,
        n_articles: int,
        neighbours: int,
        customer_power: float,
        article_power: float,
    ) -> None:
        matrix = csr_array(uph.matrix[:, :n_articles])
        size = np.diff(matrix.indptr)
        by_customer = np.repeat(np.maximum(size, 1.0) ** -customer_power, size)
        by_article = np.maximum(count(uph, n_articles, None), 1.0) ** -article_power
        scaled = (by_customer * by_article[matrix.indices]).astype(np.float32)
        matrix = csr_array((scaled, matrix.indices, matrix.indptr), shape=matrix.shape)
        super().__init__(popular, nearest(matrix, neighbours))
        # The powers set the scale of the scores: on a large shop they may all be less than a tie-break.
        self.tie_break *= self.similarity.data.mean() if self.similarity.nnz else 1


def nearest(
    matrix: csr_array, neighbours: int, divisor: Callable[[slice], np.ndarray] | None = None
) -> csr_array:
    """For each article the highest of matrix' matrix, a block of articles at a time: articles x articles.

    matrix: customers x articles. divisor: what to divide those of some articles by, [those, articles].
    """
    by_article, n_articles = csr_array(matrix.T), matrix.shape[1]
    at_once = max(1, SCORES_AT_ONCE // max(n_articles, 1))
    blocks = []
    for first in range(0, n_articles, at_once):
        rows = slice(first, first + at_once)
        together = (by_article[rows] @ matrix).toarray()
        if divisor is not None:
            # What never sold has the norm 0.
            np.divide(together, divisor(rows), out=together, where=together > 0)
        blocks.append(_highest(together, neighbours))
    return csr_array(vstack(blocks, format="csr"))


def _highest(together: np.ndarray, neighbours: int) -> csr_array:
    # The article itself is kept beside its neighbours, for lists that may repeat.
    top = torch.from_numpy(together).topk(min(neighbours + 1, together.shape[1]), dim=1)
    indptr = np.arange(len(together) + 1) * top.indices.shape[1]
    found = csr_array((top.values.numpy().ravel(), top.indices.numpy().ravel(), indptr), shape=together.shape)
    found.eliminate_zeros()
    return found


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
        raise UserError(
            "baselines.ease_lambda: too small, the matrix is not positive definite in float32; raise it"
        )
    inverse, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    for first in range(0, len(inverse), MIRRORED_AT_ONCE):  # only the lower triangle is filled
        end = first + MIRRORED_AT_ONCE
        corner = np.tril(inverse[first:end, first:end])
        inverse[first:end, first:end] = corner + np.tril(corner, -1).T
        inverse[first:end, end:] = inverse[end:, first:end].T
    symmetric: np.ndarray = inverse.T
    return symmetric


def gram_matrix(uph: UPH, n_articles: int) -> np.ndarray:
    """X'X: customers who bought both, float32 [n_articles, n_articles]."""
    matrix = uph.matrix[:, :n_articles]
    return np.ascontiguousarray((matrix.T @ matrix).toarray(), dtype=np.float32)


def add_attributes(gram: np.ndarray, attributes: pa.Table, weights: Mapping[str, float]) -> None:
    """Add to X'X, for each level of an attribute, the row of a customer who bought all its articles.

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
