"""The arithmetic of docs/scaling.md, and what it assumes."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

TIMES: Final = (1, 10, 100, 1000)
CORES: Final = 2
MEMORY_GB: Final = 24
NIGHT: Final = 8 * 3600
DAYS: Final = 734
"""Of H&M's records."""
LEVELS: Final = 137_047 / 105_542
"""Levels of H&M's attributes in params.yaml, without words, for each of its articles."""
PER_CUSTOMER: Final = 44
"""Bytes: row starts of two periods 2 x 4 and on the device 8, condition as read 4 and on the device 8,
position and place in the epoch's order 8 each."""
PER_ENTRY: Final = 20
"""Bytes: value, article, day and units 4 each, article on the device 4."""
CORE_HOUR: Final = 0.045
GPU_HOUR: Final = 3.0
GB_MONTH: Final = 0.023
GPU_GB: Final = 80
NETWORK_GB_S: Final = 10
GPU_BATCH: Final = 8192
LAWS: Final[Mapping[str, tuple[str, Callable[[float], float]]]] = {
    "split": ("rows", lambda f: f),
    "cluster": ("customers", lambda f: f),
    "build_uph": ("rows", lambda f: f),
    "baselines": ("customers x articles", lambda f: f * catalogue(f)),
    "train_cvae": ("customers x articles", lambda f: f * catalogue(f)),
    "evaluate": ("customers x articles", lambda f: f * catalogue(f)),
    "recommend": ("customers x articles", lambda f: f * catalogue(f)),
}
"""What a stage's time grows with."""


@dataclass(frozen=True)
class Rate:
    """What a stage took at the size of the table."""

    seconds: float
    peak_gb: float
    output_gb: float | None
    source: str
    """Measured, or a target where it is only aimed at."""


@dataclass(frozen=True)
class Card:
    """What a GPU does in training."""

    name: str
    tflops: float
    """Of the catalogue softmax, its part by element included."""
    rest_seconds: float
    """What a step takes beside it at H&M's number of articles: composing their embeddings, the optimiser."""


@dataclass(frozen=True)
class Rates:
    """The one table from which all else follows."""

    customers: int
    articles: int
    rows: int
    epochs: int
    latent_dim: int
    bf16_gflops: float
    """Of square products on the measuring machine."""
    card: "Card"
    stages: Mapping[str, Rate]


def catalogue(times: float) -> float:
    """How many times the articles there are where there are so many times the customers."""
    return math.sqrt(times)


def hours(rates: Rates, stage: str, times: float) -> float:
    """Of one machine at so many times H&M."""
    return rates.stages[stage].seconds * LAWS[stage][1](times) / 3600


def breaks(rates: Rates, what: str) -> tuple[str, float]:
    """The stage that breaks first, and at how many times H&M: by "memory" or by "time" (a night)."""

    def last(stage: str) -> float:
        if what == "memory":
            return MEMORY_GB / rates.stages[stage].peak_gb
        allowed = NIGHT / rates.stages[stage].seconds
        return allowed if LAWS[stage][1](4) == 4 else allowed ** (2 / 3)

    stage = min(rates.stages, key=last)
    return stage, last(stage)


def article_bytes(latent_dim: int) -> float:
    """What an article costs every training process: five float32 arrays with its levels, then 4 + 4 + 2."""
    return latent_dim * (5 * 4 * (1 + LEVELS) + 10)


def card_step(rates: Rates, times: float) -> float:
    """Seconds of a step of `GPU_BATCH` customers on one card, nothing sent."""
    articles = rates.articles * catalogue(times)
    softmax = 6 * rates.latent_dim * GPU_BATCH * articles / (rates.card.tflops * 1e12)
    return softmax + rates.card.rest_seconds * catalogue(times)


def memory_gb(rates: Rates, times: float, processes: int) -> tuple[float, float, float]:
    """Replicated for articles, replicated for customers, own entries: of one process."""
    articles = article_bytes(rates.latent_dim) * rates.articles * catalogue(times)
    return (
        articles / 1e9,
        PER_CUSTOMER * rates.customers * times / 1e9,
        PER_ENTRY * rates.rows * times / processes / 1e9,
    )
