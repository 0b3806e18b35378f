"""What is known on a day beside the net: what sells now, what goes together, what a customer bought before.

Each kind of evidence is a number for a (customer, article) pair. `mixing.py` learns what each is worth, from
purchases that come after the day; here nothing is learned.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from traindy.cvae.catalogue_facts import OLD, ages, log_popularity, recency_shift
from traindy.cvae.distributed import ALONE, Processes
from traindy.cvae.neighbours import Neighbours
from traindy.cvae.ranking import places
from traindy.uph import UPH

TOGETHER: Final = "together"
ALIKE: Final = "alike"
RIDGE: Final = "ridge"
REPEATS: Final = ("bought", "bought_often", "bought_long_ago", "bought_popular")
POPULAR: Final = "popular"


def recent(days: int) -> str:
    """The name of the evidence of what sold in the last `days`."""
    return f"recent_{days}"


def old(days: int) -> str:
    """The name of the evidence of an article's age beyond so many days."""
    return f"age_{days}"


@dataclass(frozen=True)
class Evidence:
    """All evidence as of a day."""

    articles: dict[str, Tensor]
    """By name, the same for every customer: float32 [n_articles]."""
    paths: dict[str, Neighbours]
    """By name: TOGETHER, ALIKE, RIDGE, or some of them."""
    cut: int | None
    """The day: days since 1970-01-01; None where the cut is not one in time."""

    @property
    def of_day(self) -> list[str]:
        """Names of the evidence that says something else every day: what sells lately, and since when."""
        return [name for name in self.articles if name != POPULAR]

    @property
    def of_customers(self) -> list[str]:
        """Names of the evidence that depends on the history."""
        return [*self.paths, *REPEATS]

    def add(self, to: Tensor, history: UPH, name: str) -> None:
        """Add one of `of_customers` for rows of the UPH to `to`, float32 [rows, n_articles]."""
        self.add_all(to, history, {name: 1.0})

    def add_all(self, to: Tensor, history: UPH, weights: Mapping[str, float], new: bool = False) -> None:
        """Add what `weights` names of `of_customers`, weighted.

        The paths say nothing of what was bought before: that is what the repeats are for. new: nobody asks
        what is said of that, so that it may be anything.
        """
        bought = csr_array(history.matrix[:, : to.shape[1]])
        place = None if new else places(bought, to.device)
        before = None if place is None else to[place]
        for name, path in self.paths.items():
            if weight := weights.get(name, 0.0):
                path.add_support(to, bought, weight)
        if place is None or before is None:
            return
        known = history.matrix.indices < to.shape[1]
        for name in REPEATS:
            if weight := weights.get(name, 0.0):
                before += weight * torch.from_numpy(self._repeats(history, name)[known]).to(to)
        to[place] = before

    def _repeats(self, history: UPH, name: str) -> np.ndarray:
        if name == "bought_often":
            return np.log(history.count)
        if name == "bought_long_ago" and self.cut is not None:
            return np.log1p(np.maximum(self.cut - history.day, 0))
        if name == "bought_popular":
            known = history.matrix.indices.clip(max=len(self.articles[POPULAR]) - 1)
            popular: np.ndarray = self.articles[POPULAR].numpy()[known]
            return popular
        return np.full(len(history.day), 1.0 if name == "bought" else 0.0)


def gather(
    uph: UPH, n_articles: int, cut: int | None, windows: Sequence[int], paths: dict[str, Neighbours],
    processes: Processes = ALONE, oldest: int = OLD,
) -> Evidence:  # fmt: skip
    """What the purchases before the day `cut` say, those of all processes together. oldest: see `ages`."""
    articles = {POPULAR: log_popularity(uph, n_articles, processes)}
    if cut is not None and windows:
        articles |= {recent(days): recency_shift(uph, n_articles, cut, days, processes) for days in windows}
        by_knot = ages(uph, n_articles, cut, processes, oldest)
        articles |= {old(knot): values for knot, values in by_knot.items()}
    return Evidence(articles, paths, cut)
