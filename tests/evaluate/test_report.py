"""From queries to the report on a shop that can be reckoned by hand."""

import io
import json
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
from rich.console import Console
from scipy.sparse import csr_array

from traindy.core.errors import UserError
from traindy.evaluate.bootstrap import interval, resampled_means
from traindy.evaluate.judged import judge
from traindy.evaluate.models import check_k
from traindy.evaluate.queries import WITHHELD, Queries
from traindy.evaluate.report import report
from traindy.evaluate.table import BANDS, GROUPS, NAMES, show
from traindy.evaluate.write import write_per_customer
from traindy.uph import UPH

N_KNOWN = 4  # of 6 articles


def matrix(*rows):
    dense = np.zeros((len(rows), 6), np.float32)
    for i, row in enumerate(rows):
        dense[i, list(row)] = 1
    return csr_array(dense)


@pytest.fixture
def queries():
    history = matrix({0}, {1, 2}, set(), {3}, set())
    days = np.zeros(history.nnz, np.int32)
    return Queries(
        customers=np.array([0, 2, 5, 7, 2]),
        groups=np.array(["warm", "held_out", "cold", "warm", WITHHELD], object),
        clusters=np.array([0, 1, 0, 1, 1], np.int32),
        profiles=np.zeros(5, np.int32),
        history=UPH(history, days, days + 1),
        bought=matrix({0, 1}, {2, 5}, {0, 4}, {3}, {2, 5}),
    )


LISTS = np.array([[1, 2], [0, 3], [0, 1], [0, 1], [2, 0]], np.int32)


def test_bought_articles_do_not_count_and_whoever_has_no_truth_left_is_left_out(queries):
    judged = judge(queries, [2], exclude_bought=True)
    assert judged.rows.tolist() == [0, 1, 2, 4]
    assert judged.size.tolist() == [1, 1, 2, 2], "withheld customers keep their truth"
    assert judge(queries, [2], exclude_bought=False).size.tolist() == [2, 2, 2, 1, 2]


def test_where_only_withheld_customers_are_left_that_is_said(queries):
    """Without a history nothing was bought before, so that all of theirs counts."""
    nothing_new = replace(queries, bought=matrix({0}, {2}, set(), {3}, {2}))
    with pytest.raises(UserError, match=r"evaluate\.exclude_bought=true: nobody bought anything new"):
        judge(nothing_new, [2], exclude_bought=True)


def test_groups_hold_each_customer_once_and_empty_ones_are_left_out(queries):
    groups = judge(queries, [2], exclude_bought=True).groups
    assert {name: members.astype(int).tolist() for name, members in groups.items()} == {
        "all": [1, 1, 1, 0],
        "warm": [1, 0, 0, 0],
        "held_out": [0, 1, 0, 0],
        "cold": [0, 0, 1, 0],
        WITHHELD: [0, 0, 0, 1],
        "history_0": [0, 0, 1, 0],
        "history_1": [1, 0, 0, 0],
        "history_2_4": [0, 1, 0, 0],
        "cluster_0": [1, 0, 1, 0],
        "cluster_1": [0, 1, 0, 0],
    }


def full_report(queries, resamples=200):
    judged = judge(queries, [2], exclude_bought=True)
    lists = {"cvae": LISTS, "popularity": LISTS[:, ::-1].copy()}
    figures = {name: judged.figures(of_model) for name, of_model in lists.items()}
    return judged, figures, report(judged, lists, figures, N_KNOWN, resamples, seed=0)


def test_the_report_by_hand(queries):
    content = full_report(queries)[2]
    assert content["recall_1"] == pytest.approx(2 / 3, abs=1e-5)
    assert content["recall_20"] == content["recall_2"] == pytest.approx((1 + 0 + 0.5) / 3, abs=1e-5)
    assert content["coverage_20"] == 1.0 and content["customers"] == 3
    assert content["ceiling"]["recall_20"] == pytest.approx((1 + 0 + 0.5) / 3, abs=1e-5)
    assert content["groups"][WITHHELD]["recall_20"] == 0.5
    assert content["groups"]["cold"]["ceiling"]["recall_20"] == 0.5
    assert content["models"]["popularity"]["recall_20"] == content["recall_20"]
    assert content["models"]["popularity"]["ndcg_20"] < content["ndcg_20"]
    low, high = content["differences"]["popularity"]["warm"]["ndcg_20"]
    assert low == high == pytest.approx(1 - 1 / np.log2(3), abs=1e-5), "one customer has no spread"


def test_the_report_is_valid_json_and_the_same_twice(queries):
    first, second = (json.dumps(full_report(queries)[2], allow_nan=False) for _ in range(2))
    assert first == second


def test_the_table_of_every_model_and_group_fits_into_100_columns(queries):
    content = full_report(queries)[2] | {
        "exclude_bought": True,
        "catalogue": N_KNOWN,
        "cut": {"by": "date", "valid_start": None, "test_start": "2020-09-16", "test_end": "2020-09-23"},
    }
    large = content["groups"]["warm"] | {"customers": 1_000_000}
    everything = content["models"]["popularity"] | {"groups": dict.fromkeys(GROUPS, large)}
    counts = {"articles": 100_000, "pairs": 1_000_000}
    bands = {band: counts | {"recall_20": dict.fromkeys(NAMES, 0.5)} for band in BANDS if band != "unknown"}
    content["article_bands"] = bands | {"unknown": counts}
    of_samples = {cluster: {"union": 70, "overlap": 0.4} for cluster in "01"}
    content["diversity"] = {"samples": 32, "length": 20, "coverage": 0.1, "coverage_served": 0.03}
    content["diversity"]["clusters"] = of_samples
    content |= {"groups": everything["groups"], "models": dict.fromkeys(reversed(NAMES), everything)}
    del content["models"]["cvae"]
    out = io.StringIO()
    show(content, Console(file=out, width=100))
    text = out.getvalue()
    assert max(map(len, text.splitlines())) <= 100 and "…" not in text
    rows = [line.split("│")[1].strip() for line in text.splitlines() if line.startswith("│")]
    names = [*NAMES.values()]
    assert rows == [*names, *names, "customers", *names, "pairs", "articles"], "in a stated order"
    assert "together 70 to 70 articles" in text
    assert "2020-09-16" in text and "Ceiling: recall_1 0.667" in text


def test_differences_are_given_for_every_group_of_customers(queries):
    differences = full_report(queries)[2]["differences"]
    assert list(differences) == ["popularity"]
    assert list(differences["popularity"]) == ["all", "warm", "held_out", "cold", WITHHELD]


def test_every_judged_query_has_a_row_for_each_model(queries, tmp_path):
    judged, figures, content = full_report(queries)
    write_per_customer(tmp_path, judged, figures)
    table = pq.read_table(tmp_path / "per_customer.parquet").to_pandas()
    assert len(table) == 8
    mine = table[(table["model"] == "cvae") & (table["group"] != WITHHELD)]
    assert mine["ndcg_20"].mean() == pytest.approx(content["ndcg_20"], abs=1e-5)
    assert mine["customer"].tolist() == [0, 2, 5] and mine["history_length"].tolist() == [1, 2, 0]


def test_intervals_are_those_of_the_mean():
    values = np.random.default_rng(0).normal(3, 2, (9000, 1))
    everybody = np.ones((9000, 1), bool)
    means = resampled_means(values, everybody, 1000, seed=1)
    low, high = interval(means)[:, 0, 0]
    assert means.mean() == pytest.approx(values.mean(), abs=0.005)
    assert (high - low) / 2 == pytest.approx(1.96 * 2 / np.sqrt(9000), rel=0.1)


def test_resamples_of_nobody_do_not_count():
    means = resampled_means(np.ones((1, 1)), np.ones((1, 1), bool), 50, seed=0)
    assert np.isnan(means).any() and interval(means).tolist() == [[[1.0]], [[1.0]]]


def test_a_list_longer_than_the_catalogue_is_refused_by_name(caplog):
    check_k([4], 4)
    assert "the whole catalogue" in caplog.text, "of less than 20 articles"
    caplog.clear()
    check_k([4], 20)
    assert not caplog.text
    with pytest.raises(UserError, match=r"evaluate\.k=\[2, 5\]: 5 is more than the 4 articles"):
        check_k([2, 5], 4)
