"""As much of the evidence of the day is taken as it is sure to make a kind of list better."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.sparse import csr_array

from traindy.cvae.later import Later
from traindy.cvae.sparing import sparing
from traindy.cvae.weights import KINDS, Weights
from traindy.uph import UPH

CUSTOMERS, ARTICLES = 60, 60
SURE = dict.fromkeys(KINDS, 1.0)
"""That it lasts."""
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


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_list_is_decided_by_itself(later, kind):
    nothing = dict.fromkeys(KINDS, 30)
    chosen = sparing(Lists(EVERY, nothing | {kind: 60}), Lists(TIMELESS, nothing), later, SURE, 0)
    for each in KINDS:
        assert getattr(chosen, each) == getattr(EVERY if each == kind else TIMELESS, each)


def test_the_surer_a_gain_is_the_more_is_taken(later):
    same = dict.fromkeys(KINDS, 30)
    taken = [
        sparing(Lists(EVERY, same | {"new": right}), Lists(TIMELESS, same), later, SURE, 0).new["recent_7"]
        for right in (20, 30, 31, 32, 60)
    ]
    assert taken[:2] == [0, 0], "worse lists and the same ones prove nothing"
    assert 0 < taken[2] < taken[3] < taken[4] == EVERY.new["recent_7"]
    # One customer of sixty gains: none of a sample's sixty draws is that one with probability 1 / e.
    assert taken[2] == pytest.approx(EVERY.new["recent_7"] * (1 - np.exp(-1)), abs=0.05)


@pytest.mark.parametrize("kind", KINDS)
def test_no_more_is_taken_than_lasts_however_much_better_the_lists_are(later, kind):
    right, wrong = dict.fromkeys(KINDS, 60), dict.fromkeys(KINDS, 0)
    chosen = sparing(Lists(EVERY, right), Lists(TIMELESS, wrong), later, SURE | {kind: 0.25}, 0)
    for each in KINDS:
        share = 0.25 if each == kind else 1
        assert getattr(chosen, each) == {"recent_7": share * getattr(EVERY, each)["recent_7"]}


def test_nothing_is_taken_where_nobody_could_ask_whether_it_lasts(later):
    right, wrong = dict.fromkeys(KINDS, 60), dict.fromkeys(KINDS, 0)
    assert sparing(Lists(EVERY, right), Lists(TIMELESS, wrong), later, {}, 0) == TIMELESS


def test_only_customers_with_a_history_are_asked_and_only_for_what_they_had_not(later):
    """Article 0 is no purchase of something new; nobody has a history, so nobody asks."""
    nobody = later.history.rows(np.arange(0))
    empty = csr_array((CUSTOMERS, ARTICLES), dtype=np.float32)
    history = UPH(empty, nobody.day, nobody.count)
    all_right, none = (dict.fromkeys(KINDS, n) for n in (60, 0))
    without = Later(history, later.conditions, later.truth)
    chosen = sparing(Lists(EVERY, all_right), Lists(TIMELESS, none), without, SURE, 0)
    assert chosen == Weights(TIMELESS.new, TIMELESS.any, EVERY.cold)
