"""Ranking in batches gives what one customer at a time would be given."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from traindy.baselines import ranking
from traindy.baselines.ranking import ScoreModel, best, rank_fixed
from traindy.uph import UPH

N = 7
histories = st.lists(st.sets(st.integers(0, N - 1)), min_size=1, max_size=12)


def uph(rows):
    dense = np.zeros((len(rows), N), np.float32)
    for i, row in enumerate(rows):
        dense[i, list(row)] = 1
    matrix = csr_array(dense)
    return UPH(matrix, np.zeros(matrix.nnz, np.int32), np.ones(matrix.nnz, np.int32))


def padded(articles, k):
    return [*articles, *[-1] * k][:k]


class Table(ScoreModel):
    """A score for every article, the same for everybody."""

    def __init__(self, values, popular):
        super().__init__(np.array(popular), len(values))
        self.values = np.array(values, np.float32)

    def scores(self, history):
        return np.tile(self.values, (history.n_customers, 1))


@pytest.fixture(params=[1, 8, 8_000_000], autouse=True, scope="module")
def scores_at_once(request):
    """Whatever fits into a batch, the lists are the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "SCORES_AT_ONCE", request.param)
        yield


@settings(max_examples=40, deadline=None)
@given(histories, st.permutations(range(N)), st.integers(1, N + 2), st.booleans())
def test_one_order_for_everybody_less_what_each_has_bought(rows, order, k, exclude):
    lists = rank_fixed(np.array(order), uph(rows), k, exclude)
    assert lists.dtype == np.int32
    assert lists.tolist() == [padded([a for a in order if not (exclude and a in row)], k) for row in rows]


@settings(max_examples=40, deadline=None)
@given(histories, st.permutations(range(N)), st.integers(1, N + 2), st.booleans())
def test_scores_decide_where_there_is_a_history_and_popularity_elsewhere(rows, by_score, k, exclude):
    popular = list(range(N))[::-1]
    model = Table([-by_score.index(a) for a in range(N)], popular)
    lists = model.rank(uph(rows), np.zeros(len(rows), int), k, exclude)
    for row, got in zip(rows, lists.tolist(), strict=True):
        order = by_score if row else popular
        assert got == padded([a for a in order if not (exclude and a in row)], k)


def test_articles_that_a_model_leaves_equal_follow_in_order_of_popularity():
    model = Table([0, 0, 5, 0, 0, 0, 0], [3, 1, 6, 0, 2, 4, 5])
    assert model.rank(uph([{1}]), np.zeros(1, int), 4, True).tolist() == [[2, 3, 6, 0]]


def test_a_history_of_articles_that_a_model_does_not_know_is_none():
    model = Table([1, 2, 3], [2, 0, 1])
    assert model.rank(uph([{5, 6}, {0, 6}]), np.zeros(2, int), 3, True).tolist() == [[2, 0, 1], [2, 1, -1]]


def test_the_best_are_in_order_and_minus_infinity_is_nobody():
    scores = np.array([[1, 3, -np.inf, 2], [-np.inf] * 4], np.float32)
    assert best(scores, 6).tolist() == [[1, 3, 0, -1, -1, -1], [-1] * 6]
