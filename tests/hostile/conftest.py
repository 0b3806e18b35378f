"""Stages run in this process, on raw files of a few lines."""

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from traindy.core.params import Params

ROOT = Path(__file__).parents[2]
SMALL = (
    "data.dir=raw", "data.article_attributes=[prod_name]", "cluster.attributes=[club_member_status, age]",
    "cluster.n_clusters=2", "cluster.max_clusters=2", "cluster.restarts=1", "cluster.min_size=1",
    "split.held_out=0",
    "baselines.ease_attributes={}", "baselines.als_factors=4", "baselines.als_iterations=1",
    "cvae.latent_dim=4", "cvae.max_epochs=1", "cvae.samples=4", "cvae.neighbours=3", "engine.threads=1",
    "cvae.members=1",
    "evaluate.k=[2]", "evaluate.bootstrap=10", "recommend.k=3",
)  # fmt: skip
RELATIONAL = ("split", "cluster", "build_uph")
PIPELINE = (*RELATIONAL, "baselines", "train_cvae", "evaluate", "recommend")


@dataclass(frozen=True)
class Workshop:
    """A project's folder, the working directory, with raw files in `raw`."""

    folder: Path
    params: Params

    def run(self, *stages: str) -> None:
        """Run stages as dvc would, in this process."""
        for stage in stages:
            spec = importlib.util.spec_from_file_location(stage, ROOT / "stages" / f"{stage}.py")
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            module.main(self.params)

    def metrics(self, stage: str) -> dict:
        """What a stage counted."""
        return json.loads((self.folder / "metrics" / f"{stage}.json").read_text())

    def outputs(self, *parts: str) -> dict[str, bytes]:
        """Every file under these folders of the project, by its path in it."""
        found = (file for part in parts for file in (self.folder / part).rglob("*") if file.is_file())
        return {str(file.relative_to(self.folder)): file.read_bytes() for file in sorted(found)}


@pytest.fixture
def workshop(monkeypatch, params):
    """`workshop(folder, *overrides)`: makes it the working directory."""

    def make(folder: Path, *overrides: str) -> Workshop:
        (folder / "raw").mkdir(parents=True, exist_ok=True)
        monkeypatch.chdir(folder)
        return Workshop(folder, params(*SMALL, *overrides))

    return make
