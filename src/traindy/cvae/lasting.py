"""How likely what the day says lasts: asked in two windows of days, of the evidence without any net.

What sold lately and how old articles are may say much of one season and nothing of the next. One window of
purchases cannot tell, however many customers witness it. A net fitted anew for another window would cost as
much as the fit; but lists can be made of popularity and the direct paths alone. Weighed in the last window,
evidence of the day must make better ones in the window before, as of that one's own first day. For customers
with a history it must in the last window too: there the net and what the day says can gain together what
neither keeps. Lists without a history are close to popularity's, and the net's own judgement stands.
"""

import logging
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from traindy.core.params import Cvae
from traindy.cvae.catalogue_facts import days_recorded
from traindy.cvae.distributed import Processes
from traindy.cvae.evidence import ALIKE, POPULAR, Evidence, gather
from traindy.cvae.later import Later, later_of
from traindy.cvae.mixing_blocks import Block, block_of, in_blocks
from traindy.cvae.period import Period
from traindy.cvae.ranking import places, top_articles
from traindy.cvae.sparing import chance, gained, said
from traindy.cvae.weights import KINDS, fit_both
from traindy.uph import UPH

log = logging.getLogger("traindy")


@dataclass(frozen=True)
class Window:
    """Some days."""

    evidence: Evidence
    """As of the first of them; the paths that need no net."""
    later: Later
    """Who bought what in them."""
    unsold: Tensor
    """bool [n_articles]: what no list of that day could hold, since it was first sold later."""


def lasting(
    period: Period,
    earlier: Period | None,
    evidence: Evidence,
    truth: UPH,
    conditions: np.ndarray,
    settings: Cvae,
    processes: Processes,
) -> dict[str, float]:
    """How likely evidence of the day lasts, by kind of list (`Weights`); empty where the cut is not in time.

    earlier: what had been bought before the window before, `Cut.earlier`; a purchase that was repeated since
    has another day in `period`. evidence: that of the period. truth: purchases from the cut on. Of several
    processes the first knows; all must call.
    """
    if period.cut is None or earlier is None or earlier.cut is None or not settings.recency_days:
        return {}
    known = _known(earlier, days_recorded(period.uph, period.cut, processes), settings, processes)
    since = period.uph.where(period.uph.day >= earlier.cut)
    of_now = later_of(period.uph, truth, conditions, settings.seed, processes)
    of_then = later_of(earlier.uph, since, conditions, settings.seed, processes)
    sold, sold_then = (_sold(each, processes) for each in (period, earlier))
    if not (of_now and of_then):
        return {}
    netless = {name: path for name, path in evidence.paths.items() if name != ALIKE}
    none = torch.zeros_like(sold)
    now = Window(replace(evidence, paths=netless), of_now, none)
    then = Window(known, of_then, none if earlier.whole else sold & ~sold_then)
    return {kind: _lasts(kind, now, then, settings.seed) for kind in KINDS}


def _sold(period: Period, processes: Processes) -> Tensor:
    counts = np.bincount(period.uph.matrix.indices, minlength=period.n_articles)[: period.n_articles]
    return torch.from_numpy(processes.total(counts) > 0)


def _known(period: Period, oldest: int, settings: Cvae, processes: Processes) -> Evidence:
    paths = period.paths_without_net(settings, processes)
    return gather(period.uph, period.n_articles, period.cut, settings.recency_days, paths, processes, oldest)


def _lasts(kind: str, now: Window, then: Window, seed: int) -> float:
    """The least of how likely it makes better lists in either window."""
    every, timeless = _weights(now, kind, seed)
    asked = {"the window before": then} | ({"the last window": now} if kind != "cold" else {})
    chances = []
    for name, window in asked.items():
        one, other = (Netless(window.evidence, weights, window.unsold) for weights in (every, timeless))
        gains = gained(one, other, window.later, kind, seed)
        log.info("evidence of the day without the net, %s, %s: %s", kind, name, said(gains))
        chances.append(chance(gains))
    return min(chances)


def _weights(window: Window, kind: str, seed: int) -> tuple[dict[str, float], dict[str, float]]:
    """Of all evidence; without that of the day."""
    evidence, n = window.evidence, len(window.evidence.articles[POPULAR])
    new, cold = kind == "new", kind == "cold"
    later = window.later if cold else window.later.drawn(n, seed)
    counts = (later.of_new() if new else later).counts(n)
    if cold:  # where the history does not matter all customers are one
        counts = csr_array(counts.sum(0)[None])
    common = torch.stack(list(evidence.articles.values()))
    own = [] if cold else [*evidence.paths] if new else evidence.of_customers

    def block(part: np.ndarray) -> Block:
        offset, kinds = torch.zeros(len(part), n), torch.zeros(len(own), len(part), n)
        if not cold:
            history = later.history.rows(part)
            if new:
                offset[places(csr_array(history.matrix[:, :n]), offset.device)] = -torch.inf
            for k, name in enumerate(own):
                evidence.add(kinds[k], history, name)
        return block_of(offset, common, kinds, counts[part])

    blocks = in_blocks(block, np.arange(counts.shape[0]), (1 + len(own)) * n)
    return fit_both(blocks, [*evidence.articles, *own], evidence.of_day, POPULAR)


@dataclass(frozen=True)
class Netless:
    """Ranks as a `CvaeRecommender` does, by the evidence alone."""

    evidence: Evidence
    weights: dict[str, float]
    unsold: Tensor
    """See `Window`."""

    def _of_articles(self) -> Tensor:
        articles = self.evidence.articles
        total = torch.stack([self.weights[name] * articles[name] for name in articles]).sum(0)
        return total.masked_fill(self.unsold, -torch.inf)

    def rank(self, history: UPH, conditions: np.ndarray, k: int, exclude_bought: bool) -> np.ndarray:
        """See `sparing.Ranks`."""
        bias = self._of_articles()
        bought = csr_array(history.matrix[:, : len(bias)]) if exclude_bought else None

        def beside(some: slice, total: Tensor) -> None:
            of_history = history.rows(np.arange(some.start, some.stop))
            self.evidence.add_all(total, of_history, self.weights, new=exclude_bought)

        latent, articles = torch.zeros(history.n_customers, 1), torch.zeros(len(bias), 1)
        return top_articles(latent, articles, bias, k, None, bought, beside).articles

    def lists_without_history(self, k: int, conditions: np.ndarray) -> np.ndarray:
        """See `sparing.Ranks`."""
        lists = np.full((len(conditions), k), -1, np.int32)
        worth = self._of_articles()
        order = worth.argsort(descending=True, stable=True)[: min(k, int(worth.isfinite().sum()))]
        lists[:, : len(order)] = order.numpy()
        return lists
