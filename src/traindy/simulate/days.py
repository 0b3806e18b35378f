"""When customers come: the rhythm of the year and of the week, and each one's shopping days."""

from typing import Final

import numpy as np

from traindy.simulate import real

GAP_SPREAD: Final = 1.08
"""Standard deviation of the log of the days between shopping days."""
LIGHT_GAP: Final = 50.0
"""Median gap of customers who come too seldom to fill the two years."""
MONTHS: Final = (6.6, 6.6, 7.6, 8.8, 9.9, 10.9, 10.0, 8.3, 7.9, 8.2, 7.0, 7.3)
"""How busy a day of each month is, January first. Chosen, not published, but for the peaks (May to July) and
the lows (November to February); September's so that the last week has about its published customers."""


class Calendar:
    """The rhythm of the year and of the week: from even time to the shop's days."""

    def __init__(self, first_day: np.datetime64, days: int) -> None:
        dates = first_day + np.arange(days)
        month = dates.astype("datetime64[M]").astype(int) % 12
        self.days = days
        self.weekday = (dates.astype("datetime64[D]").astype(int) + 3) % 7  # 1970-01-01 was a Thursday
        # The weekday's part comes with `place`, by moving rows within their week.
        weight = np.array(MONTHS)[month]
        self.cumulative = np.concatenate([[0.0], np.cumsum(weight)]) / weight.sum()
        self.week_cumulative = np.cumsum(real.WEEKDAYS) / sum(real.WEEKDAYS)

    def place(self, even: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Even time in [0, 1) as days: more where the year and the week are busy."""
        day = np.searchsorted(self.cumulative, even, side="right") - 1
        day = day.clip(0, self.days - 1)
        wanted = np.searchsorted(self.week_cumulative, rng.random(len(day)), side="right").clip(max=6)
        moved = day - self.weekday[day] + wanted
        return np.where((moved >= 0) & (moved < self.days), moved, day)


def shopping_days(
    n_days: np.ndarray, calendar: Calendar, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Customer (within the chosen) and day of each basket, distinct, in order."""
    owner = np.repeat(np.arange(len(n_days)), n_days)
    first = np.cumsum(n_days) - n_days
    gap = LIGHT_GAP * rng.lognormal(0, GAP_SPREAD, len(owner)) / calendar.days
    gap[first[n_days > 0]] = 0
    elapsed = np.cumsum(gap)
    elapsed -= elapsed[first.clip(max=max(len(owner) - 1, 0))][owner] if len(owner) else 0
    span = np.zeros(len(n_days))
    span[n_days > 0] = elapsed[(first + n_days - 1)[n_days > 0]]
    # Everybody comes first somewhere in the period; who comes often has little room to do so late.
    start = rng.random(len(n_days)) ** 2.2 * (1 - np.minimum(span, 1.0) * 0.92)
    room = (1 - start) * rng.uniform(0.9, 1.0, len(n_days))
    squeeze = np.minimum(1.0, room / np.maximum(span, 1e-9))
    even = _evenly(start[owner] + elapsed * squeeze[owner])
    day = calendar.place(even, rng)
    key = np.unique(owner * np.int64(calendar.days) + day)
    return key // calendar.days, key % calendar.days


def _evenly(time: np.ndarray) -> np.ndarray:
    """Times in [0, 1], in the same order, but equally many in every part: the calendar makes the rhythm."""
    if not len(time):
        return time
    grid = np.linspace(0, 1, 257)
    return np.interp(time, np.quantile(time, grid), grid * (1 - 1e-9))
