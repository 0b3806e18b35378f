"""95 % intervals by resampling customers."""

from typing import Final

import numpy as np
from scipy.special import pdtr

AT_ONCE: Final = 4096
"""Customers whose weights are held at a time."""
QUANTILES: Final = (0.025, 0.975)
POISSON: Final = np.searchsorted(pdtr(np.arange(9), 1.0), (np.arange(2**16) + 0.5) / 2**16).astype(np.float32)
"""Times drawn, Poisson(1), by 16-bit number: looking up is ten times faster than drawing."""


def resampled_means(values: np.ndarray, members: np.ndarray, resamples: int, seed: int) -> np.ndarray:
    """Means of `values` over the customers of `members`, each customer drawn a Poisson(1) number of times.

    values: float64 [customers, columns], members: bool [customers, groups]; returns float64
    [resamples, groups, columns]. All columns and groups see the same draws, so differences between columns
    are paired. Poisson weights are the multinomial's limit (Hanley & MacGibbon 2006) and need no pass over
    all customers at once. NaN where a resample holds nobody of a group.
    """
    random = np.random.default_rng(seed)
    counted = np.column_stack([values, np.ones(len(values))])  # the last column counts the drawn
    sums = np.zeros((resamples, members.shape[1], counted.shape[1]))
    for first in range(0, len(values), AT_ONCE):
        part = slice(first, first + AT_ONCE)
        columns = members[part, :, None] * counted[part, None, :]
        weights = POISSON[random.integers(0, 2**16, (resamples, len(columns)), np.uint16)]
        flat = columns.reshape(len(columns), -1).astype(np.float32)
        sums += (weights @ flat).reshape(sums.shape)
    with np.errstate(invalid="ignore"):
        return sums[:, :, :-1] / sums[:, :, -1:]


def interval(means: np.ndarray) -> np.ndarray:
    """The 95 % interval over the first axis: [2, ...], low and high. Resamples of nobody do not count."""
    return np.nanquantile(means, QUANTILES, axis=0)
