"""Whole splits: groups, phases, counts, and what must hold for every shop."""

import random

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from traindy.core.errors import UserError
from traindy.core.vocabulary import read_articles, read_customers

BY_DATE = ("split.by=date", "split.valid_start='2020-01-03'", "split.test_start='2020-01-05'")
PURCHASES = [
    ("2020-01-01", "ann", "a2"), ("2020-01-01", "ann", "a2"), ("2020-01-04", "ann", "a1"),
    ("2020-01-02", "bob", "a2"), ("2020-01-06", "bob", "a3"),
    ("2020-01-04", "cyd", "a2"), ("2020-01-05", "cyd", "a1"),
    ("2020-01-05", "dee", "a3"), ("2020-01-07", "dee", "a2"), ("2020-01-09", "dee", "a0"),
]  # fmt: skip
FILES = {"customers": ["ann", "bob", "cyd", "dee", "eve"], "articles": ["a0", "a1", "a2", "a3", "a4"]}


@pytest.fixture
def raw(shop_of, tmp_path):
    return shop_of(tmp_path / "raw", PURCHASES, **FILES)


def test_by_hand(split, raw, tmp_path):
    found = split(raw, tmp_path / "out", *BY_DATE, "split.horizon_days=3")
    day = {f"2020-01-{d:02d}": 18262 + d - 1 for d in range(1, 10)}
    assert found.ids("train") == [("ann", "a2", day["2020-01-01"])] * 2 + [("bob", "a2", day["2020-01-02"])]
    assert found.ids("valid") == [("ann", "a1", day["2020-01-04"]), ("cyd", "a2", day["2020-01-04"])]
    assert found.ids("test") == [
        ("bob", "a3", day["2020-01-06"]), ("cyd", "a1", day["2020-01-05"]),
        ("dee", "a3", day["2020-01-05"]), ("dee", "a2", day["2020-01-07"]),
    ]  # fmt: skip
    assert found.ids("fold_in") == []
    assert [(r["article_id"], r["phase"]) for r in found.table("articles")] == [
        ("a2", "train"), ("a1", "valid"), ("a0", "later"), ("a3", "later"), ("a4", "later"),
    ]  # fmt: skip
    assert [r["group"] for r in found.table("customers")] == ["warm", "warm", "warm", "cold", "cold"]
    assert found.counts == {
        "rows": {
            "read": 10, "train": 3, "valid": 2, "test": 4, "fold_in": 0,
            "dropped": {"unknown_customer": 0, "unknown_article": 0, "after_horizon": 1},
        },
        "customers": {
            "total": 5, "warm": 3, "held_out": 0, "cold": 2,
            "with_test_rows": {"warm": 2, "held_out": 0, "cold": 1},
        },
        "articles": {"total": 5, "known_at_validation": 1, "known_at_test": 2, "later": 3},
        "unreachable": {"test_rows": 2, "articles": 1},
        "days": {"valid_start": "2020-01-03", "test_start": "2020-01-05", "test_end": "2020-01-08"},
    }  # fmt: skip


def test_the_vocabularies_are_read_back(split, raw, tmp_path):
    found = split(raw, tmp_path / "out", *BY_DATE)
    articles, customers = read_articles(found.folder), read_customers(found.folder)
    assert (articles.n_train, articles.n_known, articles.n_all) == (1, 2, 5)
    assert customers.ids.to_pylist() == FILES["customers"]
    assert customers.attributes.num_columns == 0
    types = {str(kind) for kind in pq.read_schema(found.folder / "train.parquet").types}
    assert types == {"int32"}


def test_all_articles_can_be_known_from_the_start(split, raw, tmp_path):
    found = split(raw, tmp_path / "out", *BY_DATE, "split.catalogue=all")
    assert [(r["article_id"], r["phase"]) for r in found.table("articles")] == [
        (a, "train") for a in FILES["articles"]
    ]
    assert found.counts["unreachable"] == {"test_rows": 0, "articles": 0}


def test_held_out_customers_are_in_no_training_row(split, shop_of, tmp_path):
    raw = shop_of(tmp_path / "raw", _random_purchases(300, n_customers=60))
    whole, found = split(raw, tmp_path / "whole"), split(raw, tmp_path / "out", "split.held_out=.3")
    group = {r["customer_id"]: r["group"] for r in found.table("customers")}
    held_out = {c for c, g in group.items() if g == "held_out"}
    assert 0 < len(held_out) < 40
    assert {g for c, g in group.items() if c not in held_out} <= {"warm", "cold"}
    for name in ("train", "valid"):
        assert {group[c] for c, _, _ in found.ids(name)} == {"warm"}
    assert {c for c, _, _ in found.ids("fold_in")} == held_out
    assert sorted(found.ids("fold_in")) == sorted(
        row for name in ("train", "valid") for row in whole.ids(name) if row[0] in held_out
    )
    assert found.ids("test") == whole.ids("test")
    assert found.files["articles.parquet"] == whole.files["articles.parquet"]


def test_nobody_left_to_train_on(split, shop_of, tmp_path):
    raw = shop_of(tmp_path / "raw", [(f"2020-01-{d:02d}", "ann", "a") for d in range(1, 11)])
    with pytest.raises(UserError, match=r"split.held_out=0.999999: no rows for train, of 10"):
        split(raw, tmp_path / "out", "split.held_out=.999999")


def test_a_fraction_of_the_customers(split, shop_of, tmp_path):
    raw = shop_of(tmp_path / "raw", _random_purchases(2000, n_customers=200))
    whole = split(raw, tmp_path / "whole")
    some = split(raw, tmp_path / "some", "data.fraction=.4")
    fewer = split(raw, tmp_path / "fewer", "data.fraction=.2", "split.seed=9")
    ids = [[r["customer_id"] for r in found.table("customers")] for found in (fewer, some, whole)]
    assert set(ids[0]) < set(ids[1]) < set(ids[2])
    assert 50 < len(ids[1]) < 110
    expected = [
        row for name in ("train", "valid", "test") for row in whole.ids(name) if row[0] in set(ids[1])
    ]
    got = [row for name in ("train", "valid", "test") for row in some.ids(name)]
    assert sorted(got) == sorted(expected)


@pytest.mark.parametrize("by", ["fraction", "per_customer"])
def test_the_order_of_the_input_changes_no_byte(split, write_shop, tmp_path, by):
    purchases = _random_purchases(400, n_customers=40)
    tables = [
        [dict(zip(("t_dat", "customer_id", "article_id"), p, strict=True)) for p in purchases],
        [{"customer_id": c, "age": i} for i, c in enumerate(sorted({p[1] for p in purchases}))],
        [{"article_id": a, "type": f"t{i % 3}"} for i, a in enumerate(sorted({p[2] for p in purchases}))],
    ]
    options = (
        f"split.by={by}",
        "split.held_out=.2",
        "cluster.attributes=[age]",
        "data.article_attributes=[type]",
    )
    first = split(write_shop(tmp_path / "raw", *tables), tmp_path / "first", *options)
    again = split(tmp_path / "raw", tmp_path / "again", *options)
    for table in tables:
        random.Random(1).shuffle(table)
    shuffled = split(write_shop(tmp_path / "other", *tables), tmp_path / "shuffled", *options)
    zipped = split(write_shop(tmp_path / "zipped", *tables, suffix=".csv.gz"), tmp_path / "from_gz", *options)
    assert first.files == again.files == shuffled.files == zipped.files
    assert first.counts == again.counts == shuffled.counts


def test_ids_of_any_kind(split, shop_of, tmp_path):
    odd = ["'; drop table customers; --", "👗", " ", '"', "a,b", "NULL", "ä\tb", "%s", "Ann", "ann"]
    raw = shop_of(tmp_path / "raw", [(f"2020-01-{d:02d}", c, c) for d in range(1, 11) for c in odd])
    found = split(raw, tmp_path / "out")
    assert [r["customer_id"] for r in found.table("customers")] == sorted(odd)
    assert found.counts["rows"]["read"] == 100


def _random_purchases(n, n_customers, n_articles=25, seed=0):
    rng = random.Random(seed)
    return [
        (f"2020-{rng.randint(1, 6):02d}-{rng.randint(1, 28):02d}", f"c{rng.randrange(n_customers):03d}",
         f"{rng.randrange(n_articles):04d}")
        for _ in range(n)
    ]  # fmt: skip


purchases = st.lists(
    st.tuples(st.integers(1, 28), st.integers(0, 5), st.integers(0, 6)), min_size=1, max_size=40
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=purchases,
    by=st.sampled_from(["fraction", "per_customer"]),
    held_out=st.sampled_from([0, 0.3]),
    horizon=st.sampled_from(["null", "3"]),
)
def test_nothing_is_lost_and_nothing_leaks(split, shop_of, tmp_path, rows, by, held_out, horizon):
    raw = shop_of(tmp_path / "raw", [(f"2020-01-{d:02d}", f"c{c}", f"a{a}") for d, c, a in rows])
    horizon = "null" if by == "per_customer" else horizon
    try:
        found = split(
            raw,
            tmp_path / "out",
            f"split.by={by}",
            f"split.held_out={held_out}",
            f"split.horizon_days={horizon}",
        )
    except UserError as error:
        assert "no rows for" in str(error)
        return
    parts = {name: found.ids(name) for name in ("train", "valid", "test", "fold_in")}
    counted = found.counts["rows"]
    assert {name: len(part) for name, part in parts.items()} == {name: counted[name] for name in parts}
    assert sum(len(part) for part in parts.values()) + counted["dropped"]["after_horizon"] == len(rows)
    written = sorted((c, a, d - 18261) for part in parts.values() for c, a, d in part)
    originals = sorted((f"c{c}", f"a{a}", d) for d, c, a in rows)
    if horizon == "null":
        assert written == originals
    for name in parts:
        table = [tuple(row.values()) for row in found.table(name)]
        assert table == sorted(table, key=lambda row: (row[0], row[2], row[1]))
    if by == "fraction":
        cut = found.cut
        assert all(day < cut.valid_start for _, _, day in parts["train"])
        assert all(cut.valid_start <= day < cut.test_start for _, _, day in parts["valid"])
        assert all(cut.test_start <= day < cut.test_end for _, _, day in parts["test"])
        assert all(day < cut.test_start for _, _, day in parts["fold_in"])
    before = {(c, a) for name in ("train", "valid", "fold_in") for c, a, _ in parts[name]}
    known = {r["article_id"] for r in found.table("articles") if r["phase"] != "later"}
    assert known == {a for _, a in before}
    cold = {r["customer_id"] for r in found.table("customers") if r["group"] == "cold"}
    assert cold == {r["customer_id"] for r in found.table("customers")} - {c for c, _ in before}
