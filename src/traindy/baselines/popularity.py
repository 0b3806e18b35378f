"""Popularity lists: of everybody, and of each cluster."""

import numpy as np

from traindy.baselines.ranking import rank_fixed
from traindy.uph import UPH


def count(uph: UPH, n_articles: int, since: int | None) -> np.ndarray:
    """Customers who bought each article, on or after the day `since` (None: ever): float64 [n_articles]."""
    bought = uph.matrix.indices if since is None else uph.matrix.indices[uph.day >= since]
    return np.bincount(bought, minlength=n_articles)[:n_articles].astype(float)


def by_popularity(counts: np.ndarray, ever: np.ndarray) -> np.ndarray:
    """Articles by falling count; equals by what was bought ever, then by position: int [n_articles]."""
    return np.lexsort((-ever, -counts))


class Popularity:
    """The same list for everybody."""

    def __init__(self, order: np.ndarray) -> None:
        self.order = order

    def rank(self, history: UPH, clusters: np.ndarray, k: int, exclude_bought: bool) -> np.ndarray:
        """See `Recommender`."""
        return rank_fixed(self.order, history, k, exclude_bought)


class ClusterPopularity:
    """A list for each cluster: its own counts and `shrinkage` purchases spread as everybody's are."""

    def __init__(
        self, uph: UPH, clusters: np.ndarray, n_articles: int, since: int | None, shrinkage: float
    ) -> None:
        everybody, ever = count(uph, n_articles, since), count(uph, n_articles, None)
        prior = shrinkage * everybody / max(everybody.sum(), 1.0)
        own = [
            count(uph.rows(np.flatnonzero(clusters == c)), n_articles, since)
            for c in range(int(clusters.max()) + 1)
        ]
        self.orders = [by_popularity(counts + prior, ever) for counts in own]

    def rank(self, history: UPH, clusters: np.ndarray, k: int, exclude_bought: bool) -> np.ndarray:
        """See `Recommender`."""
        lists = np.empty((history.n_customers, k), np.int32)
        for c, order in enumerate(self.orders):
            mine = np.flatnonzero(clusters == c)
            lists[mine] = rank_fixed(order, history.rows(mine), k, exclude_bought)
        return lists
