"""Purchases of later days, by hand."""

import math

import numpy as np
import pytest
from scipy.sparse import csr_array

from traindy.cvae.later import Later
from traindy.uph import UPH

HALF = 1 / math.log2(3)
"""The discount of a list's second place."""
BEST = sum(1 / math.log2(rank + 1) for rank in range(1, 21))
"""The gain of twenty hits."""


def without_history(customers, articles):
    none = np.zeros(0, np.int32)
    return UPH(csr_array((customers, articles), dtype=np.float32), none, none)


@pytest.mark.parametrize(("bought", "worth"), [(1, 1.0), (2, 1 / (1 + HALF)), (20, 1 / BEST), (30, 1 / BEST)])
def test_a_purchase_counts_with_what_finding_it_first_adds_to_the_ndcg(bought, worth):
    truth = np.zeros((2, 30), np.float32)
    truth[0, :bought] = 1
    later = Later(without_history(2, 30), np.zeros(2, int), csr_array(truth))
    counts = later.counts(30)
    np.testing.assert_allclose(counts.data, [worth] * bought, rtol=1e-6)
    assert counts.toarray()[1].sum() == 0, "who bought nothing says nothing"


def test_articles_that_the_net_does_not_know_are_left_out():
    later = Later(without_history(1, 4), np.zeros(1, int), csr_array(np.array([[1, 0, 1, 1]], np.float32)))
    np.testing.assert_allclose(later.counts(3).toarray(), [[1 / (1 + HALF), 0, 1 / (1 + HALF)]], rtol=1e-6)
