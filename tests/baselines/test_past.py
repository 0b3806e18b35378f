"""Past purchases on histories whose order is known by hand."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from traindy.baselines.past import PastPurchases
from traindy.baselines.ranking import rank_fixed
from traindy.uph import UPH

POPULAR = np.array([4, 3, 2, 1, 0])
CLUSTERS = np.zeros(3, np.int32)
# Three units of article 0 on day 1, one of 1 on day 9, three of 2 on day 5, and an article nobody knows yet.
HISTORY = UPH(
    csr_array(np.array([[1, 1, 1, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 1, 1, 0, 0]], np.float32)),
    day=np.array([1, 9, 5, 9, 7, 7], np.int32),
    count=np.array([3, 1, 3, 9, 2, 2], np.int32),
)


@pytest.mark.parametrize(
    ("half_life", "first"), [(None, [2, 0, 1]), (1.0, [1, 2, 0]), (3.0, [2, 1, 0]), (0.001, [1, 2, 0])]
)
def test_frequency_then_recency_then_popularity_then_what_is_popular(half_life, first):
    lists = PastPurchases(POPULAR, half_life).rank(HISTORY, CLUSTERS, 6, exclude_bought=False)
    assert lists.dtype == np.int32
    assert lists.tolist() == [[*first, 4, 3, -1], [4, 3, 2, 1, 0, -1], [4, 3, 2, 1, 0, -1]]


def test_a_history_longer_than_the_list_is_cut():
    lists = PastPurchases(POPULAR, None).rank(HISTORY, CLUSTERS, 2, exclude_bought=False)
    assert lists.tolist() == [[2, 0], [4, 3], [4, 3]]


def test_with_bought_articles_excluded_it_is_popularity():
    lists = PastPurchases(POPULAR, None).rank(HISTORY, CLUSTERS, 5, exclude_bought=True)
    assert lists.tobytes() == rank_fixed(POPULAR, HISTORY, 5, exclude_bought=True).tobytes()
