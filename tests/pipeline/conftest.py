"""A temporary repository with a tiny shop in which DVC runs the whole pipeline."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TINY = [
    "simulate.customers=400", "simulate.articles=200", "simulate.days=200", "cvae.latent_dim=16",
    "cvae.max_epochs=2", "cvae.batch_size=128", "evaluate.bootstrap=20", "baselines.als_factors=8",
    "baselines.als_iterations=2", "cluster.max_clusters=4", "cluster.n_clusters=3", "cluster.min_size=20",
]  # fmt: skip


@dataclass(frozen=True)
class Repository:
    """A git and DVC repository of its own."""

    folder: Path

    def run(self, *command: str, check: bool = True) -> str:
        """Run a command in it; returns all that it printed."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = os.environ | {"PATH": path, "DVC_NO_ANALYTICS": "1"}
        done = subprocess.run(
            command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        if check:
            assert done.returncode == 0, done.stdout
        return done.stdout

    def dvc(self, *arguments: str, check: bool = True) -> str:
        """Run dvc."""
        return self.run(sys.executable, "-m", "dvc", *arguments, check=check)

    def stages_run(self, *arguments: str) -> list[str]:
        """The stages that a dvc command ran, in order."""
        return re.findall(r"Running stage '(\w+)'", self.dvc(*arguments))

    def set(self, *overrides: str) -> None:
        """Change parameters as `dvc exp run -S` does, comments kept."""
        from dvc.utils.hydra import apply_overrides

        apply_overrides(str(self.folder / "params.yaml"), list(overrides))

    def hashes(self) -> dict[str, str]:
        """The hash of every output of every stage, as DVC recorded it."""
        import yaml

        lock = yaml.safe_load((self.folder / "dvc.lock").read_text())
        return {out["path"]: out["md5"] for stage in lock["stages"].values() for out in stage["outs"]}


def make_repository(folder: Path) -> Repository:
    """Copy what the pipeline needs, with the tiny shop's parameters, and commit it."""
    folder.mkdir(parents=True)
    (folder / "src").mkdir()
    ignored = shutil.ignore_patterns("__pycache__")
    for part in ("stages", "src/traindy"):
        shutil.copytree(ROOT / part, folder / part, ignore=ignored)
    shutil.copytree(ROOT / "data/forgotten", folder / "data/forgotten", ignore=lambda *_: ["forgotten.txt"])
    for file in ("dvc.yaml", "params.yaml", ".dvcignore", ".gitattributes"):
        shutil.copy(ROOT / file, folder)
    (folder / ".gitignore").write_text("__pycache__/\n")
    repository = Repository(folder)
    for command in (["init", "-q"], ["config", "user.email", "a@example.org"], ["config", "user.name", "a"]):
        repository.run("git", *command)
    repository.dvc("init", "-q")
    repository.dvc("config", "core.analytics", "false")
    repository.dvc("config", "core.autostage", "true")
    repository.set(*TINY)
    repository.run("git", "add", "-A")
    repository.run("git", "commit", "-qm", "a tiny shop")
    return repository


@pytest.fixture(scope="session")
def repository(tmp_path_factory):
    """A repository in which everything has run once and is committed. Tests leave it as they found it."""
    made = make_repository(tmp_path_factory.mktemp("pipeline") / "repository")
    made.dvc("repro")
    made.run("git", "add", "-A")
    made.run("git", "commit", "-qm", "everything has run")
    return made


@pytest.fixture
def clean(repository):
    """The repository, put back afterwards; without the run cache, from which DVC would take results."""
    shutil.rmtree(repository.folder / ".dvc" / "cache" / "runs", ignore_errors=True)
    yield repository
    repository.run("git", "reset", "-q", "--hard")
    repository.run("git", "clean", "-qfd")
    repository.dvc("checkout", "-q", "--force")


@pytest.fixture
def clone(repository, tmp_path):
    """A fresh clone of the repository: no outputs, no cache."""
    repository.run("git", "clone", "-q", str(repository.folder), str(tmp_path / "clone"))
    return Repository(tmp_path / "clone")
