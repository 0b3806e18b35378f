"""The real server, started, watched and ended."""

import json
import os
import platform
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import psutil

from traindy.core.errors import UserError

PATIENCE: Final = 600


class Server:
    """`traindy serve` in a folder, on a free port of loopback."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "traindy.cli", "serve", "--port", str(port)]
        started = time.perf_counter()
        self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL)
        self.wait_for(lambda ready: True)
        self.started_in = round(time.perf_counter() - started, 2)
        self.start_cpu = round(sum(psutil.Process(self.process.pid).cpu_times()[:2]), 2)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        self.process.wait(30)

    def ready(self) -> dict[str, Any] | None:
        """What /readyz says; None: nothing yet."""
        try:
            with urllib.request.urlopen(f"{self.address}/readyz", timeout=10) as answer:
                return dict(json.load(answer))
        except OSError:
            return None

    def wait_for(self, holds: Any) -> float:
        """Seconds until /readyz says what is wanted."""
        started = time.perf_counter()
        while time.perf_counter() - started < PATIENCE:
            if self.process.poll() is not None:
                raise UserError(f"traindy serve: exit status {self.process.returncode}; see above")
            if (said := self.ready()) is not None and holds(said):
                return round(time.perf_counter() - started, 2)
            time.sleep(0.02)
        raise UserError(f"traindy serve: not there after {PATIENCE} s")

    def wait_until_ahead(self) -> float:
        """Seconds until every list is found that is made before anybody asks."""
        return self.wait_for(lambda said: said["ahead"] == 0)

    def reload(self) -> float:
        """Seconds until the model is open once more."""
        before = self.ready() or {}
        os.kill(self.process.pid, signal.SIGHUP)
        return self.wait_for(lambda said: said["opened"] != before["opened"])

    def first_times(self, bodies: Sequence[str]) -> list[float]:
        """Milliseconds of each of some questions, one after the other."""
        found = []
        for body in bodies:
            headers = {"Content-Type": "application/json"}
            request = urllib.request.Request(
                f"{self.address}/api/recommendations", body.encode(), headers, method="POST"
            )
            started = time.perf_counter()
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                answer.read()
            found.append(round(1000 * (time.perf_counter() - started), 1))
        return found

    def peak_gb(self) -> float:
        """Its largest resident memory so far, in 1e9 bytes (VmHWM)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
        return round(int(line.split()[1]) * 1024 / 1e9, 3)


def processor() -> str:
    """What the system calls it."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
