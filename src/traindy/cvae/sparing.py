"""Evidence of the day has to earn its place: what sold lately may say little of what will sell.

Weights fitted to one window of purchases cannot tell what lasts from what that window happened to be: to
them every customer is another witness, while all of them saw the same weeks. So the simpler mixture is kept
unless the other makes better lists by more than chance.
"""

import logging
from dataclasses import replace
from typing import Final

import numpy as np
from scipy.sparse import csr_array

from traindy.cvae.recommender import CvaeRecommender
from traindy.cvae.weights import Later, Weights
from traindy.evaluate.bootstrap import interval, resampled_means
from traindy.evaluate.metrics import hits_of, ndcg

log = logging.getLogger("traindy")

K: Final = 20
RESAMPLES: Final = 1000


def sparing(every: CvaeRecommender, timeless: CvaeRecommender, later: Later, seed: int) -> Weights:
    """The weights of `every`; those of `timeless` for each kind of list where they make none worse.

    every, timeless: the same model with all evidence, and without that of the day (`Evidence.of_day`). What
    counts is NDCG@20 of the purchases in `later`, by a paired 95 % interval over customers.
    """
    chosen = every.weights
    if every.weights == timeless.weights:
        return chosen
    for kind in ("new", "any", "cold"):
        gain = _ndcg(every, later, kind) - _ndcg(timeless, later, kind)
        low, high = _interval(gain, seed)
        said = "kept" if low > 0 else "left out"
        log.info("evidence of the day, %s: NDCG@%d %+.4f to %+.4f, %s", kind, K, low, high, said)
        if low <= 0:
            chosen = replace(chosen, **{kind: getattr(timeless.weights, kind)})
    return chosen


def _interval(gain: np.ndarray, seed: int) -> tuple[float, float]:
    """Of the mean over customers; of nobody it is 0."""
    if not len(gain):
        return 0.0, 0.0
    everybody = np.ones((len(gain), 1), bool)
    low, high = interval(resampled_means(gain[:, None], everybody, RESAMPLES, seed)[:, 0, 0])
    return float(low), float(high)


def _ndcg(model: CvaeRecommender, later: Later, kind: str) -> np.ndarray:
    """Of each customer whom this kind of list is made for: float64 [customers]."""
    truth = later.truth
    if kind == "cold":  # as if nobody had a history
        lists = model.lists_without_history(K, later.conditions)
    else:
        lists = model.rank(later.history, later.conditions, K, exclude_bought=kind == "new")
        if kind == "new":
            truth = csr_array(truth - truth.multiply(later.history.matrix))
            truth.eliminate_zeros()
        warm = np.diff(later.history.matrix.indptr) > 0
        lists, truth = lists[warm], truth[warm]
    truth.sort_indices()
    size = np.diff(truth.indptr)
    asked = np.flatnonzero(size)
    return ndcg(hits_of(lists[asked], csr_array(truth[asked])), size[asked], K)
