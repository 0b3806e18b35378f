"""Bands of counts: how many articles a customer bought, how many customers an article has."""

from typing import NamedTuple

import numpy as np


class Band(NamedTuple):
    """Counts from `low` to `high`, both included; None: and more."""

    low: int
    high: int | None

    @property
    def name(self) -> str:
        """As it stands in the report: 0, 2_4, 10_plus."""
        if self.high is None:
            return f"{self.low}_plus"
        return f"{self.low}" if self.high == self.low else f"{self.low}_{self.high}"

    def holds(self, counts: np.ndarray) -> np.ndarray:
        """Which of the counts lie in the band: bool, of the same shape."""
        return (counts >= self.low) & (self.high is None or counts <= self.high)
