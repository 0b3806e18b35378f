"""Seeds, folds and intervals reckoned by hand."""

import json

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("optuna", reason="make bench-setup")
from results import METRICS, Run, differences, pool, read_run, summary

FACTS = {"catalogue": 4, "cut": {"by": "given", "test_start": None}, "exclude_bought": True}


def run(customer, group, **models):
    """A run whose customers have one and the same value in every metric."""
    values = {
        name: np.repeat(np.array(each, float)[:, None], len(METRICS), 1) for name, each in models.items()
    }
    figures = {name: {"all": dict.fromkeys(METRICS, float(each.mean()))} for name, each in values.items()}
    return Run(figures, {"all": len(customer)}, {}, FACTS, np.array(customer), np.array(group), values)


def test_the_cvae_is_the_mean_over_its_seeds_and_their_deviation():
    seeds = [run([0, 1], ["warm"] * 2, cvae=[value, value], ease=[0.5, 0.5]) for value in (0.6, 0.8)]
    models = summary(seeds, 50, 0)["models"]
    assert models["cvae"]["all"]["ndcg_20"] == pytest.approx(0.7)
    assert models["cvae"]["all"]["ndcg_20_sd"] == pytest.approx(0.1 * np.sqrt(2), abs=1e-5)
    assert "ndcg_20_sd" not in models["ease"]["all"], "nothing varies"


def test_the_interval_is_that_of_the_customers_means_over_seeds():
    """Customers whose seeds differ, but whose means are all .3 ahead, leave no doubt."""
    seeds = [
        run([0, 1, 2], ["warm"] * 3, cvae=[0.4 + d, 0.6 - d, 0.8], ease=[0.1, 0.3, 0.5]) for d in (-0.2, 0.2)
    ]
    found = differences(seeds, 50, 0)["ease"]
    assert found["warm"]["ndcg_20"] == found["all"]["recall_20"] == pytest.approx([0.3, 0.3, 0.3])
    assert set(found) == {"all", "warm"}, "groups of nobody are left out"


def test_a_withheld_customer_counts_only_apart():
    one = run([0, 0], ["held_out", "held_out_withheld"], cvae=[1, 0], ease=[0, 0])
    found = differences([one], 50, 0)["ease"]
    assert found["all"]["ndcg_20"][0] == 1 and found["held_out_withheld"]["ndcg_20"][0] == 0


def test_folds_pool_each_customer_that_is_cold_by_design_once():
    """Customer 9 has no history in any fold; 1 and 2 are warm where the other's fold is tested."""
    first = run([1, 2, 9], ["cold", "warm", "cold"], cvae=[0.2, 0.9, 0.9], popularity=[0.1, 0.9, 0.9])
    second = run([1, 2, 9], ["warm", "cold", "cold"], cvae=[0.9, 0.6, 0.9], popularity=[0.9, 0.1, 0.9])
    pooled = pool([first, second])
    assert pooled.customer.tolist() == [1, 2] and pooled.customers == {"cold": 2}
    assert pooled.figures["cvae"] == {"cold": dict.fromkeys(METRICS, pytest.approx(0.4))}
    mean, low, high = differences([pooled], 1000, 0)["popularity"]["cold"]["ndcg_20"]
    assert (mean, low, high) == pytest.approx((0.3, 0.1, 0.5)), (
        "both, or only the one or the other, are drawn"
    )


def test_an_evaluation_is_read_back(tmp_path):
    values = dict.fromkeys(METRICS, 0.25) | {"coverage_20": 0.5, "customers": 1}
    cvae = values | {
        "groups": {"warm": values},
        "ceiling": values,
        "models": {"ease": values | {"groups": {"warm": values}}},
    }
    (tmp_path / "evaluate.json").write_text(json.dumps(cvae | FACTS))
    row = {"customer": 3, "group": "warm"} | dict.fromkeys(METRICS, 0.25)
    table = pd.DataFrame([{"model": model} | row for model in ("cvae", "ease")])
    table.to_parquet(tmp_path / "per_customer.parquet")
    found = read_run(tmp_path)
    assert found.figures["ease"]["warm"]["coverage_20"] == 0.5 and found.customers == {"all": 1, "warm": 1}
    assert found.values["cvae"].tolist() == [[0.25] * len(METRICS)] and found.group.tolist() == ["warm"]
