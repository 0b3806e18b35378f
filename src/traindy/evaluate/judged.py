"""What lists are judged by: the queries that have a truth, their groups, and each one's figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import csr_array

from traindy.core.errors import UserError
from traindy.core.vocabulary import CustomerGroup
from traindy.evaluate import metrics
from traindy.evaluate.bands import Band
from traindy.evaluate.queries import WITHHELD, Queries

EVERYBODY: Final = "all"
"""Every customer once: warm, held out with their history, cold."""
GROUPS: Final = (*(group.value for group in CustomerGroup), WITHHELD)
HISTORY_BANDS: Final = (Band(0, 0), Band(1, 1), Band(2, 4), Band(5, 9), Band(10, None))
"""Distinct articles bought before the test."""


@dataclass(frozen=True)
class Judged:
    """Queries with at least one article to find. Lists of other rows than `rows` are not looked at."""

    rows: np.ndarray
    """Which of the queries: int64 [judged]; every array below is in their order."""
    queries: Queries
    truth: csr_array
    """judged x articles."""
    size: np.ndarray
    """Articles to find, those included that no model could know."""
    groups: dict[str, np.ndarray]
    """bool [judged] by name, the groups of nobody left out; `EVERYBODY` is the first."""
    k: tuple[int, ...]
    """List lengths for recall and NDCG, `metrics.SUCCESS_AT` always among them, rising."""

    @property
    def depth(self) -> int:
        """The length of list that is needed."""
        return max(self.k)

    def figures(self, lists: np.ndarray) -> dict[str, np.ndarray]:
        """Every metric of every judged query: float64 [judged] by name. lists: [queries, depth or more]."""
        return self._figures(metrics.hits_of(lists[self.rows, : self.depth], self.truth))

    def ceiling(self, n_known: int) -> dict[str, np.ndarray]:
        """The figures of one who knows the truth, but can recommend only articles [0, n_known)."""
        known = np.concatenate([[0], np.cumsum(self.truth.indices < n_known)])
        within_reach = np.diff(known[self.truth.indptr])
        return self._figures(np.arange(self.depth) < within_reach[:, None])

    def _figures(self, hits: np.ndarray) -> dict[str, np.ndarray]:
        figures = {"recall_1": metrics.recall_1(hits), "recall_30": metrics.recall_30(hits)}
        for k in self.k:
            figures[f"recall_{k}" if k not in (1, 30) else f"recall_at_{k}"] = metrics.recall(
                hits, self.size, k
            )
            figures[f"ndcg_{k}"] = metrics.ndcg(hits, self.size, k)
        figures[f"map_{metrics.MAP_AT}"] = metrics.average_precision(hits, self.size)
        return {name: values.astype(np.float64) for name, values in figures.items()}


def judge(queries: Queries, k: Sequence[int], exclude_bought: bool) -> Judged:
    """Leave out the queries without an article to find, and group the others.

    Raises `UserError` if none is left.
    """
    truth = queries.truth(exclude_bought)
    size = np.diff(truth.indptr)
    rows = np.flatnonzero(size)
    if not (queries.groups[rows] != WITHHELD).any():
        raise UserError(
            f"evaluate.exclude_bought={str(exclude_bought).lower()}: nobody bought anything new in the test; "
            "set it to false, or cut elsewhere"
        )
    return Judged(
        rows=rows,
        queries=queries,
        truth=truth[rows],
        size=size[rows],
        groups={name: members[rows] for name, members in _groups(queries).items() if members[rows].any()},
        k=tuple(sorted({metrics.SUCCESS_AT, *k})),
    )


def _groups(queries: Queries) -> dict[str, np.ndarray]:
    once = queries.groups != WITHHELD
    groups = {EVERYBODY: once} | {name: queries.groups == name for name in GROUPS}
    length = queries.history_length
    groups |= {f"history_{band.name}": once & band.holds(length) for band in HISTORY_BANDS}
    for cluster in np.unique(queries.clusters):
        groups[f"cluster_{cluster}"] = once & (queries.clusters == cluster)
    return groups
