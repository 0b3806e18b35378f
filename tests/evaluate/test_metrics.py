"""Metrics whose values are known by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from traindy.evaluate.metrics import average_precision, coverage, hits_of, ndcg, recall, recall_1, recall_30

TRUTH = csr_array(np.array([[1, 0, 1, 0], [0, 0, 0, 0], [0, 1, 0, 1]], float))


def test_hits_are_what_the_truth_holds_and_padding_never_is():
    lists = np.array([[2, 1, -1], [0, 1, -1], [3, 1, -1]], np.int32)
    assert hits_of(lists, TRUTH).tolist() == [[True, False, False], [False] * 3, [True, True, False]]
    assert not hits_of(lists, csr_array((3, 4))).any()


def test_recall_ndcg_and_average_precision_by_hand():
    hits, size = np.array([[0, 1, 0, 1], [1, 1, 0, 0]], bool), np.array([4, 2])
    assert recall(hits, size, 2).tolist() == [0.25, 1.0]
    log3, log5 = 1 / np.log2(3), 1 / np.log2(5)
    ideal = 1 + log3 + 0.5 + log5
    assert ndcg(hits, size, 4) == pytest.approx([(log3 + log5) / ideal, 1.0])
    assert average_precision(hits, size) == pytest.approx([(1 / 2 + 2 / 4) / 4, 1.0])


def test_a_truth_longer_than_the_list_can_still_be_perfect():
    hits, size = np.ones((1, 3), bool), np.array([50])
    assert ndcg(hits, size, 3) == pytest.approx([1.0])
    assert recall(hits, size, 3) == pytest.approx([3 / 50])
    assert average_precision(np.ones((1, 12), bool), size) == pytest.approx([1.0])


@pytest.mark.parametrize(
    ("hits", "one", "thirty"), [(0, False, False), (1, True, False), (5, True, False), (6, True, True)]
)
def test_the_two_success_rates_look_at_20(hits, one, thirty):
    row = np.arange(50)[None] < hits
    assert (recall_1(row)[0], recall_30(row)[0]) == (one, thirty)
    late = np.roll(row, 20, axis=1)
    assert not recall_1(late)[0] and not recall_30(late)[0]


def test_coverage_counts_each_article_once_and_no_padding():
    assert coverage(np.array([[0, 1, -1], [1, 2, -1]]), 6) == 0.5


@given(st.integers(0, 2**31 - 1), st.integers(1, 12))
def test_every_metric_lies_between_0_and_1_and_the_ideal_list_has_1(seed, k):
    random = np.random.default_rng(seed)
    truth = csr_array((random.random((6, 30)) < 0.2).astype(float))
    lists = np.stack([random.permutation(30)[:12] for _ in range(6)])
    size = np.maximum(np.diff(truth.indptr), 1)
    hits = hits_of(lists, truth)
    for values in (recall(hits, size, k), ndcg(hits, size, k), average_precision(hits, size)):
        assert ((values >= 0) & (values <= 1)).all()
    assert ndcg(np.arange(12) < size[:, None], size, k) == pytest.approx(np.ones(6))


def by_definition(row, truth, k):
    """Recall, NDCG and average precision of one customer, word by word."""
    gains = [1 / np.log2(rank + 1) for rank, article in enumerate(row[:k], 1) if article in truth]
    best = [1 / np.log2(rank + 1) for rank in range(1, min(k, len(truth)) + 1)]
    precisions = [
        sum(other in truth for other in row[:rank]) / rank
        for rank, article in enumerate(row[:k], 1)
        if article in truth
    ]
    found = len(set(row[:k]) & truth)
    return found / len(truth), sum(gains) / sum(best), sum(precisions) / min(k, len(truth))


@given(st.integers(0, 2**31 - 1), st.integers(1, 15))
def test_every_metric_is_what_its_definition_says(seed, k):
    random = np.random.default_rng(seed)
    truths = [set(random.choice(30, random.integers(1, 20), replace=False).tolist()) for _ in range(5)]
    dense = np.array([[float(article in truth) for article in range(30)] for truth in truths])
    lists = np.stack([random.permutation(30)[:12] for _ in truths])
    lists[0, 7:] = -1
    hits, size = hits_of(lists, csr_array(dense)), dense.sum(1).astype(int)
    expected = [by_definition(row, truth, k) for row, truth in zip(lists.tolist(), truths, strict=True)]
    found = recall(hits, size, k), ndcg(hits, size, k), average_precision(hits, size, k)
    assert np.stack(found, 1) == pytest.approx(np.array(expected))
