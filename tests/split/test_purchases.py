"""Every fault of the contract: file, column, line, value, count, what to do; and what is dropped."""

import numpy as np
import pytest

from traindy.core.errors import UserError

DAYS = [f"2020-01-{day:02d}" for day in range(1, 11)]
GOOD = [(day, "0123456789abcdef", "0900000001") for day in DAYS]
LIST = {"customers": ["0123456789abcdef"], "articles": ["0900000001", "0900000002"]}


@pytest.fixture
def refused(split, shop_of, tmp_path):
    """The error of a shop with these purchases; nothing is written."""

    def run(purchases, *overrides, files=LIST, **columns):
        raw = shop_of(tmp_path / "raw", purchases, **files, **columns)
        with pytest.raises(UserError) as error:
            split(raw, tmp_path / "out", *overrides)
        assert not (tmp_path / "out").exists()
        return str(error.value).replace(f"{raw}/", "")

    return run


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (("2020-01-05", None, "0900000001"), "column customer_id, line 4: empty (2 rows); every purchase"),
        (("2020-01-05", "0123456789abcdef", ""), "column article_id, line 4: empty (2 rows); every purchase"),
        (("2020-01-05", "fedcba9876543210", "0900000001"),
         "column customer_id, line 4: 'fedcba98…' is not in customers.csv (2 rows); add it"),
        (("2020-01-05", "0123456789abcdef", "0900000003"),
         "column article_id, line 4: '0900000003' is not in articles.csv (2 rows); add it"),
    ],
)  # fmt: skip
def test_ids(refused, bad, message):
    words = refused([*GOOD[:2], bad, *GOOD, bad])
    assert words.startswith(f"transactions_train.csv: {message}")
    assert len(words.splitlines()) == 1


NO_DATES = [
    "soon", "", "20200101", "2020-1-5", "05.01.2020", "01/05/2020", "2020/01/05", "2020-02-30",
    "2020-01-05 ", "2020-01-05T00",
    "infinity", "epoch", "99999-01-01", "0044-03-15 (BC)", "today", "2020-13-01", "0000-00-00",
]  # fmt: skip


def test_dates_that_are_none(refused):
    words = refused(GOOD + [(day, "0123456789abcdef", "0900000001") for day in NO_DATES])
    assert words == (
        "transactions_train.csv: column t_dat, line 12: 'soon' is not a date (17 rows); "
        "write dates as YYYY-MM-DD"
    )


def test_a_date_that_is_missing(refused):
    words = refused([*GOOD, ("", "0123456789abcdef", "0900000001")])
    assert "column t_dat, line 12: empty is not a date (1 row)" in words


def test_dates_that_are_far_off(split, shop_of, tmp_path):
    days = ["1900-01-01", "1969-12-31", "2020-02-29", "2199-12-31"]
    raw = shop_of(tmp_path / "raw", GOOD + [(day, "0123456789abcdef", "0900000001") for day in days])
    found = split(raw, tmp_path / "out")
    bought = {
        str(np.datetime64(day, "D")) for name in ("train", "valid", "test") for _, _, day in found.ids(name)
    }
    assert bought == {*DAYS, *days}


def test_folds_that_are_none(refused):
    rows = [(*row, fold) for row, fold in zip(GOOD, ["train"] * 8 + ["Test", ""], strict=True)]
    words = refused(rows, "split.by=given", more=["fold"])
    assert words == (
        "transactions_train.csv: column fold, line 10: 'Test' is no fold (2 rows); "
        "allowed are train, valid, test"
    )


def test_the_line_is_that_of_the_file(refused):
    rows = [(*row, "two\nlines") for row in GOOD]
    words = refused([*rows, ("soon", "0123456789abcdef", "0900000001", "")], more=["note"])
    assert "column t_dat, line 22: 'soon'" in words


def test_in_parquet_it_is_a_row(refused):
    words = refused([*GOOD, ("soon", "0123456789abcdef", "0900000001")], suffix=".parquet")
    assert words.startswith("transactions_train.parquet: column t_dat, row 11: 'soon'")


@pytest.mark.parametrize(("bought", "listed", "loser"), [
    ("900000001", "0900000001", "transactions_train.csv"), ("0900000001", "900000001", "articles.csv"),
])  # fmt: skip
@pytest.mark.parametrize("on_unknown", ["error", "drop"])
def test_lost_zeroes_are_recognised(refused, bought, listed, loser, on_unknown):
    rows = [(day, customer, bought) for day, customer, _ in GOOD]
    files = LIST | {"articles": [listed]}
    first, second = refused(rows, f"split.on_unknown={on_unknown}", files=files).splitlines()
    assert first.startswith(
        f"transactions_train.csv: column article_id, line 2: '{bought}' is not in articles.csv (10"
    )
    assert second.startswith(
        f"1 of the articles differ only by leading zeroes that {loser} lost: write article_id"
    )


def test_lost_zeroes_in_integers_of_a_parquet(refused):
    rows = [(day, customer, 900000001) for day, customer, _ in GOOD]
    words = refused(rows, suffix=".parquet")
    assert "that transactions_train.parquet lost" in words


def test_unknown_ones_are_dropped_and_counted(split, shop_of, tmp_path):
    strangers = [("2020-01-05", "fedcba", "0900000001")] * 3 + [("2020-01-05", "0123456789abcdef", "77")] * 2
    raw = shop_of(tmp_path / "raw", GOOD + strangers, **LIST)
    found = split(raw, tmp_path / "out", "split.on_unknown=drop")
    assert found.counts["rows"]["dropped"] == {
        "unknown_customer": 3,
        "unknown_article": 2,
        "after_horizon": 0,
    }
    assert found.counts["rows"]["read"] == 15
    without = split(shop_of(tmp_path / "raw", GOOD, **LIST), tmp_path / "good")
    assert {name: found.files[name] for name in found.files} == without.files


def test_an_empty_id_is_an_error_even_if_unknown_ones_are_dropped(refused):
    words = refused([*GOOD, ("2020-01-05", "", "0900000001")], "split.on_unknown=drop")
    assert "column customer_id, line 12: empty (1 row)" in words


@pytest.mark.parametrize(("what", "column"), [("customers", "customer_id"), ("articles", "article_id")])
def test_vocabulary_files(refused, what, column):
    ids = LIST[what]
    words = refused(GOOD, files=LIST | {what: [*ids, "x", ids[0], "x", "x"]})
    shown = "'01234567…'" if what == "customers" else "'0900000001'"
    line = len(ids) + 3
    assert words == (
        f"{what}.csv: column {column}, line {line}: {shown} stands there a second time (3 rows too many); "
        "keep one row of each"
    )


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_an_empty_id_in_a_vocabulary(write_shop, split, tmp_path, suffix):
    transactions = [dict(zip(("t_dat", "customer_id", "article_id"), row, strict=True)) for row in GOOD]
    customers = [{"customer_id": "0123456789abcdef", "age": 1}, {"customer_id": None, "age": 2}]
    raw = write_shop(tmp_path / "raw", transactions, customers, [{"article_id": "0900000001"}], suffix)
    place = "line 3" if suffix == ".csv" else "row 2"
    with pytest.raises(UserError, match=rf"customers{suffix}: column customer_id, {place}: empty \(1 row\)"):
        split(raw, tmp_path / "out")


@pytest.mark.parametrize("stem", ["transactions_train", "customers", "articles"])
def test_no_rows(shop_of, split, tmp_path, stem):
    raw = shop_of(tmp_path / "raw", GOOD)
    file = raw / f"{stem}.csv"
    file.write_text(file.read_text().splitlines()[0] + "\n")
    with pytest.raises(UserError, match=f"{stem}.csv: no rows; a header alone is not enough"):
        split(raw, tmp_path / "out")


def test_a_fraction_that_leaves_nobody(refused):
    assert "no rows with data.fraction=1e-09; raise it" in refused(GOOD, "data.fraction=1.0e-9")
