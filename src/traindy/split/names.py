"""Names that live only inside split: columns between its steps, and the folds."""

from enum import StrEnum
from typing import Final

DATE: Final = "date"
"""The day of a purchase as it stands in the file."""

FOLD: Final = "fold"
"""The `Fold` of a row."""

RECORD: Final = "_record"
"""0-based number of a row in its file."""

FAULT: Final = "_fault"
"""What is wrong with a row (`Fault`), null where nothing is."""

LISTED: Final = "_listed"
"""0-based position of an article by its id, before it is known when it was sold."""


class Fold(StrEnum):
    """Where a transaction falls."""

    TRAIN = "train"
    VALID = "valid"
    TEST = "test"
    AFTER = "after"
    """After `split.horizon_days`: dropped."""
