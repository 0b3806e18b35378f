"""Evidence of the day has to earn its place: what sold lately may say little of what will sell.

Weights fitted to one window of purchases cannot tell what lasts from what that window happened to be: to
them every customer is another witness, while all of them saw the same weeks. So the weights lie between those
of a simpler mixture, with a little of what sells now (`weights.modest`), and those fitted to the window: as
far towards these as it is likely that they make better lists and that what the day says lasts (`lasting.py`).
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Protocol

import numpy as np
from scipy.sparse import csr_array

from traindy.cvae.later import K, Later
from traindy.cvae.recommender import CvaeRecommender
from traindy.cvae.weights import KINDS, Weights, between
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
    every: CvaeRecommender, simpler: CvaeRecommender, later: Later, lasting: Mapping[str, float], seed: int
) -> Weights:
    """Weights between those of `simpler` and of `every`, for each kind of list.

    every, simpler: the same model with all evidence weighed, and with that of the day (`Evidence.of_day`) not
    fitted. lasting: by kind of list, how likely it is that what the day says lasts.
    """
    chosen = every.weights
    if every.weights == simpler.weights:
        return chosen
    for kind in KINDS:
        gains = gained(every, simpler, later, kind, seed)
        share = min(chance(gains), lasting.get(kind, 0.0))
        log.info("evidence of the day, %s: %s, %.2f of it taken", kind, said(gains), share)
        one, other = (getattr(each.weights, kind) for each in (simpler, every))
        chosen = replace(chosen, **{kind: between(one, other, share)})
    return chosen


def gained(one: Ranks, other: Ranks, later: Later, kind: str, seed: int) -> np.ndarray:
    """NDCG@20 that `one` gains over the other, the mean over customers, of `RESAMPLES` bootstrap samples of
    them: float64 [samples]; of nobody it is 0.

    kind: of list, see `Weights`.
    """
    gain = _ndcg(one, later, kind) - _ndcg(other, later, kind)
    if not len(gain):
        return np.zeros(RESAMPLES)
    everybody = np.ones((len(gain), 1), bool)
    return resampled_means(gain[:, None], everybody, RESAMPLES, seed)[:, 0, 0]


def chance(gains: np.ndarray) -> float:
    """How likely there is a gain. gains: see `gained`."""
    return float((gains > 0).mean())


def said(gains: np.ndarray) -> str:
    """For the log. gains: see `gained`."""
    low, high = interval(gains)
    return f"NDCG@{K} {low:+.4f} to {high:+.4f}"


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
