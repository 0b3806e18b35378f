"""What the raw files may look like, and what is said of those that cannot be read."""

import datetime
import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from traindy.core.errors import UserError

HEADER = "t_dat,customer_id,article_id"
LINES = [f"2020-01-{day:02d},ann,0123" for day in range(1, 11)]


@pytest.fixture
def raw(shop_of, tmp_path):
    """Ten purchases of one article by one customer, a day apart."""
    return shop_of(tmp_path / "raw", [tuple(line.split(",")) for line in LINES])


@pytest.fixture(scope="module")
def plain(split, shop_of, tmp_path_factory):
    """The bytes that come of `raw`."""
    folder = tmp_path_factory.mktemp("plain")
    shop_of(folder / "raw", [tuple(line.split(",")) for line in LINES])
    return split(folder / "raw", folder / "out").files


@pytest.fixture
def transactions(raw):
    """Replace the transactions by lines of text."""

    def write(*lines, encoding="utf-8", end="\n", name="transactions_train.csv"):
        content = end.join([*lines, ""]).encode(encoding)
        (raw / "transactions_train.csv").unlink()
        (raw / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)

    return write


@pytest.fixture
def refused(split, raw, tmp_path):
    """The error's words; nothing is written."""

    def run(*overrides):
        with pytest.raises(UserError) as error:
            split(raw, tmp_path / "out", *overrides)
        assert sorted(tmp_path.iterdir()) == [raw]
        words = str(error.value)
        assert len(words.splitlines()) <= 2
        return words.replace(f"{raw}/", "")

    return run


def test_plain(split, raw, tmp_path):
    found = split(raw, tmp_path / "out")
    assert found.counts["rows"]["read"] == 10
    assert found.table("articles") == [{"article": 0, "article_id": "0123", "phase": "train"}]


@pytest.mark.parametrize(
    ("lines", "how"),
    [
        ([HEADER, *LINES], {"encoding": "utf-8-sig"}),
        ([HEADER, *LINES], {"end": "\r\n"}),
        ([HEADER, *LINES], {"end": "\r"}),
        ([HEADER, *LINES], {"name": "transactions_train.csv.gz"}),
        ([HEADER, *LINES, "", ""], {}),
        (["article_id,price,t_dat,customer_id", *(f"0123,0.1,{x[:14]}" for x in LINES)], {}),
        ([HEADER + ",note", *(f'{x},"a\nb, ""c"""' for x in LINES)], {}),
        ([HEADER + ",customer", *(f"{x},7" for x in LINES)], {}),
    ],
    ids=["bom", "crlf", "cr", "gzip", "blank lines", "other order", "quoted newline", "extra column"],
)
def test_forms_of_csv_that_are_accepted(split, plain, raw, transactions, tmp_path, lines, how):
    transactions(*lines, **how)
    assert split(raw, tmp_path / "out").files == plain


def test_without_a_line_end_at_the_end(split, raw, tmp_path):
    file = raw / "transactions_train.csv"
    file.write_bytes(file.read_bytes().rstrip())
    assert split(raw, tmp_path / "out").counts["rows"]["read"] == 10


def test_only_the_empty_string_is_missing(split, raw, tmp_path):
    (raw / "customers.csv").write_text('customer_id,news,age\nann,NONE,\nbob,None,NULL\n"a ""b""",nan,""\n')
    found = split(raw, tmp_path / "out", "cluster.attributes=[news,age]")
    assert [(r["customer_id"], r["news"], r["age"]) for r in found.table("customers")] == [
        ('a "b"', "nan", None), ("ann", "NONE", None), ("bob", "None", "NULL"),
    ]  # fmt: skip


def test_parquet_numbers_are_their_digits(split, raw, tmp_path):
    (raw / "articles.csv").unlink()
    table = pa.table(
        {
            "article_id": ["0123", "0124"],
            "code": [7, None],
            "share": [0.5, float("nan")],
            "sold": [True, False],
        }
    )
    pq.write_table(table, raw / "articles.parquet")
    found = split(raw, tmp_path / "out", "data.article_attributes=[code,share,sold]")
    assert [list(r.values())[3:] for r in found.table("articles")] == [
        ["7", "0.5", "true"],
        [None, None, "false"],
    ]


@pytest.mark.parametrize(
    "dates",
    [
        [datetime.date(2020, 1, d) for d in range(1, 11)],
        [datetime.datetime(2020, 1, d, 23) for d in range(1, 11)],
    ],
)
def test_parquet_dates(split, plain, raw, tmp_path, dates):
    (raw / "transactions_train.csv").unlink()
    table = pa.table({"t_dat": dates, "customer_id": ["ann"] * 10, "article_id": ["0123"] * 10})
    pq.write_table(table, raw / "transactions_train.parquet")
    assert split(raw, tmp_path / "out").files == plain


def test_moments_of_a_time_zone_are_no_days(raw, refused):
    """As days of UTC those of a midnight in Stockholm would be the days before."""
    (raw / "transactions_train.csv").unlink()
    day = pa.array([datetime.datetime(2020, 1, 9, 23)] * 10, pa.timestamp("us", "Europe/Stockholm"))
    table = pa.table({"t_dat": day, "customer_id": ["ann"] * 10, "article_id": ["0123"] * 10})
    pq.write_table(table, raw / "transactions_train.parquet")
    assert "column t_dat has times of the zone Europe/Stockholm; write the days there" in refused()


def test_what_is_no_day_may_be_a_customer_and_is_shown_as_one(transactions, refused):
    who = "00000dbacae5abe5e23885899a1fa44253a17956c6d1c3d25f88aa139fdfc657"
    transactions(HEADER, *LINES, f"{who},ann,0123")
    words = refused()
    assert "'00000dba…'" in words and who[:9] not in words


def test_a_folder_of_parquet_parts(split, plain, raw, tmp_path):
    """They are read in the order of their names; anything else in the folder is passed over."""
    (raw / "transactions_train.csv").unlink()
    parts = raw / "transactions_train.parquet"
    parts.mkdir()
    rows = [dict(zip(HEADER.split(","), line.split(","), strict=True)) for line in LINES]
    for name, part in {"part-1": rows[4:], "part-0": rows[:4]}.items():
        pq.write_table(pa.Table.from_pylist(part), parts / f"{name}.parquet")
    (parts / "_SUCCESS").touch()
    assert split(raw, tmp_path / "out").files == plain


def test_what_is_wrong_in_a_folder_of_parts(raw, refused):
    (raw / "transactions_train.csv").unlink()
    parts = raw / "transactions_train.parquet"
    parts.mkdir()
    assert refused().startswith("transactions_train.parquet: a folder without .parquet files; put")
    for i, customers in enumerate((["ann", "ann"], ["ann", "bob"])):
        table = pa.table({"t_dat": ["2020-01-01"] * 2, "customer_id": customers, "article_id": ["0123"] * 2})
        pq.write_table(table, parts / f"{i}.parquet")
    assert refused().startswith(
        "transactions_train.parquet: column customer_id, row 4: 'b…' is not in customers.csv (1 row)"
    )


def test_a_parquet_with_other_types(raw, refused):
    (raw / "transactions_train.csv").unlink()
    table = pa.table({"t_dat": [20200101], "customer_id": ["ann"], "article_id": [0.5]})
    pq.write_table(table, raw / "transactions_train.parquet")
    assert refused().startswith(
        "transactions_train.parquet: column t_dat is int64, expected text YYYY-MM-DD, or dates"
    )
    table = table.set_column(0, "t_dat", [["2020-01-01"]])
    pq.write_table(table, raw / "transactions_train.parquet")
    assert refused().startswith("transactions_train.parquet: column article_id is float64, expected text")


def test_missing_file(raw, refused, split, tmp_path):
    (raw / "articles.csv").unlink()
    names = "holds none of articles.csv, articles.csv.gz, articles.parquet; "
    assert names + "put the shop's files there" in refused()
    with pytest.raises(UserError, match="run `dvc repro simulate`"):
        split(tmp_path / "no", tmp_path / "out", f"paths.simulated={tmp_path / 'no'}")


def test_two_forms_of_one_file(raw, refused):
    (raw / "articles.csv.gz").write_bytes(b"")
    assert "holds articles.csv and articles.csv.gz; keep the one that is meant" in refused()


def test_missing_column_names_the_parameter(refused):
    assert refused("data.columns.date=when") == (
        "transactions_train.csv: no column when, which data.columns.date names; it has t_dat, customer_id, "
        "article_id; correct data.columns.date or the file"
    )
    assert "no column FN, which cluster.attributes names; it has customer_id;" in refused(
        "cluster.attributes=[FN]"
    )
    assert "no column type, which data.article_attributes" in refused("data.article_attributes=[type]")


def test_attributes_whose_names_are_taken(refused):
    assert "cluster.attributes=['Group']: Group cannot be used" in refused("cluster.attributes=[Group]")
    assert "(listed twice)" in refused("data.article_attributes=[a,A]")


@pytest.mark.parametrize(
    ("lines", "how", "message"),
    [
        (["t_dat,customer_id,article_id,t_dat"], {}, "line 1: 2 columns are named 't_dat'"),
        ([], {}, "line 1: empty, expected the names of the columns"),
        ([HEADER], {}, "no rows; a header alone is not enough"),
        ([HEADER, *LINES, "2020-01-01,ann"], {}, "line 12: 2 columns, the header has 3"),
        ([HEADER, *LINES[:3], "2020-01-01,ann,0123,4,5", *LINES], {}, "line 5: more columns, the"),
        ([HEADER, *LINES, "2020-01-01,änn,0123"], {"encoding": "cp1252"}, "line 12: bytes that are not"),
        (["t_dät", *LINES], {"encoding": "cp1252"}, "line 1: bytes that are not UTF-8; save it as UTF-8"),
        ([HEADER, *LINES], {"encoding": "utf-16"}, "line 1: bytes that are not UTF-8; save it as UTF-8"),
        ([HEADER, *LINES, '2020-01-01,"ann,0123'], {}, "line 12: a quote that is not closed"),
        ([HEADER, *LINES[:5], LINES[5] + "\r", *LINES[6:]], {}, "line ends of more than one kind"),
    ],
)  # fmt: skip
def test_csv_that_cannot_be_read(transactions, refused, lines, how, message):
    transactions(*lines, **how)
    words = refused()
    assert words.startswith(f"transactions_train.csv: {message}")
    assert "ann" not in words


@pytest.mark.parametrize("cut", [0, 5, 15, -4])
def test_a_gzip_that_is_cut_short(raw, transactions, refused, cut):
    transactions(HEADER, *LINES * 5000, name="transactions_train.csv.gz")
    file = raw / "transactions_train.csv.gz"
    file.write_bytes(file.read_bytes()[:cut] if cut else b"not compressed at all")
    assert "compressed" in refused()


def test_not_a_parquet(raw, refused):
    (raw / "articles.csv").unlink()
    for content in (b"", b"PAR1 or not", b"PAR1" + bytes(1000) + b"PAR1"):
        (raw / "articles.parquet").write_bytes(content)
        assert refused().startswith("articles.parquet: not ")
