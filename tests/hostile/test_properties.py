"""What must hold for every shop: nothing is lost or leaks, the order of the rows is no matter."""

import json
import random
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sound import A, C, T, text

from traindy.core.cut import read_cut
from traindy.core.errors import UserError
from traindy.core.vocabulary import PERIODS, read_articles, read_customers
from traindy.evaluate.judged import judge
from traindy.evaluate.queries import WITHHELD, load_queries
from traindy.uph import load

RELATIONAL = ("split", "cluster", "build_uph")
purchases = st.lists(
    st.tuples(st.integers(1, 28), st.integers(0, 7), st.integers(0, 9)), min_size=8, max_size=50
)
options = st.fixed_dictionaries(
    {
        "split.by": st.sampled_from(["fraction", "per_customer"]),
        "split.held_out": st.sampled_from([0, 0.3]),
        "split.catalogue": st.sampled_from(["sold", "all"]),
        "build_uph.shard_customers": st.sampled_from([3, 100]),
    }
)
quick = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def write(shop, rows, order=None):
    """Eight customers, ten articles, and who bought what on which day of January."""
    lines = {
        T: [f"2020-01-{day:02d},c{customer},0{article}" for day, customer, article in rows],
        C: [f"c{i},{'ACTIVE' if i % 3 else ''},{20 + 7 * i}" for i in range(8)],
        A: [f"0{i},Shirt {i % 3}" for i in range(10)],
    }
    heads = {
        T: "t_dat,customer_id,article_id",
        C: "customer_id,club_member_status,age",
        A: "article_id,prod_name",
    }
    for name, body in lines.items():
        if order is not None:
            order.shuffle(body)
        (shop.folder / "raw" / name).write_bytes(text(heads[name], *body))


def run(shop, *stages):
    """Run stages; whether the cut left rows on every side."""
    try:
        shop.run(*stages)
    except UserError as error:
        assert "no rows for" in str(error)
        return False
    return True


def rows_of(file):
    return list(zip(*pq.read_table(file).to_pydict().values(), strict=True))


@quick
@given(purchases, options)
def test_counts_are_conserved_from_raw_to_the_queries(workshop, tmp_path, rows, chosen):
    shop = workshop(tmp_path / "shop", *(f"{name}={value}" for name, value in chosen.items()))
    write(shop, rows)
    assume(run(shop, *RELATIONAL))
    split = {period: rows_of(f"data/split/{period}.parquet") for period in PERIODS}
    assert sum(map(len, split.values())) == len(rows) == shop.metrics("split")["rows"]["read"]
    customers, articles = (
        read_customers("data/split").ids.to_pylist(),
        read_articles("data/split").ids.to_pylist(),
    )
    back = sorted((f"{customers[c]}", articles[a]) for period in split.values() for c, a, _ in period)
    assert back == sorted((f"c{c}", f"0{a}") for _, c, a in rows)
    for period, of_split in split.items():
        uph = load(f"data/uph/{period}")
        assert uph.count.sum() == len(of_split) == shop.metrics("build_uph")[period]["units"]
        last = {(c, a): max(d for *pair, d in of_split if pair == [c, a]) for c, a, _ in of_split}
        assert uph.day.tolist() == [last[pair] for pair in sorted(last)]
        assert uph.n_customers == len(customers) and uph.n_articles == len(articles)
    cut, file = read_cut("data/split"), Path("data/uph/earlier")
    assert file.is_dir() == (cut.test_start is not None)
    if file.is_dir():
        assert cut.valid_start - cut.earlier == cut.test_start - cut.valid_start
        before = [(c, a, d) for c, a, d in split["train"] if d < cut.earlier]
        last = {(c, a): max(d for *pair, d in before if pair == [c, a]) for c, a, _ in before}
        assert load(file).day.tolist() == [last[pair] for pair in sorted(last)]
        assert load(file).count.sum() == len(before)
    queries = load_queries(shop.params.paths)
    once = queries.groups != WITHHELD
    assert queries.bought[once].nnz == len({(c, a) for c, a, _ in split["test"]})
    assert sorted(queries.customers[once]) == sorted({c for c, *_ in split["test"]})
    before = {(c, a) for period in ("train", "valid", "fold_in") for c, a, _ in split[period]}
    judged = judge(queries, [2], exclude_bought=True)
    assert judged.truth[queries.groups[judged.rows] != WITHHELD].nnz == len(
        {(c, a) for c, a, _ in split["test"]} - before
    )


@quick
@given(purchases, options)
def test_no_test_row_lies_before_the_cut(workshop, tmp_path, rows, chosen):
    shop = workshop(tmp_path / "shop", *(f"{name}={value}" for name, value in chosen.items()))
    write(shop, rows)
    assume(run(shop, "split", "build_uph"))
    cut = read_cut("data/split")
    days = {period: load(f"data/uph/{period}").day for period in PERIODS}
    if cut.test_start is None:
        pairs = {
            period: {(c, a) for c, a, _ in rows_of(f"data/split/{period}.parquet")} for period in PERIODS
        }
        assert not pairs["test"] & (pairs["train"] | pairs["valid"] | pairs["fold_in"]), "a pair moves whole"
        return
    assert (days["test"] >= cut.test_start).all()
    assert (days["train"] < cut.valid_start).all()
    assert all((days[period] < cut.test_start).all() for period in ("valid", "fold_in"))


@quick
@given(purchases, options, st.integers(0, 99))
def test_the_order_of_the_rows_changes_no_byte(workshop, tmp_path, rows, chosen, seed):
    found = []
    for order in (None, random.Random(seed)):
        shop = workshop(tmp_path / "shop", *(f"{name}={value}" for name, value in chosen.items()))
        write(shop, rows, order)
        found.append(shop.outputs("data", "metrics") if run(shop, *RELATIONAL) else None)
    assert found[0] == found[1]


@pytest.mark.parametrize("exclude", ["true", "false"])
@pytest.mark.parametrize("seed", [0, 1])
def test_nothing_is_recommended_that_cannot_be(workshop, tmp_path, exclude, seed):
    """Known articles alone, each once, and none of the customer's own where these are excluded."""
    chosen = (f"{stage}.exclude_bought={exclude}" for stage in ("evaluate", "recommend"))
    shop = workshop(tmp_path / "shop", *chosen, "split.held_out=.2")
    random_ = random.Random(seed)
    rows = [(random_.randint(1, 28), random_.randint(0, 6), random_.randint(0, 9)) for _ in range(80)]
    rows += [(1, 0, article) for article in range(10)]  # one customer has every article
    write(shop, rows)
    shop.run(*RELATIONAL, "baselines", "train_cvae", "evaluate", "recommend")
    articles, customers = read_articles("data/split"), read_customers("data/split").ids.to_pylist()
    known = set(articles.ids.slice(0, articles.n_known).to_pylist())
    first_test_day = read_cut("data/split").test_start - np.datetime64("2019-12-31", "D").astype(int)
    had = {(f"c{c}", f"0{a}") for day, c, a in rows if day < first_test_day}
    table = pq.read_table("data/recommendations/recommendations.parquet")
    listed = list(zip(table["customer_id"].to_pylist(), table["article_id"].to_pylist(), strict=True))
    assert len(listed) == len(set(listed)) and {article for _, article in listed} <= known
    assert {customer for customer, _ in listed} >= set(customers) - {"c0"}
    if exclude == "true":
        assert not set(listed) & had
        assert not [article for customer, article in listed if customer == "c0"], "nothing is left for c0"
    else:
        assert len(listed) == 3 * len(customers)
    queries = load_queries(shop.params.paths)
    for file in (shop.folder / "data/baselines").glob("*.npz"):
        lists = np.load(file)["excluded" if exclude == "true" else "allowed"]
        assert lists.max() < articles.n_known
        shown = {(q, a) for q, row in enumerate(lists.tolist()) for a in row if a >= 0}
        bought = set(zip(*(x.tolist() for x in queries.history.matrix.tocoo().coords), strict=True))
        assert exclude == "false" or not shown & bought, file.name
    counts = json.loads((shop.folder / "metrics/evaluate.json").read_text())
    judged = judge(queries, [2], exclude == "true")
    assert counts["queries_without_truth"] == len(queries.customers) - len(judged.rows)
    assert counts["customers"] == int((queries.groups[judged.rows] != WITHHELD).sum())
