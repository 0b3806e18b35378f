"""What the stages took in this clone: for the report, and outside what git and DVC look at."""

import json
import resource
import sys
from pathlib import Path
from typing import Final, NamedTuple

TIMES: Final = Path(".dvc/tmp/stages.jsonl")
"""A line for each run of a stage."""


class Taken(NamedTuple):
    """What a stage took."""

    seconds: float
    peak_mb: float
    """Largest resident memory of its process."""


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
