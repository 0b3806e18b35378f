"""Killed by SIGKILL at random moments nothing is lost or half-written; `benchmarks/faults.py` kills more."""

import time
from random import Random

import pytest
from kills import Undisturbed, kill, lives, start_of
from repository import DVC


@pytest.fixture(scope="module")
def undisturbed(repository):
    printed = repository.dvc("repro", "--force", "--no-run-cache", "--single-item", "train_cvae")
    return Undisturbed.of(repository, printed)


@pytest.mark.parametrize(
    ("stage", "victim"), [("split", "stage"), ("build_uph", "dvc"), ("train_cvae", "group")]
)
def test_a_stage_that_is_killed_leaves_nothing_behind_that_the_next_run_does_not_mend(
    clean, undisturbed, stage, victim
):
    latest, outcome = 3.0, None
    random = Random(f"{stage} {victim}")
    while outcome is None:  # the victim had ended by then
        outcome = kill(clean, undisturbed, stage, victim, random.uniform(0, latest))
        latest *= 0.7
    assert outcome.wrong == []


@pytest.mark.parametrize("between", [False, True], ids=["dvc-stage", "dvc-shell-stage"])
@pytest.mark.parametrize("begun", [False, True], ids=["starting", "writing"])
def test_a_stage_ends_with_its_dvc_also_where_a_shell_waits_between(clean, between, begun):
    if between:  # of two commands no shell becomes the first
        file = clean.folder / "dvc.yaml"
        file.write_text(file.read_text().replace("python stages/split.py", "python stages/split.py && true"))
    dvc = clean.start(*DVC, "repro", "--force", "--single-item", "split")
    stage = start_of("split", dvc)
    assert (stage.ppid() != dvc.pid) == between
    while begun and not (clean.folder / "data/split.partial").exists():
        time.sleep(0.005)
    assert lives(stage)
    dvc.kill()
    dvc.wait()
    ended = time.monotonic() + 2
    while lives(stage) and time.monotonic() < ended:
        time.sleep(0.01)
    assert not lives(stage)
    assert not (clean.folder / "data/split").exists()
