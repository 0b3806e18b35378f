"""Metrics of top-k lists: a value for each customer first, so that groups and intervals are a mean away.

`lists` [customers, k] holds article positions, best first, -1 after the last; `hits` says which of them are
in the customer's truth, and `size` how many articles the truth has, those included that no list can hold.
"""

from typing import Final

import numpy as np
from scipy.sparse import csr_array

SUCCESS_AT: Final = 20
"""The original project judges lists of 20."""
SUCCESS_SHARE: Final = 0.3
"""recall_30: that share of the list is bought."""
MAP_AT: Final = 12
"""Kaggle's list length."""
DECIMALS: Final = 5
"""Of every figure in the report."""


def hits_of(lists: np.ndarray, truth: csr_array) -> np.ndarray:
    """Which recommended articles are true: bool [customers, k]. truth: customers x articles, sorted rows."""
    n_articles = np.int64(truth.shape[1])
    row = np.repeat(np.arange(truth.shape[0], dtype=np.int64), np.diff(truth.indptr))
    true = row * n_articles + truth.indices
    asked = np.arange(len(lists), dtype=np.int64)[:, None] * n_articles + lists
    if not len(true):
        return np.zeros(lists.shape, bool)
    found = np.minimum(np.searchsorted(true, asked), len(true) - 1)
    return (true[found] == asked) & (lists >= 0)


def recall(hits: np.ndarray, size: np.ndarray, k: int) -> np.ndarray:
    """Share of the truth among the first k: float64 [customers]."""
    return hits[:, :k].sum(1) / size


def ndcg(hits: np.ndarray, size: np.ndarray, k: int) -> np.ndarray:
    """Discounted gain over that of a list that begins with the truth: float64 [customers].

    Järvelin & Kekäläinen 2002, binary gain, discount 1 / log2(rank + 1).
    """
    return (hits[:, :k] * discount(k)[: hits.shape[1]]).sum(1) / ideal_gain(size, k)


def ideal_gain(size: np.ndarray, k: int) -> np.ndarray:
    """The discounted gain of a list of k that begins with the truth, `size` articles: float64 [customers]."""
    ideal: np.ndarray = np.concatenate([[0.0], np.cumsum(discount(k))])[np.minimum(size, k).astype(int)]
    return ideal


def discount(k: int) -> np.ndarray:
    """What an article in each place of a list of k gains, see `ndcg`: float64 [k]."""
    return 1 / np.log2(np.arange(2, k + 2))


def average_precision(hits: np.ndarray, size: np.ndarray, k: int = MAP_AT) -> np.ndarray:
    """Precisions at the hits, summed over min(k, |truth|), as Kaggle defines MAP@12: float64 [customers]."""
    first = hits[:, :k]
    precision = first.cumsum(1) / np.arange(1, first.shape[1] + 1)
    return (precision * first).sum(1) / np.minimum(size, k)


def recall_1(hits: np.ndarray) -> np.ndarray:
    """The original project's first success: one of the 20 recommended articles is bought; bool."""
    return np.asarray(hits[:, :SUCCESS_AT].any(1))


def recall_30(hits: np.ndarray) -> np.ndarray:
    """The original project's second success: 30 % of the 20 recommended articles are bought."""
    needed = np.ceil(SUCCESS_SHARE * SUCCESS_AT)
    return hits[:, :SUCCESS_AT].sum(1) >= needed


def coverage(lists: np.ndarray, n_articles: int) -> float:
    """Share of the catalogue that stands in anybody's list."""
    shown = np.zeros(n_articles, bool)
    shown[lists[lists >= 0]] = True  # many times faster than sorting out the distinct ones
    return float(shown.mean())
