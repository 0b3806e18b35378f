"""Evidence of the day is kept for the lists that it makes better, and only for them."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.sparse import csr_array

from traindy.cvae.later import Later
from traindy.cvae.sparing import sparing
from traindy.cvae.weights import Weights
from traindy.uph import UPH

CUSTOMERS, ARTICLES = 60, 60
ALL = {"new", "any", "cold"}
EVERY = Weights({"recent_7": 1.0}, {"recent_7": 2.0}, {"recent_7": 3.0})
TIMELESS = Weights({"recent_7": 0.0}, {"recent_7": 0.0}, {"recent_7": 0.0})


@dataclass
class Lists:
    """Lists that hold what is bought for the first `right` customers, and else what nobody buys."""

    weights: Weights
    right: dict[str, int]

    def rank(self, history, conditions, k, exclude_bought):
        return self._lists(self.right["new" if exclude_bought else "any"])

    def lists_without_history(self, k, conditions):
        return self._lists(self.right["cold"])

    def _lists(self, right):
        lists = np.full((CUSTOMERS, 20), -1)
        lists[:, 0] = np.where(np.arange(CUSTOMERS) < right, 1, 2)
        return lists


@pytest.fixture
def later():
    """Everybody had article 0 and buys it again, and article 1 for the first time."""
    had, bought = np.zeros((2, CUSTOMERS, ARTICLES), np.float32)
    had[:, 0] = bought[:, :2] = 1
    had = csr_array(had)
    history = UPH(had, np.zeros(had.nnz, np.int32), np.ones(had.nnz, np.int32))
    return Later(history, np.zeros(CUSTOMERS, int), csr_array(bought))


@pytest.mark.parametrize("kind", ["new", "any", "cold"])
def test_each_kind_of_list_is_decided_by_itself(later, kind):
    nothing = {"new": 30, "any": 30, "cold": 30}
    chosen = sparing(Lists(EVERY, nothing | {kind: 60}), Lists(TIMELESS, nothing), later, ALL, 0)
    for each in ("new", "any", "cold"):
        assert getattr(chosen, each) == getattr(EVERY if each == kind else TIMELESS, each)


@pytest.mark.parametrize(("right", "kept"), [(30, False), (32, False), (40, True), (20, False)])
def test_better_by_chance_or_worse_is_not_enough(later, right, kept):
    same = {"new": 30, "any": 30, "cold": 30}
    chosen = sparing(Lists(EVERY, same | {"new": right}), Lists(TIMELESS, same), later, ALL, 0)
    assert chosen.new == (EVERY if kept else TIMELESS).new


@pytest.mark.parametrize("kind", ["new", "any", "cold"])
def test_what_does_not_last_is_left_out_however_much_better_its_lists_are(later, kind):
    right, wrong = dict.fromkeys(ALL, 60), dict.fromkeys(ALL, 0)
    chosen = sparing(Lists(EVERY, right), Lists(TIMELESS, wrong), later, ALL - {kind}, 0)
    for each in ALL:
        assert getattr(chosen, each) == getattr(TIMELESS if each == kind else EVERY, each)


def test_only_customers_with_a_history_are_asked_and_only_for_what_they_had_not(later):
    """Article 0 is no purchase of something new; nobody has a history, so nobody asks."""
    nobody = later.history.rows(np.arange(0))
    empty = csr_array((CUSTOMERS, ARTICLES), dtype=np.float32)
    history = UPH(empty, nobody.day, nobody.count)
    all_right, none = (dict.fromkeys(("new", "any", "cold"), n) for n in (60, 0))
    chosen = sparing(
        Lists(EVERY, all_right), Lists(TIMELESS, none), Later(history, later.conditions, later.truth), ALL, 0
    )
    assert chosen == Weights(TIMELESS.new, TIMELESS.any, EVERY.cold)
