"""95 % intervals by resampling customers."""

from typing import Final

import numpy as np

AT_ONCE: Final = 4096
"""Customers whose weights are held at a time."""
QUANTILES: Final = (0.025, 0.975)


def resampled_means(values: np.ndarray, members: np.ndarray, resamples: int, seed: int) -> np.ndarray:
    """Means of `values` over the customers of `members`, each customer drawn a Poisson(1) number of times.

    values: float64 [customers, columns], members: bool [customers, groups]; returns float64
    [resamples, groups, columns]. All columns and groups see the same draws, so differences between columns
    are paired. Poisson weights are the multinomial's limit (Hanley & MacGibbon 2006) and need no pass over
    all customers at once. NaN where a resample holds nobody of a group.
    """
    random = np.random.default_rng(seed)
    n_groups, n_columns = members.shape[1], values.shape[1]
    sums = np.zeros((resamples, n_groups, n_columns))
    drawn = np.zeros((resamples, n_groups))
    for first in range(0, len(values), AT_ONCE):
        part = slice(first, first + AT_ONCE)
        weights = random.poisson(1.0, (resamples, len(values[part]))).astype(np.float64)
        for group in range(n_groups):
            mine = members[part, group]
            sums[:, group] += weights[:, mine] @ values[part][mine]
            drawn[:, group] += weights[:, mine].sum(1)
    with np.errstate(invalid="ignore"):
        return sums / drawn[:, :, None]


def interval(means: np.ndarray) -> np.ndarray:
    """The 95 % interval over the first axis: [2, ...], low and high. Resamples of nobody do not count."""
    return np.nanquantile(means, QUANTILES, axis=0)
