"""A temporary repository with a tiny shop in which DVC runs the whole pipeline, for tests and faults.py."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml
from dvc.utils.hydra import apply_overrides

ROOT: Final = Path(__file__).resolve().parents[1]
TINY: Final = (
    "simulate.customers=400", "simulate.articles=200", "simulate.days=200", "cvae.latent_dim=16",
    "cvae.max_epochs=2", "cvae.batch_size=128", "evaluate.bootstrap=20", "baselines.als_factors=8",
    "cvae.members=1",
    "baselines.als_iterations=2", "cluster.max_clusters=4", "cluster.n_clusters=3", "cluster.min_size=20",
)  # fmt: skip

DVC: Final = (sys.executable, "-m", "dvc")


@dataclass(frozen=True)
class Repository:
    """A git and DVC repository of its own."""

    folder: Path

    def run(self, *command: str, check: bool = True) -> str:
        """Run a command in it; returns all that it printed."""
        running = self.start(*command)
        printed, _ = running.communicate()
        if check:
            assert running.returncode == 0, printed
        return printed

    def start(self, *command: str) -> "subprocess.Popen[str]":
        """Start a command in it, in a process group of its own; all that it prints goes to one pipe."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = os.environ | {"PATH": path, "DVC_NO_ANALYTICS": "1", "PYTHONUNBUFFERED": "1"}
        return subprocess.Popen(
            command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip

    def dvc(self, *arguments: str, check: bool = True) -> str:
        """Run dvc."""
        return self.run(*DVC, *arguments, check=check)

    def stages_run(self, *arguments: str) -> list[str]:
        """The stages that a dvc command ran, in order."""
        return re.findall(r"Running stage '(\w+)'", self.dvc(*arguments))

    def set(self, *overrides: str) -> None:
        """Change parameters as `dvc exp run -S` does, comments kept."""
        apply_overrides(str(self.folder / "params.yaml"), list(overrides))

    def hashes(self) -> dict[str, str]:
        """The hash of every output of every stage, as DVC recorded it."""
        lock = yaml.safe_load((self.folder / "dvc.lock").read_text())
        return {out["path"]: out["md5"] for stage in lock["stages"].values() for out in stage["outs"]}


def make_repository(folder: Path, *more: str) -> Repository:
    """Copy what the pipeline needs, with the tiny shop's parameters and more, and commit it."""
    folder.mkdir(parents=True)
    (folder / "src").mkdir()
    ignored = shutil.ignore_patterns("__pycache__")
    for part in ("stages", "src/traindy"):
        shutil.copytree(ROOT / part, folder / part, ignore=ignored)
    no_list = shutil.ignore_patterns("forgotten.txt")
    shutil.copytree(ROOT / "data/forgotten", folder / "data/forgotten", ignore=no_list)
    for file in ("dvc.yaml", "params.yaml", ".dvcignore", ".gitattributes"):
        shutil.copy(ROOT / file, folder)
    (folder / ".gitignore").write_text("__pycache__/\n")
    repository = Repository(folder)
    for command in (["init", "-q"], ["config", "user.email", "a@example.org"], ["config", "user.name", "a"]):
        repository.run("git", *command)
    repository.dvc("init", "-q")
    repository.dvc("config", "core.analytics", "false")
    repository.dvc("config", "core.autostage", "true")
    repository.set(*TINY, *more)
    repository.run("git", "add", "-A")
    repository.run("git", "commit", "-qm", "a tiny shop")
    return repository
