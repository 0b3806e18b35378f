"""Small clusters go into their nearest; nothing shows a count below the least."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from traindy.cluster.merge import merge_small

MODES = pd.DataFrame({"a": list("xxyy"), "b": list("uvvw"), "c": list("ppqq")})


@pytest.mark.parametrize(
    ("sizes", "least", "left", "into"),
    [
        ([50, 40, 30, 20], 10, [0, 1, 2, 3], [0, 1, 2, 3]),
        ([50, 40, 30, 20], 20, [0, 1, 2, 3], [0, 1, 2, 3]),
        ([50, 40, 30, 9], 10, [0, 1, 2], [0, 1, 2, 2]),
        ([50, 9, 30, 20], 10, [0, 2, 3], [0, 0, 1, 2]),  # 1 differs from 0 in one attribute, from 2 in two
        ([50, 40, 5, 4], 10, [0, 1], [0, 1, 1, 1]),  # 3 goes into 2, and both into 1
        ([5, 4, 3, 2], 100, [0], [0, 0, 0, 0]),
        ([5, 0, 0, 0], 1, [0], [0, 0, 0, 0]),
    ],
)
def test_by_hand(sizes, least, left, into):
    kept, where = merge_small(MODES, np.array(sizes), least)
    assert kept == left and where.tolist() == into and where.dtype == np.int32


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(*[st.sampled_from("abc")] * 3, st.integers(0, 300)), min_size=1, max_size=9),
    st.integers(1, 200),
)
def test_nobody_is_lost_and_none_is_too_small(rows, least):
    table = pd.DataFrame(rows, columns=["p", "q", "r", "size"])
    sizes = table["size"].to_numpy()
    left, into = merge_small(table[["p", "q", "r"]], sizes, least)
    merged = np.bincount(into, sizes, len(left))
    assert merged.sum() == sizes.sum() and len(left) == into.max() + 1
    assert len(left) == 1 or (merged >= least).all()
    assert into[left].tolist() == list(range(len(left))), "who is left stays where it is"
    large = np.flatnonzero(sizes >= least)
    assert set(large) <= set(left), "a cluster that is large enough is never merged into another"
