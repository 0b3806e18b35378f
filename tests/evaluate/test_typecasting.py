"""Overlaps, distances and the typecasting ratio, by hand and by what must hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from traindy.evaluate.typecasting import (
    Grouping,
    distance,
    distances,
    members_of,
    memberships,
    ratio,
    shares,
    typecasting,
)  # fmt: skip


def grouping(code, n=2):
    return Grouping("g", [str(level) for level in range(n)], np.array(code))


def test_shares_by_hand():
    shown = csr_array(np.array([[1, 1, 1, 0], [0, 0, 0, 1]], np.float32))
    assert shares(shown, np.array([0, 0, 1, 1])).tolist() == [
        pytest.approx([2 / 3, 1 / 3]),
        pytest.approx([0, 1]),
    ]


def test_an_empty_list_has_no_shares():
    shown = csr_array(np.array([[0, 0], [1, 1]], np.float32))
    assert shares(shown, np.array([0, 1])).tolist() == [[0, 0], [0.5, 0.5]]


def test_distance_by_hand():
    """Two customers in group 0, on average (.5, .5); one in group 1, (.2, .8): they overlap by .2 + .5."""
    of = np.array([[1.0, 0.0], [0.0, 1.0], [0.2, 0.8], [1.0, 0.0]])
    assert distance(of, members_of(np.array([0, 0, 1, -1]), 2)) == pytest.approx(0.3), (
        "the last is in no group"
    )


def test_pairs_weigh_as_their_customers_do():
    """Groups of 2, 1 and 1: pairs weigh 2, 2 and 1, and their distances are 1, 1 and 0."""
    of = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    assert distance(of, members_of(np.array([0, 0, 1, 2]), 3)) == pytest.approx((2 + 2 + 0) / 5)


def halves(n, apart):
    """n customers in two groups, whose first category has .5 + apart and .5 - apart."""
    first = np.where(np.arange(n) % 2, 0.5 - apart, 0.5 + apart)
    return np.stack([first, 1 - first], 1), grouping(np.arange(n) % 2)


def test_lists_that_differ_as_purchases_do_have_a_ratio_of_one_and_twice_as_much_of_two():
    bought, groups = halves(400, 0.1)
    lists = {"same": bought, "twice": halves(400, 0.2)[0], "none": halves(400, 0.0)[0]}
    found = typecasting(bought, lists, memberships(groups, seed=0))
    assert found["bought"]["distance"] == pytest.approx(0.2)
    ratios = {name: of["ratio"] for name, of in found["models"].items()}
    assert ratios == {"same": 1.0, "twice": pytest.approx(2.0, abs=1e-3), "none": 0.0}


def test_groups_that_say_nothing_are_apart_by_chance_alone():
    random = np.random.default_rng(0)
    of = random.dirichlet([1, 1, 1], 600)
    found = distances(of, memberships(grouping(random.integers(0, 3, 600), 3), seed=1))
    assert found["distance"] == pytest.approx(found["by_chance"], rel=0.6) and found["distance"] > 0
    assert ratio(found, found) is None, "where purchases do not differ nothing can be said"


def test_the_ratio_leaves_out_what_is_by_chance():
    bought, lists = {"distance": 0.5, "by_chance": 0.1}, {"distance": 0.3, "by_chance": 0.1}
    assert ratio(lists, bought) == 0.5
    assert ratio({"distance": 0.1, "by_chance": 0.2}, bought) == 0.0


@given(st.integers(2, 4), st.integers(0, 2**31 - 1))
def test_distances_lie_between_0_and_1_and_names_of_groups_do_not_matter(n_groups, seed):
    random = np.random.default_rng(seed)
    of = random.dirichlet(np.full(5, 0.3), 40)
    code = np.concatenate([np.arange(n_groups), random.integers(0, n_groups, 40 - n_groups)])
    measured = distance(of, members_of(code, n_groups))
    assert 0 <= measured <= 1
    assert distance(of, members_of(random.permutation(n_groups)[code], n_groups)) == pytest.approx(measured)
    assert distance(np.tile(of[:1], (40, 1)), members_of(code, n_groups)) == pytest.approx(0, abs=1e-9)
