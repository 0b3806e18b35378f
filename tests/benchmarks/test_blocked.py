"""Validation in blocks: what goes together is held out together."""

import blocked_share
import numpy as np
import pytest
from blocked import Together, blocked
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_array


def pairs(rows):
    matrix = csr_array(np.array(rows, np.float32))
    matrix.sort_indices()
    return matrix


@pytest.mark.parametrize("seed", range(8))
def test_an_article_is_held_out_with_what_goes_with_it(seed):
    """Others buy 0 with 1 and 2 with 3; the first customer has all four, and half of them are held out."""
    matrix = pairs([[1, 1, 1, 1], *[[1, 1, 0, 0]] * 3, *[[0, 0, 1, 1]] * 3])
    held_out = blocked(matrix, 0.5, seed)
    assert held_out[:4].tolist() in ([True, True, False, False], [False, False, True, True])


def test_which_block_is_drawn_depends_on_the_seed_alone():
    matrix = pairs([[1, 1, 1, 1], *[[1, 1, 0, 0]] * 3, *[[0, 0, 1, 1]] * 3])
    draws = [blocked(matrix, 0.5, seed)[:4].tolist() for seed in range(8)]
    assert len({tuple(each) for each in draws}) == 2
    assert draws == [blocked(matrix, 0.5, seed)[:4].tolist() for seed in range(8)]


@given(arrays(bool, (6, 9)), st.floats(0.05, 0.95), st.integers(0, 3))
def test_everybody_keeps_something_and_gives_the_share(rows, share, seed):
    matrix = pairs(rows)
    taken = np.add.reduceat(np.append(blocked(matrix, share, seed), False), matrix.indptr[:-1])
    for n, out in zip(np.diff(matrix.indptr), np.where(np.diff(matrix.indptr), taken, 0), strict=True):
        assert out == (0 if n < 2 else min(n - 1, max(1, round(share * n))))


def test_some_customers_have_none_and_the_others_the_blocks_they_would_have_had():
    matrix = pairs(np.ones((200, 6)))
    everybody, some = blocked(matrix, 0.5, 0), blocked(matrix, 0.5, 0, of_customers=0.2)
    everybody, some = everybody.reshape(200, 6), some.reshape(200, 6)
    asked = some.any(1)
    assert 20 < asked.sum() < 60
    assert (some[asked] == everybody[asked]).all() and (everybody.sum(1) == 3).all()


def test_of_two_that_go_as_often_with_it_the_one_that_fewer_have_goes_with_it():
    matrix = pairs([[1, 1, 1], [1, 1, 1], [0, 0, 1], [0, 0, 1]])
    together = Together(matrix)
    assert together.nearness(0, np.array([1, 2])) == pytest.approx([2 / 2**0.4, 2 / 4**0.4])


def test_the_order_is_known_among_what_no_earlier_row_has(monkeypatch):
    monkeypatch.setattr(blocked_share, "LEAST", 2)
    matrix = pairs([[1, 1, 0, 0, 0, 0], [1, 0, 1, 1, 0, 0], [0, 0, 0, 1, 1, 0], [1, 0, 0, 0, 0, 0]])
    known = blocked_share.known_order(matrix)
    assert known.toarray().astype(int).tolist() == [
        [1, 1, 0, 0, 0, 0],
        [0, 0, 1, 1, 0, 0],
        [0, 0, 0, 0, 0, 0],  # one is new, which is too few
        [0, 0, 0, 0, 0, 0],
    ]


def test_the_last_fifth_and_as_many_at_random():
    known = pairs([[1] * 10, [0] * 5 + [1] * 5])
    last, drawn = blocked_share.latest(known), blocked_share.at_random(known, seed=0)
    assert np.flatnonzero(last).tolist() == [8, 9, 14]
    assert drawn[:10].sum() == 2 and drawn[10:].sum() == 1


def test_how_far_what_is_held_out_is_from_the_rest():
    """Of the first customer the last is held out: one of the three others who have it has the second too, and
    nobody but the first customer it and the first."""
    matrix = pairs([[1, 1, 1], [0, 1, 1], [0, 0, 1], [0, 0, 1]])
    known = pairs([[1, 1, 1]] + [[0, 0, 0]] * 3)
    held_out = np.array([False, False, True])
    ((mean, nearest, five),) = blocked_share.distances(known, Together(matrix), held_out)
    assert nearest == pytest.approx(1 / np.sqrt(2 * 4))
    assert mean == five == pytest.approx(nearest / 2)
