"""Runs a contender in a process of its own and watches the memory of it and of what it starts."""

import os
import subprocess
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil
from scratch import ROOT, clear
from speed_task import FIGURES, LISTS, TASK, Task

from traindy.core.errors import UserError
from traindy.core.files import read_json, write_json

EVERY: Final = 0.2
"""Seconds between two looks at the memory."""
THREADS: Final = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
SAME_FOR_ALL: Final = {
    "OMP_WAIT_POLICY": "passive",
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(2**31 - 1),
    "PYTHONPATH": str(ROOT / "src"),
}
"""What the pipeline's stages set for themselves (core.stage), and where the metrics are."""
Figures = dict[str, Any]


def run(python: Path, script: Path, task: Task, scratch: Path, folder: Path) -> tuple[Figures, np.ndarray]:
    """Do a task in `folder`; its figures with `memory`, the peak in bytes, and everybody's lists.

    scratch: the current folder of the project's own contenders. Raises `UserError` where the process fails.
    """
    clear(folder)
    write_json(folder / TASK, asdict(task))
    here = scratch if script.name == "speed_own.py" else folder
    environment = os.environ | SAME_FOR_ALL | dict.fromkeys(THREADS, str(task.threads))
    process = subprocess.Popen([str(python), str(script), str(folder)], cwd=here, env=environment)
    try:
        memory = _watch(process)
    finally:
        process.kill()  # of no effect on one that has ended
        process.wait()
    if process.returncode:
        raise UserError(f"{script.name}: {task.model} failed in {folder}; see above")
    figures = dict(read_json(folder / FIGURES)) | {"memory": memory}
    return figures, np.load(folder / LISTS, allow_pickle=False)


def _watch(process: subprocess.Popen[bytes]) -> int:
    """Peak resident bytes of a process and all that it starts, until it ends."""
    peak, root = 0, psutil.Process(process.pid)
    while process.poll() is None:
        peak = max(peak, _resident(root))
        time.sleep(EVERY)
    return peak


def _resident(root: psutil.Process) -> int:
    total = 0
    try:
        for each in (root, *root.children(recursive=True)):
            total += each.memory_info().rss
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return 0  # ended while we looked; the next look sees what is left
    return total
