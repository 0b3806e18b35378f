"""The customers: metadata with H&M's margins, the segments behind it, tastes, and how much each buys."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from traindy.simulate import real

AGE_GROUPS: Final = (25, 35)
"""Segments by age: under 25, 25 to 34, 35 and over; each engaged (reads fashion news) or not."""
ENGAGEMENT: Final = {
    ("1.0", "1.0", "Regularly"): 0.3355, ("1.0", "", "Regularly"): 0.0110, ("1.0", "1.0", "Monthly"): 0.0006,
    ("", "", "NONE"): 0.6350, ("1.0", "", "NONE"): 0.0005, ("", "", "Regularly"): 0.0015,
    ("", "1.0", "NONE"): 0.0024, ("", "", ""): 0.0117, ("", "", "None"): 0.000002,
    ("1.0", "1.0", "NONE"): 0.0018,
}  # fmt: skip
"""Shares of (FN, Active, fashion_news_frequency). Only the margins, the rare levels and that of neither with
NONE are published; the other joint shares are chosen so that they give these margins."""
SEGMENT_SPREAD: Final = 1.1
"""Standard deviation of log taste among segments."""
CONCENTRATION: Final = 3.0
"""Of the Dirichlet around the segment's taste: the lower, the more a customer is itself."""
DAYS_MEDIAN: Final = 2.8
DAYS_SPREAD: Final = 1.27


@dataclass(frozen=True)
class Customers:
    """Per customer, in the order of their number."""

    age: np.ndarray
    """int16, -1 where missing."""
    engagement: np.ndarray
    """Place in `ENGAGEMENT`."""
    club: np.ndarray
    """Place in `real.CLUB`."""
    segment: np.ndarray
    segment_taste: np.ndarray
    """float64 [segments, styles]."""
    taste: np.ndarray
    """float32 [customers, styles]."""
    days: np.ndarray
    """Shopping days of each: int64, 0 for those who never buy."""


def make_customers(n: int, group_of_style: np.ndarray, rng: np.random.Generator) -> Customers:
    """Draw n customers of a shop whose styles belong to these index groups."""
    bands = np.array(list(real.AGE_BANDS))
    share = np.array(list(real.AGE_BANDS.values()))
    band = rng.choice(len(bands), n, p=share / share.sum())
    age = rng.integers(bands[band, 0], bands[band, 1] + 1).astype(np.int16)
    club = _choose(real.CLUB, n, rng)
    engagement = _choose(ENGAGEMENT, n, rng)
    factor = _activity(age, engagement, club)
    segment = 2 * np.searchsorted(AGE_GROUPS, age, side="right") + _engaged(engagement)
    segment_taste = _segment_tastes(segment, factor, group_of_style, rng)
    taste = rng.standard_gamma(CONCENTRATION * segment_taste[segment]).astype(np.float32)
    taste /= taste.sum(1, keepdims=True).clip(min=1e-30)
    days = 1 + np.floor(DAYS_MEDIAN * factor * np.exp(rng.normal(0, DAYS_SPREAD, n)) - 0.35).clip(min=0)
    days[rng.random(n) < real.NEVER_BUY] = 0
    age[rng.random(n) < real.AGE_MISSING] = -1
    return Customers(age, engagement, club, segment, segment_taste, taste, days.astype(np.int64))


def _choose(shares: dict, n: int, rng: np.random.Generator) -> np.ndarray:
    p = np.array(list(shares.values()))
    return rng.choice(len(p), n, p=p / p.sum())


def _engaged(engagement: np.ndarray) -> np.ndarray:
    reads = np.array([news == "Regularly" for *_, news in ENGAGEMENT])
    return reads[engagement].astype(int)


def _activity(age: np.ndarray, engagement: np.ndarray, club: np.ndarray) -> np.ndarray:
    """How much more or less than the average each buys: the published means by attribute, multiplied."""
    by_age = np.select([age <= high for _, high in real.ROWS_BY_AGE], list(real.ROWS_BY_AGE.values()))
    by_fn = np.array([real.ROWS_BY_FN[fn] for fn, *_ in ENGAGEMENT])[engagement]
    by_club = np.array([real.ROWS_BY_CLUB.get(level, real.MEAN_ROWS) for level in real.CLUB])[club]
    factor = (by_age * by_fn) ** 1.1 * by_club**1.25  # nobody who comes at all comes less than once
    return factor / factor.mean()


def _segment_tastes(
    segment: np.ndarray, factor: np.ndarray, group: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Tastes that differ between segments, and together give the index groups' published shares."""
    target = np.array(list(real.INDEX_GROUPS.values())) / 100
    n_segments = int(2 * (len(AGE_GROUPS) + 1))
    weight = np.bincount(segment, factor, n_segments) / factor.sum()
    within = np.exp(rng.normal(0, 0.5, len(group)))
    taste = within * np.exp(rng.normal(0, SEGMENT_SPREAD, (n_segments, len(group))))
    for _ in range(50):
        taste /= taste.sum(1, keepdims=True)
        have = np.bincount(group, weight @ taste, len(target))
        taste *= (target / np.maximum(have, 1e-9))[group]
    return taste / taste.sum(1, keepdims=True)
