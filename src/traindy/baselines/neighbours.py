"""Neighbourhood models: a row of the UPH times a sparse matrix of articles x articles."""

from collections.abc import Callable
from typing import Final

import numpy as np
import torch
from scipy.sparse import csr_array, vstack

from traindy.baselines.popularity import count
from traindy.baselines.ranking import SCORES_AT_ONCE, ScoreModel, rank_fixed
from traindy.uph import UPH
from traindy.uph.sparse import product

ROWS_AT_ONCE: Final = 1024
"""Customers whose sparse scores are held at a time."""


class Neighbours(ScoreModel):
    """Sum over the bought articles of their similarity to a candidate, kept for the nearest articles only."""

    def __init__(self, popular: np.ndarray, similarity: csr_array) -> None:
        """similarity: articles x articles, of `nearest`."""
        super().__init__(popular, similarity.shape[0])
        self.similarity = similarity

    def scores(self, history: UPH) -> np.ndarray:
        """See `ScoreModel`."""
        return np.asarray(self._product(history).toarray(), np.float32)

    def rank(self, history: UPH, clusters: np.ndarray, k: int, exclude_bought: bool) -> np.ndarray:
        """See `Recommender`; the same lists as from `scores`, from the few that are not zero."""
        lists = rank_fixed(self.popular, history, k, exclude_bought)
        known = np.flatnonzero(np.diff(history.matrix[:, : self.n_articles].tocsr().indptr))
        short = []
        for first in range(0, len(known), ROWS_AT_ONCE):
            batch = known[first : first + ROWS_AT_ONCE]
            rows = history.rows(batch)
            found, full = self._highest(rows, k, exclude_bought)
            lists[batch[full]] = found[full]
            short.append(batch[~full])
        rest = np.concatenate([*short, np.zeros(0, np.int64)]).astype(np.int64)
        lists[rest] = super().rank(history.rows(rest), clusters[rest], k, exclude_bought)
        return lists

    def _product(self, history: UPH) -> csr_array:
        return product(csr_array(history.matrix[:, : self.n_articles]), self.similarity)

    def _highest(self, rows: UPH, k: int, exclude_bought: bool) -> tuple[np.ndarray, np.ndarray]:
        """The k highest of each row, and whether it has so many."""
        said = self._product(rows)
        row = np.repeat(np.arange(said.shape[0]), np.diff(said.indptr))
        good = said.data > 0
        if exclude_bought:
            bought = np.zeros(said.shape, bool)
            known = csr_array(rows.matrix[:, : self.n_articles])
            bought[np.repeat(np.arange(len(bought)), np.diff(known.indptr)), known.indices] = True
            good &= ~bought[row, said.indices]
        row, article = row[good], said.indices[good]
        size = np.bincount(row, minlength=said.shape[0])
        place = np.arange(len(row)) - np.repeat(size.cumsum() - size, size)
        padded = torch.full((len(size), max(k, int(size.max(initial=0)))), -torch.inf)
        padded[row, place] = torch.from_numpy(said.data[good] + self.tie_break[article])
        articles = torch.zeros(padded.shape, dtype=torch.int32)
        articles[row, place] = torch.from_numpy(article.astype(np.int32))
        return articles.gather(1, padded.topk(k, dim=1).indices).numpy(), size >= k


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
        together = product(csr_array(by_article[rows]), matrix).toarray()
        if divisor is not None:
            # What never sold has the norm 0.
            np.divide(together, divisor(rows), out=together, where=together > 0)
        blocks.append(_nearest_of(together, neighbours))
    return csr_array(vstack(blocks, format="csr"))


def _nearest_of(together: np.ndarray, neighbours: int) -> csr_array:
    # The article itself is kept beside its neighbours, for lists that may repeat.
    top = torch.from_numpy(together).topk(min(neighbours + 1, together.shape[1]), dim=1)
    indptr = np.arange(len(together) + 1) * top.indices.shape[1]
    found = csr_array((top.values.numpy().ravel(), top.indices.numpy().ravel(), indptr), shape=together.shape)
    found.eliminate_zeros()
    return found
