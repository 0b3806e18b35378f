"""k-modes on profiles: the same objective as on customers, an elbow that falls, ties that are settled."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from traindy.cluster.levels import MISSING, band_labels, to_levels
from traindy.cluster.modes import assign, elbow
from traindy.core.errors import UserError


def test_bands_by_hand():
    raw = pd.DataFrame({"age": ["16.0", "20", "24.9", "25.0", "70", "99", MISSING, "-1"]})
    levels = to_levels(raw, {"age": [20, 25, 70]}, "customers")
    expected = ["<20", "20-24", "20-24", "25-69", "70+", "70+", MISSING, "<20"]
    assert levels["age"].tolist() == expected


@pytest.mark.parametrize(
    ("edges", "labels"),
    [([5], ["<5", "5+"]), ([1, 2, 3], ["<1", "1", "2", "3+"]), ([0.5, 1.5], ["<0.5", "0.5-<1.5", "1.5+"])],
)
def test_band_labels(edges, labels):
    assert band_labels(edges) == labels


def test_a_banded_value_that_is_no_number_is_named():
    raw = pd.DataFrame({"age": ["20", "young", "old"]})
    with pytest.raises(UserError, match=r"customers: age is 'young' \(2 such values\).*cluster\.bands\.age"):
        to_levels(raw, {"age": [20]}, "customers")


def test_two_kinds_of_customers_are_found():
    levels = pd.DataFrame({"a": list("xxyy"), "b": list("uuvv"), "c": list("pqpq")})
    weight = np.array([50, 1, 40, 1])
    fits = elbow(levels, weight, up_to=2, restarts=3, seed=0)
    assert fits[1].cost == 2
    assert fits[1].modes.to_numpy().tolist() == [["x", "u", "p"], ["y", "v", "p"]], "the largest first"


def test_a_tie_goes_to_the_first_cluster_and_an_unknown_level_to_what_the_others_say():
    modes = pd.DataFrame({"a": ["x", "y"], "b": ["u", "v"]})
    rows = pd.DataFrame({"a": ["x", "new", "new"], "b": ["v", "v", "new"]})
    assert assign(rows, modes).tolist() == [0, 1, 0]


profiles = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("cde"), st.sampled_from("fg"), st.integers(1, 99)),
    min_size=1, max_size=12, unique_by=lambda row: row[:3],
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(profiles, st.integers(0, 3))
def test_the_elbow_never_rises_and_costs_what_the_customers_cost(rows, seed):
    table = pd.DataFrame(rows, columns=["a", "b", "c", "weight"])
    levels, weight = table[["a", "b", "c"]], table["weight"].to_numpy()
    fits = elbow(levels, weight, up_to=20, restarts=2, seed=seed)
    assert len(fits) == len(rows)
    costs = [fit.cost for fit in fits]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] == 0, "as many clusters as profiles"
    for fit in fits:
        customers = levels.loc[levels.index.repeat(weight)]
        mode = fit.modes.iloc[assign(customers, fit.modes)].to_numpy()
        assert (customers.to_numpy() != mode).sum() == fit.cost


def test_the_same_seed_gives_the_same_modes():
    rng = np.random.default_rng(0)
    levels = pd.DataFrame(rng.choice(list("abcd"), (60, 4)), columns=list("pqrs")).drop_duplicates()
    weight = rng.integers(1, 50, len(levels))
    first, second = (elbow(levels, weight, 6, 3, seed=1) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        pd.testing.assert_frame_equal(a.modes, b.modes)
