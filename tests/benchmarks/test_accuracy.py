"""A made-up dataset through the bench: the stages, the search, the seeds, the figures, the page."""

import pytest

pytest.importorskip("optuna", reason="make bench-setup")
import accuracy
import measure
from datasets import Dataset
from scratch import Scratch

from traindy.core.errors import UserError


@pytest.fixture
def command(tmp_path, monkeypatch, tiny):
    """Run the command line on the dataset `tiny`, below the test's folder."""
    dataset = Dataset(*tiny, models=("popularity", "ease"), policies=("excluded", "allowed"))
    monkeypatch.setitem(accuracy.DATASETS, "tiny", dataset)
    places = ["--folder", str(tmp_path / "scratch"), "--docs", str(tmp_path / "docs")]
    return lambda *more: accuracy.main(["run", "tiny", *places, *more])


def test_a_dataset_is_measured_and_a_run_that_was_cut_off_goes_on(command, tmp_path, monkeypatch):
    options = ("--models", "popularity", "--trials", "2", "--seeds", "0")
    command(*options, "baselines.popularity_days=3")
    content = accuracy.read_json(tmp_path / "docs/accuracy/tiny.json")
    assert content["searches"]["popularity"]["trials"] == 2
    assert set(content["policies"]) == {"excluded", "allowed"}
    models = content["policies"]["excluded"]["models"]
    assert list(models) == ["cvae", "popularity"] and 0 < models["cvae"]["all"]["recall_20"] <= 1
    assert "popularity" in content["policies"]["allowed"]["differences"]
    assert str(tmp_path) not in str(content), "no folder of this machine"
    assert "## tiny" in (tmp_path / "docs/accuracy.md").read_text()
    monkeypatch.setattr(Scratch, "run", lambda *_: pytest.fail("a step was run again"))
    command(*options, "baselines.popularity_days=3")


def test_what_the_search_found_for_one_model_does_not_reach_another():
    found = {"ease": {"overrides": {"baselines.ease_lambda": 10.0}}}
    assert measure.overrides(found, "ease") == {"baselines.ease_lambda": 10.0}
    assert measure.overrides(found, "cvae") == {}


def test_whoever_has_no_history_gets_the_tuned_popularity_list_from_every_model(tmp_path, monkeypatch):
    found = {"popularity": {"overrides": {"baselines.popularity_days": 9}}, "ease": {"overrides": {}}}
    asked = []
    monkeypatch.setattr(Scratch, "stage", lambda self, *of: asked.append(of))
    measure.rank_baseline(Scratch(tmp_path, {}), "ease", found)
    assert asked[0][2]["baselines.popularity_days"] == 9


def test_a_step_is_done_again_when_what_it_reads_has_changed(tmp_path):
    scratch, done = Scratch(tmp_path, {}), []
    for reads in ({"trials": 1}, {"trials": 1}, {"trials": 2}):
        scratch.once("search", reads, lambda: done.append(1))
    assert len(done) == 2


def test_a_mapping_replaces_the_one_there_is_and_what_is_unknown_is_refused(tmp_path):
    scratch = Scratch(tmp_path, {"baselines.ease_attributes": {"brand": 1.0}})
    assert scratch.set({"cvae.seed": 3}).baselines.ease_attributes == {"brand": 1.0}
    with pytest.raises(UserError, match=r"cvae\.sed=3: no such parameter; did you mean cvae\.seed\?"):
        scratch.set({"cvae.sed": 3})


def test_what_cannot_be_measured_is_said(command, tmp_path, tiny):
    with pytest.raises(UserError, match="--models als: not measured here; popularity, ease are"):
        command("--models", "als")
    accuracy.DATASETS["tiny"] = Dataset(*tiny, source="the folder with the raw files")
    with pytest.raises(UserError, match="--source is missing: the folder with the raw files"):
        command()


def test_folds_are_measured_apart_and_searched_once(tmp_path, monkeypatch):
    asked = []

    def fake(scratch, plan, found=None):
        asked.append((scratch.folder.name, plan.dataset, found))
        runs = {"excluded": [tmp_path / f"{scratch.folder.name}-{seed}" for seed in plan.seeds]}
        return measure.Measured({"popularity": {"overrides": {}}}, {}, {}, runs)

    monkeypatch.setattr(accuracy, "measure", fake)
    monkeypatch.setattr(accuracy, "read_run", lambda folder: folder.name)
    monkeypatch.setattr(accuracy, "pool", list)
    folds = Dataset({}, None), Dataset({}, None)
    plan = measure.Plan(Dataset({}, None, folds=folds), None, (), 1, False, (0, 1))
    _, runs = accuracy._measured(Scratch(tmp_path, {}), plan)
    assert runs == {"excluded": [["fold-0-0", "fold-1-0"], ["fold-0-1", "fold-1-1"]]}, "pooled seed by seed"
    found = {"popularity": {"overrides": {}}}
    assert asked == [("fold-0", folds[0], None), ("fold-1", folds[1], found)]
