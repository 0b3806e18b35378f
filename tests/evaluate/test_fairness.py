"""Groups, gaps, concentration and near-duplicates, by hand; the whole report of a small shop."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.sparse import csr_array

from traindy.core.vocabulary import Articles
from traindy.evaluate.concentration import as_matrix, concentration, near_duplicates
from traindy.evaluate.customer_groups import PROXY_GROUPS, categories, grouped, groupings
from traindy.evaluate.fairness import fairness, shown
from traindy.evaluate.gaps import accuracy
from traindy.evaluate.judged import judge
from traindy.evaluate.queries import Queries
from traindy.evaluate.typecasting import Grouping
from traindy.uph import UPH


def test_concentration_by_hand():
    assert concentration(np.array([3, 3, 3, 3])) == {"gini": 0.0, "coverage": 1.0, "head": 0.25}
    assert concentration(np.array([0, 5, 0, 0])) == {"gini": 0.75, "coverage": 0.25, "head": 1.0}
    hundred = np.concatenate([[101, 51], np.ones(98), np.zeros(100)])
    assert concentration(hundred)["head"] == round((101 + 51) / 250, 5), "two of 200 are the head"


def test_near_duplicates_by_hand():
    """Products 0 (articles 0, 1, 2) and 1 (3, 4). The first customer has article 0 and sees 1, 2 and 3."""
    product = np.array([0, 0, 0, 1, 1])
    history = as_matrix(np.array([[0], [-1]]), 5)
    lists = as_matrix(np.array([[1, 2, 3], [4, -1, -1]]), 5)
    assert near_duplicates(lists, history, product) == {"within": 0.25, "of_bought": 0.5}
    again = as_matrix(np.array([[0], [4]]), 5)
    assert near_duplicates(again, history, product) == {"within": 0.0, "of_bought": 0.0}, "itself is no other"


def test_small_groups_are_in_none_and_bands_stand_in_their_order():
    found = grouped("age", np.array(["20-24"] * 3 + ["<20"] * 2 + ["70+"] + [""] * 3), least=2)
    assert found.levels == ["<20", "20-24"] and found.sizes.tolist() == [2, 3]
    assert found.code.tolist() == [1, 1, 1, 0, 0, -1, -1, -1, -1]


def test_gaps_by_hand():
    served = np.array([1.0, 1.0, 0.0, 0.0, 0.5])
    figures = {"cvae": {"recall_1": served, "recall_30": served * 0, "ndcg_20": served}}
    groups = Grouping("g", ["a", "b", "c"], np.array([0, 0, 1, 1, 2]))
    found = accuracy(figures, groups, resamples=100, seed=0)
    assert found["groups"]["a"] == {
        "customers": 2,
        "cvae": {
            "recall_1": {"mean": 1.0, "low": 1.0, "high": 1.0},
            "recall_30": {"mean": 0.0, "low": 0.0, "high": 0.0},
            "ndcg_20": {"mean": 1.0, "low": 1.0, "high": 1.0},
        },
    }
    gap = found["gaps"]["cvae"]["ndcg_20"]
    assert {name: gap[name] for name in ("lowest", "highest", "gap", "interval")} == {
        "lowest": "b",
        "highest": "a",
        "gap": 1.0,
        "interval": [1.0, 1.0],
    }
    assert found["gaps"]["cvae"]["recall_30"]["by_chance"] == 0


def test_a_gap_by_chance_is_as_large_as_one_of_shuffled_groups():
    random = np.random.default_rng(3)
    values, code = random.random(1000), np.repeat(np.arange(4), 250)
    figures = {"cvae": dict.fromkeys(("recall_1", "recall_30", "ndcg_20"), values + (code == 3))}
    gap = accuracy(figures, Grouping("g", list("abcd"), code), 50, 0)["gaps"]["cvae"]["ndcg_20"]
    assert gap["gap"] > 0.9 and gap["by_chance"] < 0.25
    shuffled = {"cvae": dict.fromkeys(("recall_1", "recall_30", "ndcg_20"), values)}
    gap = accuracy(shuffled, Grouping("g", list("abcd"), code), 50, 0)["gaps"]["cvae"]["ndcg_20"]
    assert gap["gap"] < 2 * gap["by_chance"]


N, GROUPS = 400, ("Ladieswear", "Menswear")


def articles(**attributes):
    n = len(next(iter(attributes.values())))
    ids = pa.chunked_array([[f"{i}" for i in range(n)]])
    return Articles(ids, pa.table(attributes), n, n)


SHOP = articles(
    index_group_name=[GROUPS[i // 20] for i in range(40)],
    product_code=[str(i // 2) for i in range(40)],
    prod_name=[None, *(str(i) for i in range(39))],
)


def test_the_categories_are_the_coarse_attributes_with_missing_as_a_level():
    assert list(categories(SHOP)) == ["index_group_name", "product_code", "prod_name"]
    fine = articles(name=[str(i) for i in range(200)], one=["a"] * 200, two=["a", None] * 100)
    found = categories(fine)
    assert list(found) == ["two"] and found["two"].tolist() == [0, 1] * 100


def test_the_index_group_bought_most_is_a_grouping_and_nobody_without_history_is_in_it():
    history = as_matrix(np.array([[0, 1, 21], [22, 23, -1], [-1, -1, -1]]), 40)
    found = {
        of.name: of for of in groupings(pd.DataFrame(index=[0]), np.zeros(3, int), history, SHOP, least=1)
    }
    assert list(found) == [PROXY_GROUPS]
    assert found[PROXY_GROUPS].levels == list(GROUPS) and found[PROXY_GROUPS].code.tolist() == [0, 1, -1]


@pytest.fixture(scope="module")
def report():
    """Customers of two clusters; each buys 2 of 3 from its own index group, and is shown nothing else."""
    random = np.random.default_rng(0)
    cluster = np.arange(N) % 2
    bought, lists = np.zeros((N, 40), np.float32), np.zeros((N, 20), np.int32)
    for i, own in enumerate(cluster):
        bought[i, own * 20 + random.permutation(20)[:6]] = 1
        bought[i, (1 - own) * 20 + random.permutation(20)[:3]] = 1
        lists[i] = own * 20 + random.permutation(20)
    history = csr_array(np.zeros((N, 40), np.float32))
    none = np.zeros(0, np.int32)
    groups = np.full(N, "cold", object)
    queries = Queries(np.arange(N), groups, cluster, cluster, UPH(history, none, none), csr_array(bought))
    judged = judge(queries, [20], exclude_bought=True)
    everybody = np.tile(np.arange(20, dtype=np.int32) * 2, (N, 1))
    of_models = {"cvae": lists, "popularity": everybody, "als": lists}
    figures = {name: judged.figures(of) for name, of in of_models.items()}
    profiles = pd.DataFrame({"cluster": [0, 1], "age": ["<20", "70+"]})
    return fairness(judged, figures, shown(judged, of_models, SHOP, profiles), SHOP, 50, 0)


def test_the_report_by_hand(report):
    assert list(report["accuracy"]) == ["cluster", "age"] and report["customers"] == N
    assert report["accuracy"]["age"]["groups"]["<20"]["customers"] == N // 2
    assert set(report["accuracy"]["age"]["gaps"]) == {"cvae", "popularity"}, "als is not asked about"
    found = report["typecasting"]["index_group_name"]["cluster"]
    assert found["bought"]["distance"] == pytest.approx(1 / 3, abs=1e-4)
    assert found["models"]["cvae"]["distance"] == 1.0
    assert found["models"]["cvae"]["ratio"] == pytest.approx(3, abs=0.2)
    assert found["models"]["popularity"] == {"distance": 0.0, "by_chance": 0.0, "ratio": 0.0}
    assert report["concentration"]["cvae"] == {"gini": 0.0, "coverage": 1.0, "head": 0.025}
    assert report["concentration"]["popularity"] == {"gini": 0.5, "coverage": 0.5, "head": 0.05}
    assert report["near_duplicates"]["cvae"] == {"within": 0.5, "of_bought": 0.0}
    assert report["near_duplicates"]["popularity"]["within"] == 0.0
    assert report["proxy_for_gender"] == PROXY_GROUPS


def test_the_report_is_valid_json(report):
    assert json.loads(json.dumps(report, allow_nan=False)) == report
