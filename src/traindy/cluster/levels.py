"""From raw metadata to the categorical levels that k-modes compares."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd

from traindy.core.errors import UserError

MISSING: Final = "missing"
"""Missing is a level of its own."""


def to_levels(raw: pd.DataFrame, bands: Mapping[str, Sequence[float]], file: str) -> pd.DataFrame:
    """Raw values (text, `MISSING` where there is none) as levels: banded attributes as their band's label.

    bands: for an attribute, the rising numbers at which a new band begins. file: where the values come from,
    for the message of the `UserError` that a banded value raises if it is no number.
    """
    levels = raw.copy()
    for attribute, edges in bands.items():
        numbers = pd.to_numeric(raw[attribute].where(raw[attribute] != MISSING), errors="coerce")
        wrong = raw.loc[numbers.isna() & (raw[attribute] != MISSING), attribute]
        if len(wrong):
            raise UserError(
                f"{file}: {attribute} is {wrong.iloc[0]!r} ({len(wrong)} such values), not a number; "
                f"mend it, or take the values as they are: -S '~cluster.bands.{attribute}'"
            )
        labels = np.array(band_labels(edges), dtype=object)
        banded = labels[np.searchsorted(edges, numbers.fillna(edges[0]), side="right")]
        levels[attribute] = np.where(numbers.isna(), MISSING, banded)
    return levels


def within(raw: pd.DataFrame, ranges: Mapping[str, Sequence[float]]) -> pd.DataFrame:
    """Raw values, those of an attribute outside its range (lowest, highest number) as `MISSING`."""
    plausible = raw.copy()
    for attribute, (lowest, highest) in ranges.items():
        numbers = pd.to_numeric(raw[attribute], errors="coerce")
        plausible[attribute] = raw[attribute].mask((numbers < lowest) | (numbers > highest), MISSING)
    return plausible


def band_labels(edges: Sequence[float]) -> list[str]:
    """The names of the bands: [20, 25, 70] gives <20, 20-24, 25-69, 70+ (whole numbers), else 20-<25."""
    whole = all(float(edge).is_integer() for edge in edges)
    between = [
        f"{low:g}" + (f"-{high - 1:g}" if high - low > 1 else "") if whole else f"{low:g}-<{high:g}"
        for low, high in pairwise(edges)
    ]
    return [f"<{edges[0]:g}", *between, f"{edges[-1]:g}+"]
