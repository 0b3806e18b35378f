"""Cuts whose answer is known by hand, for each split.by."""

import numpy as np
import pytest

from traindy.core.cut import Cut
from traindy.core.errors import UserError
from traindy.split.folds import time_cut

JAN = int(np.datetime64("2020-01-01", "D").astype(int))


def cut(params, rows, *overrides):
    days = JAN + np.flatnonzero(rows)
    return time_cut(days, np.array([n for n in rows if n]), params(*overrides).split)


def test_fraction_ten_days(params):
    # Test: the last 3 of 10 rows. Validation: at most .3 of the 7 before, so 2.
    found = cut(params, [1] * 10, "split.valid_fraction=.3")
    assert found == Cut("fraction", JAN + 5, JAN + 7, JAN + 10)


def test_fraction_takes_at_most_its_share(params):
    # Of 14 rows at most 4 are test: from day 3 on there are 5. Of the 13 before at most 5 are validation.
    found = cut(params, [4, 4, 1, 4, 1], "split.valid_fraction=.4")
    assert (found.valid_start, found.test_start) == (JAN + 2, JAN + 4)


def test_fraction_cuts_on_a_day_with_rows(params):
    found = cut(params, [5, 2, 0, 0, 3], "split.valid_fraction=.3")
    assert found == Cut("fraction", JAN + 1, JAN + 4, JAN + 5)


def test_fraction_is_exact_where_floats_are_not(params):
    assert 0.29 * 100 < 29
    assert cut(params, [1] * 71 + [29], "split.test_fraction=.29").test_start == JAN + 71


def test_date(params):
    found = cut(
        params, [1] * 10, "split.by=date", "split.test_start='2020-01-08'", "split.valid_start='2020-01-03'"
    )
    assert found == Cut("date", JAN + 2, JAN + 7, JAN + 10)
    assert found.dates == {"valid_start": "2020-01-03", "test_start": "2020-01-08", "test_end": "2020-01-11"}


def test_date_with_a_share_for_validation(params):
    found = cut(params, [1] * 10, "split.by=date", "split.test_start='2020-01-06'", "split.valid_fraction=.4")
    assert found == Cut("date", JAN + 3, JAN + 5, JAN + 10)


def test_dates_do_not_count_for_fraction(params):
    plain = cut(params, [1] * 10, "split.valid_fraction=.3")
    dated = cut(params, [1] * 10, "split.valid_fraction=.3", "split.test_start='2020-01-03'")
    assert dated == plain


def test_horizon(params):
    found = cut(params, [1] * 10, "split.valid_fraction=.3", "split.horizon_days=2")
    assert (found.test_start, found.test_end) == (JAN + 7, JAN + 9)


@pytest.mark.parametrize(
    ("rows", "overrides", "message"),
    [
        ([1, 1, 1, 9], [], "split.by=fraction split.test_fraction=0.3: no rows for test"),
        ([10], [], "no rows for test; the 10 rows run from 2020-01-01 to 2020-01-01, 10 on 2020-01-01"),
        ([9, 1], [], "split.by=fraction split.test_fraction=0.3 split.valid_fraction=0.3: no rows for valid"),
        ([1] * 9, ["split.by=date", "split.test_start='2020-01-01'"], "no rows for train"),
        (
            [1] * 9,
            ["split.by=date", "split.test_start='2021-01-01'"],
            "split.test_start=2021-01-01: no rows for test",
        ),
    ],
)
def test_a_side_without_rows_is_refused(params, rows, overrides, message):
    with pytest.raises(UserError) as error:
        cut(params, rows, *overrides)
    assert message in str(error.value)


def purchases_of(customer, n, repeated=()):
    rows = [("2020-01-01", customer, f"{i:03d}") for i in range(n)]
    return rows + [("2020-01-02", customer, f"{i:03d}") for i in repeated]


@pytest.mark.parametrize(
    ("n", "test", "valid"), [(1, 0, 0), (2, 1, 0), (3, 1, 1), (5, 2, 1), (15, 5, 1), (40, 12, 3)]
)
def test_per_customer_counts(split, shop_of, tmp_path, n, test, valid):
    # Beside the customer who is looked at, one who fills every fold.
    raw = shop_of(tmp_path / "raw", purchases_of("ann", n) + purchases_of("zoe", 40))
    found = split(raw, tmp_path / "out", "split.by=per_customer", "split.valid_fraction=.1")
    of_ann = {name: sum(c == "ann" for c, _, _ in found.ids(name)) for name in ("train", "valid", "test")}
    assert of_ann == {"train": n - test - valid, "valid": valid, "test": test}
    assert found.cut == Cut("per_customer", None, None, None)


def test_per_customer_moves_all_rows_of_a_pair_and_leaves_an_article(split, shop_of, tmp_path):
    twice = purchases_of("ann", 2, repeated=range(2))
    raw = shop_of(tmp_path / "raw", twice + purchases_of("zoe", 200))
    found = split(
        raw, tmp_path / "out", "split.by=per_customer", "split.valid_fraction=.1", "split.test_fraction=.9"
    )
    (trained,) = {article for c, article, _ in found.ids("train") if c == "ann"}
    (tested,) = {article for c, article, _ in found.ids("test") if c == "ann"}
    assert {trained, tested} == {"000", "001"}
    assert sum(c == "ann" for c, _, _ in found.ids("train") + found.ids("test")) == 4


def test_per_customer_depends_on_the_seed_and_on_nobody_else(split, shop_of, tmp_path):
    both, alone = purchases_of("ann", 30) + purchases_of("bob", 30), purchases_of("bob", 30)

    def test_of_bob(name, rows, seed):
        found = split(
            shop_of(tmp_path / name, rows),
            tmp_path / "out",
            "split.by=per_customer",
            "split.valid_fraction=.1",
            f"split.seed={seed}",
        )
        return {article for c, article, _ in found.ids("test") if c == "bob"}

    first = test_of_bob("both", both, 0)
    assert len(first) == 9
    assert test_of_bob("alone", alone, 0) == first
    assert test_of_bob("both", both, 1) != first


@pytest.mark.parametrize(
    ("overrides", "share"),
    [
        ((), 0.3),
        (("split.test_fraction=.2",), 0.2),
        (("split.by=date", "split.test_start='2020-01-03'", "split.test_fraction=.4"), 0.4),
        (("split.by=per_customer",), 0.1),
        (("split.by=given",), 0.1),
        (("split.by=per_customer", "split.valid_fraction=.25"), 0.25),
    ],
)
def test_validation_is_as_large_as_the_test_in_time_and_a_tenth_without(params, overrides, share):
    assert params(*overrides).split.share_of_validation == share


def given_rows(*folds):
    return [("2020-01-01", "ann", f"{i:03d}", fold) for i, fold in enumerate(folds)]


def test_given(split, shop_of, tmp_path):
    raw = shop_of(tmp_path / "raw", given_rows("train", "test", "valid", "train"), more=["fold"])
    found = split(raw, tmp_path / "out", "split.by=given")
    bought = {name: [article for _, article, _ in found.ids(name)] for name in ("train", "valid", "test")}
    assert bought == {"train": ["000", "003"], "valid": ["002"], "test": ["001"]}


def test_given_without_validation_takes_it_from_train(split, shop_of, tmp_path):
    raw = shop_of(tmp_path / "raw", given_rows(*["train"] * 20, *["test"] * 5), more=["fold"])
    found = split(raw, tmp_path / "out", "split.by=given", "split.valid_fraction=.1")
    assert {len(found.ids(name)) for name in ("train", "valid", "test")} == {18, 2, 5}
    assert {article for _, article, _ in found.ids("test")} == {f"{i:03d}" for i in range(20, 25)}


def test_given_with_a_column_of_another_name_in_parquet(split, shop_of, tmp_path):
    rows = [("2020-01-01", "ann", f"{i:03d}", fold) for i, fold in enumerate(["train", "test", "valid"])]
    raw = shop_of(tmp_path / "raw", rows, more=["part"], suffix=".parquet")
    found = split(raw, tmp_path / "out", "split.by=given", "data.columns.fold=part")
    assert found.counts["rows"]["read"] == 3


@pytest.mark.parametrize("by", ["per_customer", "given"])
def test_a_horizon_needs_a_cut_in_time(split, shop_of, tmp_path, by):
    raw = shop_of(tmp_path / "raw", given_rows("train", "test", "valid"), more=["fold"])
    with pytest.raises(UserError, match=r"split\.horizon_days=7: not with"):
        split(raw, tmp_path / "out", f"split.by={by}", "split.horizon_days=7")
