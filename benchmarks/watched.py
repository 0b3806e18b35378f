"""Runs a command and watches what it costs."""

import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import psutil

from traindy.core.errors import UserError

EVERY: Final = 0.1
"""Seconds between two looks at the memory."""


@dataclass(frozen=True)
class Cost:
    """What a command took, its children included."""

    seconds: float
    cpu_seconds: float
    peak_gb: float
    """Largest sum of the resident memory of its processes, in 1e9 bytes; what they share counts for each."""

    def as_dict(self) -> dict[str, float]:
        """Plain numbers, for JSON."""
        return {name: round(value, 3) for name, value in asdict(self).items()}


def watched(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> Cost:
    """Run it in `folder` to its end; raises `UserError` if it fails, its own words are on stderr."""
    started, peak, cpu = time.perf_counter(), 0, 0.0
    with subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, env=environment) as running:
        root = psutil.Process(running.pid)
        while running.poll() is None:
            resident, used = _now(root)
            peak, cpu = max(peak, resident), max(cpu, used)
            time.sleep(EVERY)
    if running.returncode:
        raise UserError(
            f"{' '.join(command)}: failed in {folder}, exit status {running.returncode}; see above"
        )
    return Cost(time.perf_counter() - started, cpu, peak / 1e9)


def _now(root: psutil.Process) -> tuple[int, float]:
    """Resident bytes and processor seconds of a process and its children, as far as they still live."""
    resident, cpu = 0, 0.0
    try:
        for process in (root, *root.children(recursive=True)):
            with process.oneshot():
                resident += process.memory_info().rss
                times = process.cpu_times()
                cpu += times.user + times.system
    except psutil.NoSuchProcess:
        pass  # ended between two looks
    return resident, cpu


def size_of(folder: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    if folder.is_file():
        return folder.stat().st_size
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
