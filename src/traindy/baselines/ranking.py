"""What the baselines rank with: fixed lists, or scores of a few customers at a time."""

from abc import ABC, abstractmethod
from typing import Final, Protocol

import numpy as np
import torch

from traindy.evaluate.metrics import hits_of
from traindy.uph import UPH

SCORES_AT_ONCE: Final = 8_000_000
"""Scores held at a time."""
BATCH: Final = 4096
"""Customers whose fixed lists are filtered at a time."""


class Recommender(Protocol):
    """Ranks articles for rows of the UPH."""

    def rank(self, history: UPH, clusters: np.ndarray, k: int, exclude_bought: bool) -> np.ndarray:
        """The k best articles for each row, best first: int32 [rows, k], -1 after the last."""
        ...


def rank_fixed(order: np.ndarray, history: UPH, k: int, exclude_bought: bool) -> np.ndarray:
    """The first k of one order of articles for everybody, less what each has bought."""
    lists = np.full((history.n_customers, k), -1, np.int32)
    if not exclude_bought:
        lists[:, : len(order)] = order[:k]
        return lists
    lengths = np.diff(history.matrix.indptr)
    rows = np.argsort(lengths, kind="stable")  # alike together, so that a batch looks only as far as it must
    while len(rows):
        size = max(1, SCORES_AT_ONCE // (k + int(lengths[rows[min(len(rows), BATCH) - 1]])))
        batch, rows = np.split(rows, [min(size, BATCH)])
        first = order[: k + int(lengths[batch].max())]
        candidates = np.broadcast_to(first, (len(batch), len(first)))
        free = ~hits_of(candidates, history.rows(batch).matrix)
        place = free.cumsum(1)
        row, column = np.nonzero(free & (place <= k))
        lists[batch[row], place[row, column] - 1] = candidates[row, column]
    return lists


class ScoreModel(ABC):
    """A model that scores the catalogue from a row; who has no history is served what is popular."""

    def __init__(self, popular: np.ndarray, n_articles: int) -> None:
        """popular: articles by falling popularity."""
        self.popular, self.n_articles = popular, n_articles
        # Less than any difference that a model means: it only orders what the model leaves equal.
        self.tie_break = np.empty(n_articles, np.float32)
        self.tie_break[popular] = np.linspace(1e-6, 0, n_articles, dtype=np.float32)

    @abstractmethod
    def scores(self, history: UPH) -> np.ndarray:
        """float32 [rows, n_articles]."""

    def rank(self, history: UPH, clusters: np.ndarray, k: int, exclude_bought: bool) -> np.ndarray:
        """See `Recommender`; in batches of customers, exact."""
        lists = rank_fixed(self.popular, history, k, exclude_bought)
        known = np.flatnonzero(np.diff(history.matrix[:, : self.n_articles].tocsr().indptr))
        for batch in np.array_split(known, -(-len(known) * self.n_articles // SCORES_AT_ONCE) or 1):
            rows = history.rows(batch)
            scores = self.scores(rows) + self.tie_break
            if exclude_bought:
                row = np.repeat(np.arange(len(batch)), np.diff(rows.matrix.indptr))
                inside = rows.matrix.indices < self.n_articles
                scores[row[inside], rows.matrix.indices[inside]] = -np.inf
            lists[batch] = best(scores, k)
        return lists


def best(scores: np.ndarray, k: int) -> np.ndarray:
    """Columns of the k highest scores, best first; -1 for those of minus infinity: int32 [rows, k]."""
    depth = min(k, scores.shape[1])
    top = torch.from_numpy(scores).topk(depth, dim=1)
    lists = np.full((len(scores), k), -1, np.int32)
    lists[:, :depth] = torch.where(top.values == -torch.inf, -1, top.indices).numpy()
    return lists
