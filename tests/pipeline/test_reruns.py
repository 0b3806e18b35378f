"""A changed parameter reruns what it affects, and nothing else; DVC's commands work as its users expect."""

import json
import re

import pytest

AFTER_TRAINING = ["evaluate", "recommend", "model_card"]
AFTER_SPLIT = ["split", "cluster", "build_uph", "baselines", "train_cvae", *AFTER_TRAINING]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("evaluate.k=[20]", ["evaluate", "model_card"]),
        ("cluster.n_clusters=2", ["cluster", "baselines", "train_cvae", *AFTER_TRAINING]),
        ("recommend.k=5", ["recommend", "model_card"]),
        ("fairness.neutrality=0.5", AFTER_TRAINING),
    ],
)
def test_a_change_reruns_what_it_affects(clean, change, expected):
    clean.set(change)
    assert sorted(clean.stages_run("repro")) == sorted(expected)
    assert clean.stages_run("repro") == [], "and then nothing"


def test_nothing_changed_runs_nothing(clean):
    assert clean.stages_run("repro") == []


def test_the_metrics_are_complete_and_of_the_documented_shape(repository):
    metrics = json.loads((repository.folder / "metrics/evaluate.json").read_text())
    keys = {"recall_1", "recall_30", "recall_20", "ndcg_20", "map_12", "coverage_20"}
    assert keys <= metrics.keys()
    assert {"warm", "held_out", "held_out_withheld", "cold"} <= metrics["groups"].keys()
    for group in metrics["groups"].values():
        assert keys <= group.keys()
    expected = {
        "popularity", "popularity_cluster", "past_purchases", "item_knn", "co_occurrence", "ease",
        "ease_attributes", "als", "cvae_unconditioned", "oracle_taste", "oracle_segment",
        "oracle_segment_now",
    }  # fmt: skip
    assert expected == metrics["models"].keys()
    for model in metrics["models"].values():
        assert keys <= model.keys()
        assert keys <= model["groups"]["warm"].keys()
    assert metrics["models"]["oracle_taste"]["ndcg_20"] > metrics["models"]["popularity"]["ndcg_20"]


def test_the_dvc_commands_and_an_experiment(clean):
    shown = clean.dvc("metrics", "show", "--md").splitlines()
    (header,) = (line for line in shown if "recall_1" in line)
    assert {"recall_30", "ndcg_20", "cold.ndcg_20", "best.ndcg_20"} <= set(re.findall(r"[\w.]+", header))
    assert header.count("|") < 25, "not every group and model"
    assert "train_cvae" in clean.dvc("dag")
    assert "index.html" in clean.dvc("plots", "show")
    out = clean.dvc("exp", "run", "-S", "cvae.latent_dim=8", "--name", "small")
    assert re.findall(r"Running stage '(\w+)'", out) == ["train_cvae", *AFTER_TRAINING]
    assert clean.stages_run("repro") == [], "and then nothing"
    table = clean.dvc("exp", "show", "--csv")
    assert "small" in table and "cvae.latent_dim" in table
    clean.dvc("exp", "remove", "small")


def test_a_wrong_parameter_names_itself_and_the_way_back(clean):
    before = clean.hashes()
    out = clean.dvc("exp", "run", "-S", "cvae.latent_dim=-1", check=False)
    line = next(line for line in out.splitlines() if line.startswith("error: "))
    assert "cvae.latent_dim=-1: " in line
    assert "git checkout params.yaml && dvc checkout" in line
    assert "Traceback" not in out
    clean.run("git", "checkout", "params.yaml")
    clean.dvc("checkout")
    clean.run("git", "checkout", "metrics")
    assert clean.hashes() == before
    assert clean.stages_run("repro") == []
    assert (clean.folder / "data/cvae/conditioned/model.safetensors").is_file()


def test_a_k_above_the_catalogue_is_refused_by_evaluate(clean):
    clean.set("evaluate.k=[20, 5000]", "baselines.depth=5000")
    out = clean.dvc("repro", check=False)
    assert re.search(r"^error: evaluate\.k=.*5000", out, re.M), out
    assert "Traceback" not in out


def test_an_article_catalogue_too_large_for_ease_leaves_it_out_and_says_so(clean):
    clean.set("baselines.ease_max_articles=50")
    assert "ease is left out" in clean.dvc("repro")
    metrics = json.loads((clean.folder / "metrics/evaluate.json").read_text())
    assert "ease" not in metrics["models"]


def test_a_cut_without_time_goes_through_all_that_follows_it(clean):
    clean.set("split.by=per_customer", "split.held_out=0.0", "cvae.ablation=false", "cvae.refit=false")
    assert sorted(clean.stages_run("repro")) == sorted(AFTER_SPLIT)
    assert clean.stages_run("repro") == [], "and then nothing"
    metrics = json.loads((clean.folder / "metrics/evaluate.json").read_text())
    assert metrics["ndcg_20"] > 0
    assert "held_out" not in metrics["groups"]
