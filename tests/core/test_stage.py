"""The entry point of every stage, from the outside: exit codes, error lines, speed, Ctrl-C."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STAGES = sorted((ROOT / "stages").glob("*.py"))
WRONG = {
    "cvae.latent_dmi=64": "cvae.latent_dmi=64: ",
    "cvae.latent_dim=-1": "cvae.latent_dim=-1: ",
    "cvae.loss=foo": "cvae.loss=foo: ",
    "split.by=date": "split.by=date",
}


@pytest.fixture
def project(tmp_path):
    shutil.copy(ROOT / "params.yaml", tmp_path)
    return tmp_path


def run(script, folder, *arguments, **environment):
    return subprocess.run(
        [sys.executable, str(script), *arguments], cwd=folder, env=os.environ | environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("stage", STAGES, ids=lambda path: path.stem)
def test_a_wrong_parameter_stops_a_stage_at_once(stage, project):
    for override, named in WRONG.items() if stage.stem == "evaluate" else list(WRONG.items())[1:2]:
        done = run(stage, project, override)
        assert done.returncode == 2
        assert done.stderr.startswith("error: ") and named in done.stderr
        assert done.stderr.count("\n") == 1, "one line"
        assert [p.name for p in project.iterdir()] == ["params.yaml"], "nothing is written"


def test_under_dvc_the_line_says_how_to_get_everything_back(project):
    done = run(STAGES[0], project, "cvae.loss=foo", DVC_STAGE="x")
    assert "git checkout params.yaml && dvc checkout" in done.stderr


def test_the_parameters_are_checked_before_anything_heavy_is_imported():
    code = "import sys, traindy.core.stage; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"torch", "pandas", "pyarrow", "ibis", "duckdb", "numpy"} & set(loaded.split())


def script(folder, body):
    file = folder / "stage.py"
    lines = [
        "import time",
        "from traindy.core.errors import UserError",
        "from traindy.core.files import output_folder",
    ]
    lines += ["from traindy.core.stage import run_stage", "def main(params):"]
    lines += [f"    {line}" for line in body]
    file.write_text("\n".join([*lines, 'run_stage("test", main)', ""]))
    return file


def test_a_users_error_is_one_line(project):
    done = run(script(project, ["raise UserError('a.csv: column x is missing')"]), project)
    assert done.returncode == 1
    assert done.stderr == "error: a.csv: column x is missing\n"


def test_a_bug_keeps_its_traceback(project):
    done = run(script(project, ["1 / 0"]), project)
    assert done.returncode == 1 and "Traceback" in done.stderr


def test_a_full_disk_is_one_line(project):
    body = ["raise OSError(28, 'No space left on device', 'data/x')"]
    done = run(script(project, body), project)
    assert done.returncode == 1
    assert done.stderr.startswith("error: data/x: No space left on device")


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        ("MemoryError()", "out of memory; free some"),
        (
            "RuntimeError('DefaultCPUAllocator: cannot allocate memory')",
            "out of memory; free some",
        ),
        ("RuntimeError('CUDA out of memory. Tried to allocate 2 GiB')", "out of memory; free some"),
        ("OSError(27, 'File too large')", "output of test: File too large; make room"),
        ("PermissionError(13, 'Permission denied', 'data')", "data: Permission denied; allow writing there"),
        (
            "RuntimeError('x: No space left on device')",
            "output of test: No space left on device",
        ),
    ],
)
def test_what_the_machine_lacks_is_one_line(project, raised, said):
    done = run(script(project, [f"raise {raised}"]), project)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {said}") and done.stderr.count("\n") == 1


@pytest.mark.parametrize("received", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_a_stage_that_is_busy_in_native_code(project, received):
    body = [
        "import numpy as np",
        "with output_folder('out') as folder:",
        "    (folder / 'half').write_text('x')",
        "    print('busy', flush=True)",
        "    while True: np.linalg.svd(np.ones((1500, 1500)))",
    ]
    process = subprocess.Popen(
        [sys.executable, str(script(project, body))], cwd=project, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None and process.stdout.readline() == "busy\n"
    time.sleep(0.3)
    started = time.monotonic()
    process.send_signal(received)
    _, errors = process.communicate(timeout=20)
    assert time.monotonic() - started < 2
    assert process.returncode == 128 + received
    assert "Traceback" not in errors
    assert sorted(p.name for p in project.iterdir()) == ["params.yaml", "stage.py"]
