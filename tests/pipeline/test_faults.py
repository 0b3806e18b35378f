"""What the machine does to a run: no room, no right, no memory, inputs that change, two at once, Ctrl-C."""

import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from kills import epochs_in, hashes
from repository import DVC


def run(repository, *command, limit=lambda: None):
    """Run python in the repository under a limit; its exit status, and what it said at the end."""
    done = subprocess.run(
        [sys.executable, *command], cwd=repository.folder, preexec_fn=limit, stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stderr.strip().splitlines()[-1]


# One of each kind of writer: CSV, DuckDB, NPZ, torch and SQLite, Arrow.
@pytest.mark.parametrize("stage", ["simulate", "cluster", "build_uph", "train_cvae", "recommend"])
def test_no_room_for_a_file_is_one_line_and_earlier_outputs_stay(clean, stage):
    before = hashes(clean.folder)
    limit = 1 if stage in ("cluster", "build_uph") else 16  # kB

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit * 1024, limit * 1024))

    code, line = run(clean, f"stages/{stage}.py", limit=small_files)
    assert code == 1
    assert line.startswith("error: ") and "then run it again" in line
    assert hashes(clean.folder) == before, "nothing replaced, nothing left over"


def without_roots_privilege():
    """Have root meet permissions as everybody does: prctl(2), PR_CAPBSET_DROP, CAP_DAC_OVERRIDE."""
    ctypes.CDLL(None).prctl(24, 1)


def test_a_read_only_folder_is_one_line_and_earlier_outputs_stay(clean):
    before = hashes(clean.folder)
    data = clean.folder / "data"
    data.chmod(0o555)
    try:
        code, line = run(clean, "stages/cluster.py", limit=without_roots_privilege)
    finally:
        data.chmod(0o755)
    assert (code, line) == (
        1,
        "error: data/cluster.partial: Permission denied; allow writing there, then run it again",
    )
    assert hashes(clean.folder) == before


LIMITED = """
import resource, runpy, sys
from pathlib import Path
from traindy.cvae.module import CvaeModule

begin = CvaeModule.on_train_epoch_start

def with_what_there_is(self):
    if self.current_epoch == 1:
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + 2**20, size + 2**20))
        self.net.table.detach().repeat(50, 1)  # as a batch that needs more than the last
    begin(self)

CvaeModule.on_train_epoch_start = with_what_there_is
sys.argv = ["stages/train_cvae.py"]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_out_of_memory_in_training_is_one_line_and_the_finished_epoch_is_kept(clean):
    before = hashes(clean.folder)
    code, line = run(clean, "-c", LIMITED)
    assert code == 1
    assert line.startswith("error: out of memory; free some, or lower cvae.block_customers")
    assert hashes(clean.folder) == before
    assert "goes on after epoch 1" in clean.run(sys.executable, "stages/train_cvae.py")
    assert hashes(clean.folder) == before
    assert not (clean.folder / ".resume").exists()


def started(repository, stage, sign):
    """A `dvc repro` of one stage that has said `sign`."""
    dvc = repository.start(*DVC, "repro", "--force", "--no-run-cache", "--single-item", stage)
    for line in dvc.stdout:
        if sign in line:
            return dvc
    raise AssertionError(f"{stage} ended before it said {sign!r}")


def test_an_input_that_changes_while_it_is_read_is_named_and_the_outputs_do_not_count(clean):
    lock = (clean.folder / "dvc.lock").read_bytes()
    dvc = started(clean, "train_cvae", "epoch 1")
    file = clean.folder / "data/cluster/modes.json"
    file.write_text(file.read_text() + "\n")
    said, _ = dvc.communicate()
    assert dvc.returncode != 0 and "Traceback" not in said
    assert f"error: {file.relative_to(clean.folder)}: changed, added or removed while it was in use" in said
    assert (clean.folder / "dvc.lock").read_bytes() == lock
    clean.dvc("checkout", "--force", "data/cluster")
    clean.run("git", "checkout", "metrics")


def test_of_two_dvc_repro_at_once_the_second_says_that_the_first_runs(clean):
    before = hashes(clean.folder)
    first = started(clean, "train_cvae", "epoch 1")
    second = clean.start(*DVC, "repro", "--force", "--single-item", "train_cvae")
    said, _ = second.communicate()
    assert second.returncode != 0 and "Traceback" not in said
    assert "is busy, it is being blocked by" in said and f"(PID {first.pid})" in said
    first.communicate()
    assert first.returncode == 0
    assert hashes(clean.folder) == before


def our_stage(dvc):
    """The process of a stage, once it blocks SIGINT: until then Python starts, and answers as it likes.

    Its command is read before its signals: between a fork and the command Python blocks all of them.
    """
    until = time.monotonic() + 30
    while time.monotonic() < until:
        for process in psutil.Process(dvc).children(recursive=True):
            with contextlib.suppress(psutil.Error, OSError):
                if "stages/" in " ".join(process.cmdline()):
                    status = Path(f"/proc/{process.pid}/status").read_text()
                    if int(status.partition("SigBlk:")[2].split()[0], 16) >> (signal.SIGINT - 1) & 1:
                        return process
        time.sleep(0.005)
    raise AssertionError("no stage began")


def interrupted(clean, sign, before):
    """Seconds from Ctrl-C to the end of a stage; what DVC does afterwards is not ours."""
    dvc = started(clean, "train_cvae", sign)
    stage = our_stage(dvc.pid)
    pressed = time.monotonic()
    os.killpg(dvc.pid, signal.SIGINT)
    psutil.wait_procs([stage], timeout=60)
    seconds = time.monotonic() - pressed
    said, _ = dvc.communicate(timeout=60)
    assert dvc.returncode != 0 and "Traceback" not in said, said
    left = hashes(clean.folder)
    assert left.items() <= before.items(), "complete files alone"
    # DVC removes a stage's outputs before it starts it; where the machine held this test up for long, the
    # stage was done before Ctrl-C came.
    assert of_model(left) in ({}, of_model(before)), "no part of a model"
    return seconds


def of_model(found):
    """What is in data/cvae."""
    return {file: content for file, content in found.items() if str(file).startswith("data/cvae/")}


@pytest.mark.parametrize("sign", ["Running stage", "best: epoch"])
def test_ctrl_c_stops_within_two_seconds_without_a_traceback_and_nothing_is_half_written(clean, sign):
    before = hashes(clean.folder)
    seconds = [interrupted(clean, sign, before)]
    while seconds[-1] >= 2 and len(seconds) < 3:  # the machine may be busy with something else
        seconds.append(interrupted(clean, sign, before))
    assert min(seconds) < 2, seconds
    if sign == "best: epoch":
        assert epochs_in(clean.dvc("repro", "--no-run-cache")) <= 2 * 2, "of three fits the first was kept"
        assert hashes(clean.folder) == before
