"""What an epoch is judged by: lists of what customers had not bought, and what they then bought of it."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.sparse import csr_array

from traindy.cvae.distributed import ALONE
from traindy.cvae.later import later_of
from traindy.cvae.validation import Selection
from traindy.uph import UPH

WHO = np.arange(3)


def uph(*rows):
    matrix = csr_array(np.array(rows, np.float32))
    return UPH(matrix, np.zeros(matrix.nnz, np.int32), np.ones(matrix.nnz, np.int32))


BEFORE = uph([1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 1, 0, 0])
DURING = uph([1, 0, 0, 1, 0], [0, 1, 0, 0, 0], [0, 1, 1, 0, 0])
"""The first buys one article again and one new, the second nothing new, the third both."""


def test_what_was_bought_before_is_no_miss_and_who_buys_nothing_new_does_not_count():
    asked = []

    def rank(history, conditions, k, exclude_bought):
        asked.append((history.matrix.toarray().tolist(), conditions.tolist(), exclude_bought))
        return np.array([[3, 1], [3, 1]], np.int32)

    selection = Selection(None, patience=1, seed=0)
    recommender = SimpleNamespace(rank=rank, net=SimpleNamespace(config=SimpleNamespace(n_articles=5)))
    selection.watch(recommender, BEFORE, WHO, DURING, ALONE)
    found = selection._accuracy()
    assert asked == [([[1, 0, 0, 0, 0], [0, 0, 1, 0, 0]], [0, 2], True)]
    assert found["val/recall_20"] == 1
    assert found["val/ndcg_20"] == pytest.approx((1 + 1 / np.log2(3)) / 2), "first place, second place"
    assert selection.later.history.n_customers == 3, "weights are fitted to all"


def test_where_nobody_buys_anything_new_all_that_was_bought_counts():
    again = later_of(BEFORE, BEFORE, WHO, seed=0)
    assert again.of_who_buys_new() is again
