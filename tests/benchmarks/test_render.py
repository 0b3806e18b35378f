"""The page from figures made by hand."""

import pytest

pytest.importorskip("optuna", reason="make bench-setup")
from datasets import DATASETS
from render import page
from targets import TARGETS
from told import TOLD

from traindy.evaluate.table import NAMES


def figures(value, sd=None):
    names = ("recall_20", "ndcg_20", "recall_1", "recall_30", "coverage_20")
    return dict.fromkeys(names, value) | ({} if sd is None else {f"{name}_sd": sd for name in names})


def content(dataset, low=0.01, **models):
    interval = {"recall_20": [0.02, low, 0.03], "ndcg_20": [0.02, low, 0.03]}
    groups = ("all", "warm", "cold")
    policy = {
        "catalogue": 10,
        "cut": {"by": "date", "test_start": "2020-09-16", "test_end": "2020-09-23"},
        "customers": dict.fromkeys(groups, 1000),
        "ceiling": figures(0.9),
        "models": {name: dict.fromkeys(groups, each) for name, each in models.items()},
        "differences": {name: dict.fromkeys(groups, interval) for name in models if name != "cvae"},
    }
    return {
        "dataset": dataset,
        "command": "python …",
        "seeds": [0, 1],
        "trials": 4,
        "machine": {"cpu": "x86_64", "cores": 2, "threads": 1, "gpu": None},
        "overrides": {},
        "searches": {
            "ease": {
                "overrides": {"baselines.ease_lambda": 123.456},
                "ndcg_20": 0.2,
                "seconds": 3.0,
                "trials": 4,
            }
        },
        "skipped": {"ease_attributes": "too many articles"},
        "seconds": {"train_cvae": 12.0},
        "policies": {"excluded": policy},
    }


def test_the_simulated_week_stands_beside_the_real_one():
    week = {
        "customers": 70_000, "articles": 18_000, "real": {"popularity": 0.04, "ease": 0.178}, "allowed": 0.3,
        "recall_20": {"popularity": 0.0521, "ease": 0.2}, "outside": ["popularity"],
    }  # fmt: skip
    text = page([], week)
    assert "| popularity | 0.052 | 0.040 | **not met** |" in text and "| EASE | 0.200 | 0.178 | met |" in text
    assert "as hard as" not in page([])


def rows(text, first):
    return [line for line in text.splitlines() if line.startswith(f"| {first}")]


def test_models_stand_in_order_with_the_seeds_spread_and_what_is_published():
    text = page([content("gowalla", cvae=figures(0.2, 0.001), popularity=figures(0.1), ease=figures(0.15))])
    table = [
        line.split("|")[1].strip()
        for line in text.split("### gowalla, bought")[1].splitlines()
        if "|" in line
    ]
    assert table[2:6] == ["**CVAE**", "EASE", "popularity", "*published: BSPM*"], "the baselines by NDCG"
    assert ".2000 ±.0010" in rows(text, "**CVAE**")[0]
    assert "+.0200 (+.0100 to +.0300)" in rows(text, "EASE")[1]
    assert "`baselines.ease_lambda=123`" in text and "left out: too many articles" in text


@pytest.mark.parametrize(
    ("dataset", "cvae", "ease_attributes", "words"),
    [
        ("hm-week", 0.24, 0.2, "| met | 1.200 x |"),
        ("hm-week", 0.23, 0.2, "| **not met** | 1.150 x |"),
        ("gowalla", 0.19, 0.1, "| **not met** | 0.1900 |"),
    ],
)
def test_a_target_is_a_figure_or_a_share_of_another_models(dataset, cvae, ease_attributes, words):
    text = page([content(dataset, cvae=figures(cvae), ease_attributes=figures(ease_attributes))])
    assert words in rows(text, f"{dataset}, all, bought excluded: Recall@20 at least")[0]


def test_every_baseline_must_be_behind_with_its_whole_interval():
    ahead = content("simulated", cvae=figures(0.2), popularity=figures(0.1), oracle_segment=figures(0.21))
    assert "| met | nearest: popularity, +0.0200 (+0.0100" in rows(page([ahead]), "simulated, cold")[0]
    doubtful = content("simulated", low=0.0, cvae=figures(0.2), popularity=figures(0.1))
    assert "**not met**" in rows(page([doubtful]), "simulated, cold")[0]
    assert "| met | 0.952 x |" in rows(page([ahead]), "simulated, cold")[1]


def test_what_was_not_measured_is_said():
    assert page([]).count("not measured") == len(TARGETS)
    assert all(target.against in {None, "every baseline", *NAMES} for target in TARGETS)


def test_where_no_ceiling_is_known_none_is_named():
    # Datasets that are joined from folds have none.
    joined = content("journey-type-cold", cvae=figures(0.2), popularity=figures(0.1))
    joined["policies"]["excluded"]["ceiling"] = {}
    assert "ceiling" not in page([joined]).split("## journey-type-cold")[1]


def test_below_a_datasets_figures_stands_what_was_tested_before(monkeypatch):
    monkeypatch.delitem(TOLD, "simulated-100k")  # as if it were new
    both = {"cvae": figures(0.2), "popularity": figures(0.1)}
    text = page([content("gowalla", cvae=figures(0.2)), content("simulated-100k", **both)])
    assert TOLD["gowalla"] in text.split("### gowalla, tested before")[1]
    assert "### simulated-100k, tested before" not in text, "nothing was"
    assert set(TOLD) <= set(DATASETS)
