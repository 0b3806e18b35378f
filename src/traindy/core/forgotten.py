"""Customers who are to be forgotten: hashes of their ids, in a list that git ignores and split reads."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from traindy.core.errors import UserError
from traindy.core.files import write_text

LIST: Final = "forgotten.txt"
"""In `paths.forgotten`, a folder that is in git, so that it is there even if nobody is forgotten."""
HASH: Final = "sha256"
"""Not salted: split computes it for every id, and docs/privacy.md says what that means."""


def read_forgotten(folder: str | Path) -> list[str]:
    """The hashes in hexadecimal, sorted; none if there is no list."""
    file = Path(folder) / LIST
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    for number, line in enumerate(lines, 1):
        if not re.fullmatch("[0-9a-f]{64}", line):
            raise UserError(f"{file}: line {number}: not a {HASH} hash; remove it, `traindy forget` again")
    return sorted(set(lines))


def forget(folder: str | Path, customer_ids: Iterable[str]) -> int:
    """Add customers to the list; returns how many were not there before."""
    before = read_forgotten(folder)
    after = sorted({*before, *(hashlib.new(HASH, each.encode()).hexdigest() for each in customer_ids)})
    write_text(Path(folder) / LIST, "".join(f"{line}\n" for line in after))
    return len(after) - len(before)
