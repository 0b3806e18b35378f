"""What the libraries are told before they start, in a process of its own."""

import os
import subprocess
import sys

from traindy.core.runtime import WAITING

SHOW = """
import os
from traindy.core.runtime import WAITING, spin_little
spin_little()
print(*(os.environ[name] for name in WAITING))
"""


def told(**given: str) -> list[str]:
    kept = {name: value for name, value in os.environ.items() if name not in WAITING}
    return subprocess.check_output([sys.executable, "-c", SHOW], env=kept | given, text=True).split()


def test_threads_wait_as_we_say_unless_the_user_says_otherwise() -> None:
    assert told() == list(WAITING.values())
    assert told(OMP_WAIT_POLICY="active") == ["active", WAITING["GOMP_SPINCOUNT"]]
