"""Runs a contender in a process of its own and watches the memory of it and of what it starts."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
from scratch import ROOT, clear
from speed_task import FIGURES, LISTS, TASK, Task
from watched import watched

from traindy.core.files import read_json, write_json
from traindy.core.runtime import WAITING

THREADS: Final = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
SAME_FOR_ALL: Final = WAITING | {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(2**31 - 1),
    "PYTHONPATH": str(ROOT / "src"),
}
"""What the pipeline's stages set for themselves, and where the metrics are."""
Figures = dict[str, Any]


def run(python: Path, script: Path, task: Task, scratch: Path, folder: Path) -> tuple[Figures, np.ndarray]:
    """Do a task in `folder`; its figures with `memory`, the peak in bytes, and everybody's lists.

    scratch: the current folder of the project's own contenders. Raises `UserError` where the process fails.
    """
    clear(folder)
    write_json(folder / TASK, asdict(task))
    here = scratch if script.name == "speed_own.py" else folder
    environment = os.environ | SAME_FOR_ALL | dict.fromkeys(THREADS, str(task.threads))
    cost = watched([str(python), str(script), str(folder)], here, environment)
    figures = dict(read_json(folder / FIGURES)) | {"memory": round(cost.peak_gb * 1e9)}
    return figures, np.load(folder / LISTS, allow_pickle=False)
