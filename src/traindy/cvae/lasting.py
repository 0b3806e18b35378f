"""Whether what the day says lasts: asked in two windows of days, of the evidence without any net.

What sold lately and how old articles are may say much of one season and nothing of the next. One window of
purchases cannot tell, however many customers witness it. A net fitted anew for another window would cost as
much as the fit; but this evidence is the same for everybody, and so are the lists that it makes of
popularity. Weighed in the last window, they must be better than those of popularity alone in that window and,
as of its own first day, in the one before it.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from traindy.baselines.ranking import rank_fixed
from traindy.core.params import Cvae
from traindy.cvae.catalogue_facts import days_recorded
from traindy.cvae.distributed import Processes
from traindy.cvae.evidence import POPULAR, Evidence, gather
from traindy.cvae.later import Later, later_of
from traindy.cvae.mixing import Block
from traindy.cvae.period import Period
from traindy.cvae.ranking import places
from traindy.cvae.sparing import K, gained
from traindy.cvae.weights import NUMBERS_AT_ONCE, block_of, fit_both
from traindy.uph import UPH

log = logging.getLogger("traindy")

LIKE: Final = {"new": "new", "any": "new", "cold": "cold"}
"""Which lists decide for which: what is bought again needs the history, and is no question of the day."""


@dataclass(frozen=True)
class Window:
    """Some days."""

    evidence: Evidence
    """As of the first of them; no paths."""
    later: Later
    """Who bought what in them."""


def lasting(
    period: Period, truth: UPH, conditions: np.ndarray, settings: Cvae, processes: Processes
) -> frozenset[str]:
    """The kinds of lists (`Weights`) for which evidence of the day lasts; none where the cut is not in time.

    truth: purchases from the cut on, as many days of them as the window before the cut gets. Of several
    processes the first knows; all must call.
    """
    if period.cut is None or not settings.recency_days:
        return frozenset()
    last = -int(processes.least(np.array(-truth.day.max(initial=period.cut))))
    start = 2 * period.cut - last - 1
    long_ago = period.uph.day < start
    before = Period(period.uph.where(long_ago), period.n_articles, start)
    oldest = days_recorded(period.uph, period.cut, processes)
    now = _window(period, truth, conditions, settings, processes, oldest)
    then = _window(before, period.uph.where(~long_ago), conditions, settings, processes, oldest)
    if not (now and then):
        return frozenset()
    lasts = {kind: _lasts(kind, now, then, settings.seed) for kind in dict.fromkeys(LIKE.values())}
    return frozenset(kind for kind, like in LIKE.items() if lasts[like])


def _window(
    period: Period, truth: UPH, conditions: np.ndarray, settings: Cvae, processes: Processes, oldest: int
) -> Window | None:
    days = settings.recency_days
    evidence = gather(period.uph, period.n_articles, period.cut, days, {}, processes, oldest)
    later = later_of(period.uph, truth, conditions, settings.seed, processes)
    return Window(evidence, later) if later else None


def _lasts(kind: str, now: Window, then: Window, seed: int) -> bool:
    every, timeless = _weights(now, kind == "new", seed)
    gains = [
        gained(OneList(window.evidence, every), OneList(window.evidence, timeless), window.later, kind, seed)
        for window in (now, then)
    ]
    said = ", in the window before ".join(f"{low:+.4f} to {high:+.4f}" for low, high in gains)
    log.info("evidence of the day and popularity alone, %s: NDCG@%d %s", kind, K, said)
    return all(low > 0 for low, _ in gains)


def _weights(window: Window, new: bool, seed: int) -> tuple[dict[str, float], dict[str, float]]:
    """Of popularity and the evidence of the day; of popularity alone."""
    articles = window.evidence.articles
    n, values = len(articles[POPULAR]), torch.stack(list(articles.values()))
    later = window.later.drawn(n, seed).of_new() if new else window.later
    counts = later.counts(n)
    if not new:  # where the history does not matter all customers are one
        counts = csr_array(counts.sum(0)[None])
    size = counts.shape[0]
    rows = np.array_split(np.arange(size), -(-size * values.numel() // NUMBERS_AT_ONCE) or 1)

    def blocks() -> Iterator[Block]:
        for part in rows:
            offset = torch.zeros(len(part), n)
            if new:
                offset[places(csr_array(later.history.matrix[part][:, :n]), offset.device)] = -torch.inf
            yield block_of(offset, values[:, None].expand(-1, len(part), -1), counts[part])

    return fit_both(blocks, [*articles], window.evidence.of_day, POPULAR)


@dataclass(frozen=True)
class OneList:
    """The same order of articles for everybody."""

    evidence: Evidence
    weights: dict[str, float]

    def _order(self) -> np.ndarray:
        articles = self.evidence.articles
        scores = sum((self.weights[name] * articles[name] for name in articles), Tensor([0.0]))
        return scores.argsort(descending=True, stable=True).numpy().astype(np.int32)

    def rank(self, history: UPH, conditions: np.ndarray, k: int, exclude_bought: bool) -> np.ndarray:
        """As a `CvaeRecommender` does."""
        return rank_fixed(self._order(), history, k, exclude_bought)

    def lists_without_history(self, k: int, conditions: np.ndarray) -> np.ndarray:
        """As a `CvaeRecommender` does."""
        lists = np.full((len(conditions), k), -1, np.int32)
        order = self._order()[:k]
        lists[:, : len(order)] = order
        return lists
