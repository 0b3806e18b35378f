"""The one way into every stage: parameters first, errors in one line, Ctrl-C without a traceback."""

import errno
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from traindy.core.errors import UserError
from traindy.core.files import remove_unfinished
from traindy.core.parent import end_with_dvc
from traindy.core.runtime import keep_freed_memory, spin_little
from traindy.core.times import note_time

if TYPE_CHECKING:
    from traindy.core.params import Params

log = logging.getLogger("traindy")

UNDER_DVC = (
    "DVC has already changed params.yaml and removed this stage's outputs; "
    "to get them back: git checkout params.yaml && dvc checkout && git checkout metrics"
)
OUT_OF_MEMORY: Final = ("allocate memory", "out of memory", "std::bad_alloc")
"""What torch, CUDA and C++ say of it."""
SMALLER: Final = (
    "free some, or lower cvae.block_customers, cvae.batch_size, cvae.latent_dim, "
    "baselines.ease_max_articles or data.fraction"
)
NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
DISK_FULL: Final = ("database or disk is full", "disk I/O error")
"""What SQLite says of it, in which DVC notes what it has hashed."""
NO_RIGHT: Final = (errno.EACCES, errno.EPERM, errno.EROFS)


def run_stage(name: str, body: "Callable[[Params], None]") -> None:
    """Run one stage as a script: validate all of params.yaml and the overrides, then call `body`.

    Exits with 0, with 1 for a `UserError`, with 2 for parameters that are not valid, with 130 when
    interrupted. `body` does its heavy imports itself, so that a wrong parameter is reported at once.
    """
    _stop_on_interrupt()
    end_with_dvc()
    spin_little()
    keep_freed_memory()
    # Here, because it takes a tenth of a second, in which Ctrl-C would give a traceback.
    from traindy.core.config import load_params
    from traindy.core.inputs import Inputs

    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        params = load_params(sys.argv[1:])
    except UserError as error:
        _fail(error, code=2)
    started = time.perf_counter()
    try:
        inputs = Inputs(name, params)
        body(params)
        inputs.check_unchanged()
    except Exception as error:
        known = error if isinstance(error, UserError) else _in_words(error, f"output of {name}")
        if known is None:
            raise
        _fail(known, code=1)
    seconds = time.perf_counter() - started
    note_time(name, seconds)
    log.info("%s: done in %.1f s", name, seconds)


def _in_words(error: Exception, output: str) -> UserError | None:
    """What the machine lacks, said in one line; None for a bug."""
    said = " ".join(str(error).split())
    if isinstance(error, MemoryError) or any(sign in said for sign in OUT_OF_MEMORY):
        return UserError(f"out of memory; {SMALLER}")
    where, number = getattr(error, "filename", None) or output, getattr(error, "errno", None)
    if number in NO_RIGHT:
        return UserError(f"{where}: {os.strerror(number)}; allow writing there, then run it again")
    for sign in (*map(os.strerror, NO_ROOM), *DISK_FULL):
        if sign in said:
            return UserError(f"{where}: {sign}; make room, then run it again")
    return None


def _fail(error: UserError, code: int) -> None:
    hint = f" ({UNDER_DVC})" if code == 2 and "DVC_STAGE" in os.environ else ""
    print(f"error: {error}{hint}", file=sys.stderr, flush=True)
    sys.exit(code)


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
