"""What a shopper says of herself, as the levels that the data has."""

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import pandas as pd

from traindy.cluster.levels import MISSING, to_levels
from traindy.core.errors import UserError

NUMBER: Final = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)\s*", re.ASCII)
KEPT: Final = 4096
"""Answers to what was said that are kept."""


class RefusedError(UserError):
    """Something that was said cannot be: which field, and what may stand there."""

    def __init__(self, field: str, value: object, why: str, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(f"{field}={value}: {why} {', '.join(allowed)}".rstrip())
        self.field, self.value, self.allowed = field, value, allowed


class Attributes:
    """The clustering attributes and their levels."""

    def __init__(self, metadata: Mapping[str, Any]) -> None:
        """metadata: modes.json."""
        self.levels: dict[str, list[str]] = dict(metadata["levels"])
        self._bands, self._clusters = metadata["bands"], metadata["clusters"]
        self._ranges = metadata["ranges"]
        self.level = lru_cache(KEPT)(self._level)
        self.silent = {name: self._silent(name) for name in self.levels}

    def row(self, said: Mapping[str, str]) -> tuple[str, ...]:
        """A level for every attribute; raises `RefusedError` for what is none.

        said: by attribute a level, or for a banded attribute a number. What is not said counts as missing,
        and where nobody's is missing as what is usual.
        """
        if unknown := sorted(set(said) - set(self.levels)):
            raise RefusedError("attributes", unknown[0], "no such attribute; there are", tuple(self.levels))
        return tuple(
            self.level(name, said[name]) if name in said else self.silent[name] for name in self.levels
        )

    def _silent(self, name: str) -> str:
        if MISSING in self.levels[name]:
            return MISSING
        largest = max(self._clusters, key=lambda each: each["customers"] or 0)  # few have no count
        return str(largest["mode"][name])

    def _level(self, name: str, value: str) -> str:
        known, bands = self.levels[name], self._bands.get(name)
        if value not in known and bands and _is_number(value):
            lowest, highest = self._ranges.get(name, (-math.inf, math.inf))
            if not lowest <= float(value) <= highest:
                raise RefusedError(name, value, f"must lie between {lowest:g} and {highest:g}")
            raw = pd.DataFrame({name: [value]})
            value = str(to_levels(raw, {name: bands}, name)[name][0])
        if value not in known:
            or_number = "a number, or " if bands else ""
            raise RefusedError(name, value, f"must be {or_number}one of", tuple(known))
        return value


def _is_number(text: str) -> bool:
    """As Python and pandas both read it: Python takes 2_8 and the digits of every script too."""
    return NUMBER.fullmatch(text) is not None and math.isfinite(float(text))
