"""Kills one stage of a pipeline at a given moment, runs it again, and says what is not as it should be."""

import hashlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import psutil
import torch
import yaml
from repository import DVC, Repository

Victim = Literal["stage", "dvc", "group"]
VICTIMS: Final[tuple[Victim, ...]] = ("stage", "dvc", "group")
OURS: Final = (".git", ".dvc", ".resume", "__pycache__")
"""Folders that are no part of what a run leaves; `.resume` is looked at apart."""
ENDS_WITHIN: Final = 1.0
"""Seconds after its DVC's death in which a stage must be gone."""


@dataclass
class Outcome:
    """What one kill came to."""

    victim: Victim
    moment: float
    """Seconds after the stage's start."""
    wrong: list[str] = field(default_factory=list)
    """What should not be; empty if all is well."""
    epochs_kept: int = 0
    """Finished epochs of a training that were on disk when it died."""
    ran_again: tuple[str, ...] = ()
    """The stages that the next `dvc repro` ran."""


@dataclass(frozen=True)
class Undisturbed:
    """What a repository holds after a run that nothing has disturbed."""

    files: Mapping[str, str]
    """SHA-256 of every file."""
    outputs: Mapping[str, frozenset[str]]
    """Of each stage, the paths of its outputs."""
    epochs: int
    """Epochs that train_cvae trains, all its fits together."""

    @classmethod
    def of(cls, repository: Repository, printed: str) -> "Undisturbed":
        """Look at it; printed: what the run said."""
        lock = yaml.safe_load((repository.folder / "dvc.lock").read_text())["stages"]
        outputs = {name: frozenset(out["path"] for out in stage["outs"]) for name, stage in lock.items()}
        return cls(hashes(repository.folder), outputs, epochs_in(printed))


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below, by its path."""
    found = {}
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in OURS]
        for name in files:
            file = Path(parent, name)
            found[file.relative_to(folder).as_posix()] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


def epochs_in(printed: str) -> int:
    """Epochs that a training said it had finished."""
    return len(re.findall(r"^epoch \d+: ", printed, re.M))


def kill(
    repository: Repository, before: Undisturbed, stage: str, victim: Victim, moment: float
) -> Outcome | None:
    """Run `stage`, kill the victim `moment` seconds after the stage's start, run everything again.

    None if the victim had ended by then, so that there was nothing to kill; all is as before then too.
    """
    outcome = Outcome(victim, moment)
    dvc = repository.start(*DVC, "repro", "--no-run-cache", "--force", "--single-item", stage)
    running = start_of(stage, dvc)
    time.sleep(moment)
    target = running if victim == "stage" else psutil.Process(dvc.pid)
    alive = lives(target)
    if alive:
        _strike(target, victim, dvc)
        outcome.wrong += _orphans(repository, running, victim)
    dvc.communicate()
    if not alive:
        return None
    outcome.wrong += _half_written(repository, before, stage)
    outcome.epochs_kept = _epochs_kept(repository)
    _run_again(repository, before, stage, outcome)
    return outcome


def start_of(stage: str, dvc: "subprocess.Popen[str]") -> psutil.Process:
    """The stage's own process, as soon as DVC has started it."""
    while dvc.poll() is None:
        for child in psutil.Process(dvc.pid).children(recursive=True):
            try:
                if any(part.endswith(f"{stage}.py") for part in child.cmdline()):
                    return child
            except psutil.NoSuchProcess:
                continue
        time.sleep(0.002)
    raise AssertionError(f"{stage} was never started:\n{dvc.communicate()[0]}")


def _strike(target: psutil.Process, victim: Victim, dvc: "subprocess.Popen[str]") -> None:
    if victim == "group":
        os.killpg(dvc.pid, signal.SIGKILL)
    else:
        target.kill()


def _orphans(repository: Repository, running: psutil.Process, victim: Victim) -> list[str]:
    """Whether the stage outlived its DVC, or anything was written after that."""
    if victim == "stage":
        return []
    deadline = time.monotonic() + ENDS_WITHIN
    while (outlived := lives(running)) and time.monotonic() < deadline:
        time.sleep(0.01)
    then = hashes(repository.folder)
    time.sleep(0.2)
    wrote = hashes(repository.folder) != then
    if outlived and lives(running):
        running.kill()
    return ["the stage outlived dvc"] * outlived + ["something was written after dvc's death"] * wrote


def lives(process: psutil.Process) -> bool:
    """Whether it still runs: one that has ended stays listed until its parent asks for it."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _half_written(repository: Repository, before: Undisturbed, stage: str) -> list[str]:
    """Files under the final names of outputs that are not as a complete run leaves them."""
    now = hashes(repository.folder)
    mine = [f for f in now if any(f == out or f.startswith(f"{out}/") for out in before.outputs[stage])]
    return [f"half-written: {file}" for file in mine if now[file] != before.files.get(file)]


def _epochs_kept(repository: Repository) -> int:
    kept = (repository.folder / ".resume").rglob("*.ckpt")
    loops = (torch.load(file, weights_only=True)["loops"]["fit_loop"] for file in kept)
    return sum(loop["epoch_progress"]["current"]["processed"] for loop in loops)


def _run_again(repository: Repository, before: Undisturbed, stage: str, outcome: Outcome) -> None:
    again = repository.start(*DVC, "repro", "--no-run-cache")
    printed, _ = again.communicate()
    outcome.ran_again = tuple(re.findall(r"Running stage '(\w+)'", printed))
    if again.returncode:
        outcome.wrong.append(f"dvc repro failed: {printed.strip().splitlines()[-1]}")
        return
    now = hashes(repository.folder)
    for file in sorted(now.keys() | before.files.keys()):
        if now.get(file) != before.files.get(file):
            outcome.wrong.append(f"{'left over' if file not in before.files else 'differs'}: {file}")
    if (repository.folder / ".resume").exists():
        outcome.wrong.append("left over: .resume")
    if stage == "train_cvae" and stage in outcome.ran_again:
        trained = epochs_in(printed)
        if trained != before.epochs - outcome.epochs_kept:
            outcome.wrong.append(f"trained {trained} epochs with {outcome.epochs_kept} kept")
