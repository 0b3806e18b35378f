"""A stage ends with the DVC that runs it: nobody would record what an orphan goes on writing."""

import ctypes
import json
import os
import select
import signal
import sys
import threading
from pathlib import Path
from typing import Final

LOCKS: Final = Path(".dvc/tmp/rwlock")
"""Where DVC notes which process is to write which outputs."""
PR_SET_PDEATHSIG: Final = 1


def end_with_parent(parent: int) -> None:
    """Have Linux kill this process when `parent`, who started it, ends; end now if it has ended already.

    prctl(2). On other systems nothing happens.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(128 + signal.SIGKILL)


def end_with_dvc() -> None:
    """Have Linux kill this process when the DVC that runs it ends, also where a shell stands between.

    Which one that is, its locks say: it holds those of a stage's outputs as long as the stage runs. If no
    ancestor holds one, DVC has died before this process could ask. Without DVC or its locks nothing happens.
    """
    writers = _writers() if "DVC_STAGE" in os.environ and sys.platform == "linux" else set()
    if not writers:
        return
    parent = os.getppid()
    above = _parent_of(parent)
    if parent in writers:
        end_with_parent(parent)
    elif above in writers:
        end_with_parent(parent)
        _end_with(above)
    else:
        os._exit(128 + signal.SIGKILL)


def _writers() -> set[int]:
    try:
        return {int(lock["pid"]) for lock in json.loads(LOCKS.read_text())["write"].values()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return set()  # not DVC's format of today, so nothing is known


def _parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _end_with(pid: int) -> None:
    """Kill this process when that one ends, which is not its parent."""

    def wait() -> None:
        poll = select.poll()
        try:
            poll.register(os.pidfd_open(pid), select.POLLIN)
            poll.poll()
        except ProcessLookupError:
            pass
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=wait, name="parent", daemon=True).start()
