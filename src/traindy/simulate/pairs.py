"""Simulated figures beside published ones."""

from collections.abc import Mapping

import numpy as np

Statistics = dict[str, dict[str, float]]
"""{statistic: {simulated, real}}"""


def pair(simulated: float, published: float, digits: int = 4) -> dict[str, float]:
    """A simulated figure beside the published one."""
    return {"simulated": round(float(simulated), digits), "real": published}


def quantiles(values: np.ndarray, published: Mapping[float, float], digits: int = 4) -> Statistics:
    """The quantiles of the values that are published: {level: value}."""
    found = np.quantile(values, list(published)) if len(values) else np.zeros(len(published))
    return {
        f"p{round(100 * q)}": pair(x, p, digits) for (q, p), x in zip(published.items(), found, strict=True)
    }


def shares(counts: np.ndarray, published: Mapping[str, float]) -> Statistics:
    """Per cent of the whole; counts stand in the order of the published shares."""
    total = sum(published.values())
    return {
        name: pair(100 * count / max(counts.sum(), 1), round(100 * p / total, 2), 2)
        for (name, p), count in zip(published.items(), counts, strict=True)
    }
