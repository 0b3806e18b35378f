"""The ladder on a made-up dataset: no change is no difference, another model is one."""

from pathlib import Path

import pytest

pytest.importorskip("optuna", reason="make bench-setup")
import ladder
from datasets import DATASETS, Dataset

from traindy.core.files import read_json
from traindy.cvae.fit import Fitter


def test_a_rung_that_changes_nothing_differs_by_nothing(tmp_path, monkeypatch, tiny):
    monkeypatch.chdir(Path.cwd())  # measuring changes the folder; undone at the end
    monkeypatch.setitem(DATASETS, "tiny", Dataset(*tiny))
    rungs = {"nothing": {}, "another seed": {"cvae.seed": 1}}
    monkeypatch.setattr(ladder, "RUNGS", rungs)
    ladder.main(["run", "tiny", "--folder", str(tmp_path / "scratch"), "--docs", str(tmp_path / "docs")])
    found = read_json(tmp_path / "docs/ladder/tiny.json")
    zero = [[0.0, 0.0, 0.0]] * 2
    assert found["rungs"]["nothing"]["warm"] == found["rungs"]["nothing"]["withheld"] == zero
    mean, low, high = found["rungs"]["another seed"]["warm"][1]
    assert low <= mean <= high and mean != 0
    assert 0 < found["whole"]["warm"][0] <= 1
    page = (tmp_path / "docs/ladder.md").read_text()
    assert "## tiny" in page and "another seed (`cvae.seed=1`)" in page


def test_single_rungs_join_the_others_and_the_control_is_another_model(tmp_path, monkeypatch, tiny):
    monkeypatch.chdir(Path.cwd())
    overrides, write = tiny
    monkeypatch.setitem(DATASETS, "tiny", Dataset(overrides, write))
    monkeypatch.setattr(ladder, "RUNGS", {ladder.SHUFFLED: {}, ladder.POPULARITY: {}})
    where = ["--folder", str(tmp_path / "scratch"), "--docs", str(tmp_path / "docs")]
    for rung in (ladder.POPULARITY, ladder.SHUFFLED):
        ladder.main(["run", "tiny", *where, "--only", rung])
    found = read_json(tmp_path / "docs/ladder/tiny.json")
    assert list(found["rungs"]) == [ladder.SHUFFLED, ladder.POPULARITY]
    # One cluster: shuffling changes nothing. Popularity is another list.
    assert found["rungs"][ladder.SHUFFLED]["withheld"][1][0] == 0
    assert found["rungs"][ladder.POPULARITY]["warm"][1][0] != 0


def test_evidence_of_the_day_may_speak_as_in_the_pipeline(tmp_path, monkeypatch, tiny):
    """It is kept where it was true a window before too; whoever keeps silent about that window keeps none."""
    monkeypatch.chdir(Path.cwd())
    monkeypatch.setitem(DATASETS, "tiny", Dataset(*tiny))
    monkeypatch.setattr(ladder, "RUNGS", {})
    given, select = [], Fitter.select

    def noted(self, period, truth, selection, earlier=None):
        given.append((period, earlier))
        return select(self, period, truth, selection, earlier)

    monkeypatch.setattr(Fitter, "select", noted)
    ladder.main(["run", "tiny", "--folder", str(tmp_path / "scratch"), "--docs", str(tmp_path / "docs")])
    [(period, earlier)] = given
    assert earlier.cut < period.cut
    assert 0 < earlier.uph.matrix.nnz < period.uph.matrix.nnz
    assert earlier.uph.day.max() < earlier.cut <= period.uph.day.max()
