"""Shares known by hand, and exact rounding."""

import hashlib
from fractions import Fraction

import ibis
from hypothesis import given
from hypothesis import strategies as st

from traindy.split.shares import draw, exact, in_share, rounded


def value(expression):
    return ibis.duckdb.connect().execute(expression)


def test_a_draw_is_the_md5_of_its_parts():
    expected = hashlib.md5(b"test/0/ann/0123").hexdigest()
    assert value(draw("test/0", ibis.literal("ann"), ibis.literal("0123"))) == expected


def test_a_share_is_met_and_holds_the_smaller_ones():
    ids = ibis.memtable({"id": [f"customer {i}" for i in range(4000)]})
    shares = [0.0, 0.05, 0.3, 1.0]
    found = value(ids.select(**{f"s{i}": in_share(s, "label", ids.id) for i, s in enumerate(shares)}))
    assert [found[f"s{i}"].sum() for i in (0, 3)] == [0, 4000]
    assert abs(found.s1.mean() - 0.05) < 0.01 and abs(found.s2.mean() - 0.3) < 0.02
    assert not (found.s1 & ~found.s2).any()


def test_labels_draw_independently():
    ids = ibis.memtable({"id": [f"customer {i}" for i in range(4000)]})
    found = value(ids.select(a=in_share(0.5, "a", ids.id), b=in_share(0.5, "b", ids.id)))
    assert abs((found.a & found.b).mean() - 0.25) < 0.03


def test_shares_are_the_decimal_numbers_that_were_written():
    assert exact(0.3) == Fraction(3, 10)
    assert exact(1e-05) == Fraction(1, 100000)


@given(st.integers(1, 999), st.integers(0, 5000))
def test_rounding_is_half_up_and_exact(per_mille, n):
    share = per_mille / 1000
    assert _CON.execute(rounded(share, ibis.literal(n, "int64"))) == (2 * per_mille * n + 1000) // 2000


_CON = ibis.duckdb.connect()
