"""Evidence of the day has to earn its place: what sold lately may say little of what will sell.

Weights fitted to one window of purchases cannot tell what lasts from what that window happened to be: to
them every customer is another witness, while all of them saw the same weeks. So the simpler mixture, with a
little of what sells now (`weights.modest`), is taken unless what the day says lasts (`lasting.py`) and the
other makes better lists by more than chance.
"""

import logging
from collections.abc import Set
from dataclasses import replace
from typing import Final, Protocol

import numpy as np
from scipy.sparse import csr_array

from traindy.cvae.later import K, Later
from traindy.cvae.recommender import CvaeRecommender
from traindy.cvae.weights import Weights
from traindy.evaluate.bootstrap import interval, resampled_means
from traindy.evaluate.metrics import hits_of, ndcg
from traindy.uph import UPH

log = logging.getLogger("traindy")

RESAMPLES: Final = 1000


class Ranks(Protocol):
    """What a `CvaeRecommender` does."""

    def rank(self, history: UPH, conditions: np.ndarray, k: int, exclude_bought: bool) -> np.ndarray:
        """The k best articles for each row, best first: int32 [rows, k], -1 after the last."""
        ...

    def lists_without_history(self, k: int, conditions: np.ndarray) -> np.ndarray:
        """The same for customers of whom only the condition is known."""
        ...


def sparing(
    every: CvaeRecommender, simpler: CvaeRecommender, later: Later, lasting: Set[str], seed: int
) -> Weights:
    """The weights of `every`; those of `simpler` for each kind of list where they make none worse.

    every, simpler: the same model with all evidence weighed, and with that of the day (`Evidence.of_day`) not
    fitted. lasting: the kinds of lists for which what the day says lasts; for others `simpler` is taken.
    """
    chosen = every.weights
    if every.weights == simpler.weights:
        return chosen
    for kind in ("new", "any", "cold"):
        low, high = gained(every, simpler, later, kind, seed)
        kept = low > 0 and kind in lasting
        said = "kept" if kept else "not kept" if low <= 0 else "not kept, since it does not last"
        log.info("evidence of the day, %s: NDCG@%d %+.4f to %+.4f, %s", kind, K, low, high, said)
        if not kept:
            chosen = replace(chosen, **{kind: getattr(simpler.weights, kind)})
    return chosen


def gained(one: Ranks, other: Ranks, later: Later, kind: str, seed: int) -> tuple[float, float]:
    """NDCG@20 that `one` gains over the other: a paired 95 % interval of the mean over customers; of nobody
    it is 0.

    kind: of list, see `Weights`.
    """
    gain = _ndcg(one, later, kind) - _ndcg(other, later, kind)
    if not len(gain):
        return 0.0, 0.0
    everybody = np.ones((len(gain), 1), bool)
    low, high = interval(resampled_means(gain[:, None], everybody, RESAMPLES, seed)[:, 0, 0])
    return float(low), float(high)


def _ndcg(model: Ranks, later: Later, kind: str) -> np.ndarray:
    """Of each customer whom this kind of list is made for: float64 [customers]."""
    if kind == "cold":  # as if nobody had a history
        lists = model.lists_without_history(K, later.conditions)
    else:
        later = later.with_history()
        lists = model.rank(later.history, later.conditions, K, exclude_bought=kind == "new")
        later = later.of_new() if kind == "new" else later
    truth = later.truth
    truth.sort_indices()
    size = np.diff(truth.indptr)
    asked = np.flatnonzero(size)
    return ndcg(hits_of(lists[asked], csr_array(truth[asked])), size[asked], K)
