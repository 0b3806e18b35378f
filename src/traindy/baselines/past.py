"""A customer's own past purchases, the most frequent first."""

import numpy as np

from traindy.baselines.ranking import rank_fixed
from traindy.uph import UPH


class PastPurchases:
    """What the customer bought before, by frequency, then recency; the popularity list fills it up.

    With a half-life an article is worth count * 2^(-(cut - day) / half_life), day being that of its last
    purchase. Where bought articles are excluded only the filling is left.
    """

    def __init__(self, popular: np.ndarray, half_life: float | None) -> None:
        """popular: articles by falling popularity. half_life: in days; None: by count alone."""
        self.popular, self.half_life = popular, half_life
        self.place = np.empty(len(popular), np.int64)
        self.place[popular] = np.arange(len(popular))

    def rank(self, history: UPH, clusters: np.ndarray, k: int, exclude_bought: bool) -> np.ndarray:
        """See `Recommender`."""
        filling = rank_fixed(self.popular, history, k, exclude_bought=True)
        if exclude_bought:
            return filling
        row, article = self._own(history)
        length = np.bincount(row, minlength=history.n_customers)
        place = np.arange(len(row)) - (length.cumsum() - length)[row]
        lists = np.take_along_axis(filling, (np.arange(k) - length[:, None]).clip(0), 1)
        inside = place < k
        lists[row[inside], place[inside]] = article[inside]
        return lists

    def _own(self, history: UPH) -> tuple[np.ndarray, np.ndarray]:
        """(row, article) of every purchase of a known article: rows in order, the best article first."""
        row = np.repeat(np.arange(history.n_customers), np.diff(history.matrix.indptr))
        known = np.flatnonzero(history.matrix.indices < len(self.popular))
        row, article = row[known], history.matrix.indices[known]
        day, worth = history.day[known], history.count[known].astype(float)
        if self.half_life is not None:
            # The worth's logarithm, which cannot underflow; the cut would shift all of them alike.
            worth = np.log2(worth) + day / self.half_life
        order = np.lexsort((self.place[article], -day, -worth, row))
        return row[order], article[order]
