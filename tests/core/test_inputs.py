"""Data that changes while a stage runs is noticed; its code, and what it does not read, may change."""

import pytest

from traindy.core.errors import UserError
from traindy.core.inputs import Inputs

PIPELINE = """
stages:
  cluster: {deps: [src/traindy, "${paths.split}", "${data.dir}"], outs: ["${paths.cluster}"]}
  simulate: {outs: ["${paths.simulated}"]}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dvc.yaml").write_text(PIPELINE)
    for file in ("data/split/a", "data/split/parts/0", "data/raw/b", "data/cluster/c", "src/traindy/d"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("x")
    return tmp_path


@pytest.mark.parametrize("file", ["data/split/a", "data/split/parts/0", "data/raw/b", "data/raw/new"])
def test_a_file_that_is_changed_removed_or_added_is_named(project, params, file):
    for act in ("change", "remove"):
        inputs = Inputs("cluster", params("data.dir=data/raw"))
        inputs.check_unchanged()
        if act == "change":
            (project / file).write_text("y")
        else:
            (project / file).unlink()
        with pytest.raises(UserError, match=f"^{file}: changed, added or removed"):
            inputs.check_unchanged()


def test_what_is_no_input_may_change(project, params):
    inputs = Inputs("cluster", params("data.dir=data/raw"))
    for file in ("data/cluster/c", "src/traindy/d"):
        (project / file).write_text("y")
    inputs.check_unchanged()


def test_without_a_pipeline_or_deps_nothing_is_watched(project, params):
    Inputs("simulate", params()).check_unchanged()
    Inputs("unheard_of", params()).check_unchanged()
    (project / "dvc.yaml").unlink()
    Inputs("cluster", params()).check_unchanged()
