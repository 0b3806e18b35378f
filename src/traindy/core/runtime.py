"""What the libraries that calculate are told before they start."""

import ctypes
import os
import sys
from typing import Final

WAITING: Final = {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "2000"}
"""How threads wait for one another: a moment awake, then asleep.

Always awake, OpenMP's default, they keep the processor from each other where another program runs, and a step
of the training takes 3 to 30 times as long. Asleep at once, they have to be woken some hundred times a step,
which is a fifth of it where the catalogue is small.
"""


def spin_little() -> None:
    """Before torch is imported; what the user has set stays."""
    for name, value in WAITING.items():
        os.environ.setdefault(name, value)


def keep_freed_memory() -> None:
    """Let glibc's malloc use large blocks again instead of giving each back to the system.

    A training step makes and frees a dozen tensors of the catalogue's size; having the system clear new pages
    for each takes as long as computing them. mallopt(3): M_MMAP_MAX, M_TRIM_THRESHOLD.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(-4, 0)
        mallopt(-1, 2**31 - 1)
