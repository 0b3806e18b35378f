"""How well each group is served, and how far the best and the worst served ones are apart."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from traindy.evaluate.bootstrap import interval, resampled_means
from traindy.evaluate.metrics import DECIMALS
from traindy.evaluate.typecasting import Grouping, members_of

METRICS: Final = ("recall_1", "recall_30", "ndcg_20")
SHUFFLES: Final = 200


def accuracy(
    figures: Mapping[str, Mapping[str, np.ndarray]], grouping: Grouping, resamples: int, seed: int
) -> dict[str, Any]:
    """groups: by level, its customers and each model's metrics, each with a 95 % interval over customers;
    gaps: by model and metric, see `_gap`.

    figures: by model and metric, of every customer, float64 [customers].
    """
    columns = [(model, metric) for model in figures for metric in METRICS]
    values = np.stack([figures[model][metric] for model, metric in columns], 1)
    members = grouping.code[:, None] == np.arange(len(grouping.levels))
    drawn = resampled_means(values, members, resamples, seed)
    ends = interval(drawn)
    means = (members.T.astype(float) @ values) / grouping.sizes[:, None]
    by_chance = _by_chance(values, grouping, seed)
    groups: dict[str, Any] = {
        level: {"customers": int(size)} | {model: {} for model in figures}
        for level, size in zip(grouping.levels, grouping.sizes, strict=True)
    }
    gaps: dict[str, Any] = {model: {} for model in figures}
    for column, (model, metric) in enumerate(columns):
        for place, level in enumerate(grouping.levels):
            of_level = means[place, column], *ends[:, place, column]
            groups[level][model][metric] = dict(
                zip(("mean", "low", "high"), map(_rounded, of_level), strict=True)
            )
        gap = _gap(means[:, column], drawn[:, :, column], grouping.levels)
        gaps[model][metric] = gap | {"by_chance": _rounded(by_chance[column])}
    return {"groups": groups, "gaps": gaps}


def _gap(means: np.ndarray, drawn: np.ndarray, levels: list[str]) -> dict[str, Any]:
    """lowest, highest: the groups served worst and best; gap: their difference, interval: of these two.

    The largest of many differences is large by chance too: `by_chance` is the 95th percentile of the largest
    gap when the customers are shuffled among the groups.
    """
    low, high = int(means.argmin()), int(means.argmax())
    ends = interval(drawn[:, high] - drawn[:, low])
    return {
        "lowest": levels[low],
        "highest": levels[high],
        "gap": _rounded(means[high] - means[low]),
        "interval": [_rounded(end) for end in ends],
    }


def _by_chance(values: np.ndarray, grouping: Grouping, seed: int) -> np.ndarray:
    random, inside = np.random.default_rng(seed), grouping.code >= 0
    code, values = grouping.code[inside], values[inside]
    n, gaps = len(grouping.levels), np.empty((SHUFFLES, values.shape[1]))
    for i in range(SHUFFLES):
        sums = members_of(random.permutation(code), n).T @ values
        gaps[i] = np.ptp(sums / grouping.sizes[:, None], axis=0)
    return np.quantile(gaps, 0.95, axis=0)


def _rounded(value: float) -> float:
    return round(float(value), DECIMALS)
