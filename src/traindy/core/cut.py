"""Where the transactions were cut: what split hands on beside the rows."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from traindy.core.errors import UserError
from traindy.core.files import read_json, write_json

CUT_FILE = "cut.json"


@dataclass(frozen=True)
class Cut:
    """Days since 1970-01-01, or None where the cut is not one in time (per_customer, given)."""

    by: str
    """`split.by`."""
    valid_start: int | None
    """First day of validation; training is what lies before it."""
    test_start: int | None
    """First day of test."""
    test_end: int | None
    """First day after the test."""

    @property
    def earlier(self) -> int | None:
        """First day of a window before validation that is as long."""
        if self.valid_start is None or self.test_start is None:
            return None
        return 2 * self.valid_start - self.test_start

    @property
    def dates(self) -> dict[str, str | None]:
        """The three days as YYYY-MM-DD."""
        days = {"valid_start": self.valid_start, "test_start": self.test_start, "test_end": self.test_end}
        return {name: iso(day) for name, day in days.items()}


def iso(day: int | None) -> str | None:
    """A day number as YYYY-MM-DD."""
    return None if day is None else str(np.datetime64(day, "D"))


def write_cut(split_folder: str | Path, cut: Cut) -> None:
    """Write cut.json: by, the three day numbers, and `dates` with the same in YYYY-MM-DD."""
    write_json(Path(split_folder) / CUT_FILE, asdict(cut) | {"dates": cut.dates})


def read_cut(split_folder: str | Path) -> Cut:
    """Read a split's cut.json."""
    file = Path(split_folder) / CUT_FILE
    content = read_json(file)
    try:
        return Cut(**{name: content[name] for name in Cut.__dataclass_fields__})
    except (KeyError, TypeError):
        raise UserError(f"{file}: not the cut of a split; run `dvc repro split` to make it again") from None
