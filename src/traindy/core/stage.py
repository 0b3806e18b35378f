"""The one way into every stage: parameters first, errors in one line, Ctrl-C without a traceback."""

import ctypes
import errno
import json
import logging
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from traindy.core.config import load_params
from traindy.core.errors import UserError
from traindy.core.files import remove_unfinished
from traindy.core.params import Params

log = logging.getLogger("traindy")

UNDER_DVC = (
    "DVC has already changed params.yaml and removed this stage's outputs; "
    "to get them back: git checkout params.yaml && dvc checkout && git checkout metrics"
)

TIMES: Final = Path(".dvc/tmp/stages.jsonl")
"""What the stages took in this clone, a line each time: neither git nor DVC looks there."""


class Taken(NamedTuple):
    """What a stage took."""

    seconds: float
    peak_mb: float
    """Largest resident memory of its process."""


def run_stage(name: str, body: Callable[[Params], None]) -> None:
    """Run one stage as a script: validate all of params.yaml and the overrides, then call `body`.

    Exits with 0, with 1 for a `UserError`, with 2 for parameters that are not valid, with 130 when
    interrupted. `body` does its heavy imports itself, so that a wrong parameter is reported at once.
    """
    # On a shared machine threads that spin while they wait for one another cost three times their work.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    _keep_freed_memory()
    _stop_on_interrupt()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        params = load_params(sys.argv[1:])
    except UserError as error:
        _fail(error, code=2)
    started = time.perf_counter()
    try:
        body(params)
    except UserError as error:
        _fail(error, code=1)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT, errno.EFBIG):
            raise
        _fail(
            UserError(f"{error.filename or 'output'}: {error.strerror}; make room, then run it again"), code=1
        )
    seconds = time.perf_counter() - started
    note_time(name, seconds)
    log.info("%s: done in %.1f s", name, seconds)


def read_times() -> dict[str, Taken]:
    """What each stage took when it last ran here, in the order in which they ran first; for the report."""
    if not TIMES.is_file():
        return {}
    lines = (json.loads(line) for line in TIMES.read_text().splitlines())
    return {line["stage"]: Taken(line["seconds"], line["peak_mb"]) for line in lines}


def note_time(name: str, seconds: float) -> None:
    """Append to `TIMES` what a stage took, in a DVC repository."""
    if TIMES.parent.is_dir():  # not outside a DVC repository
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
        line = {"stage": name, "seconds": round(seconds, 1), "peak_mb": round(peak)}
        with TIMES.open("a") as file:
            file.write(json.dumps(line) + "\n")


def _fail(error: UserError, code: int) -> None:
    hint = f" ({UNDER_DVC})" if code == 2 and "DVC_STAGE" in os.environ else ""
    print(f"error: {error}{hint}", file=sys.stderr, flush=True)
    sys.exit(code)


def _keep_freed_memory() -> None:
    """Let glibc's malloc use large blocks again instead of giving each back to the system.

    A training step makes and frees a dozen tensors of the catalogue's size; having the system clear new pages
    for each takes as long as computing them. mallopt(3): M_MMAP_MAX, M_TRIM_THRESHOLD.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(-4, 0)
        mallopt(-1, 2**31 - 1)


def _stop_on_interrupt() -> None:
    """End the process at once on SIGINT or SIGTERM, whatever it is doing.

    Python runs signal handlers between bytecodes only, and a stage spends seconds inside DuckDB or a
    matrix product. So the signals are blocked (in this thread and in all started later), and a thread
    waits for them.
    """
    signals = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)

    def wait() -> None:
        received = signal.sigwait(signals)
        remove_unfinished()
        if log.isEnabledFor(logging.ERROR):  # not in a process that only helps another
            print("interrupted: nothing half-written was left behind", file=sys.stderr, flush=True)
        os._exit(128 + received)

    threading.Thread(target=wait, name="interrupt", daemon=True).start()
