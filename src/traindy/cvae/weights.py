"""Fits what the evidence weighs, for customers with a history and for those without."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
import torch
from scipy.sparse import csr_array

from traindy.cvae.evidence import Evidence, recent
from traindy.cvae.later import Later
from traindy.cvae.mixing import fit_for_lists
from traindy.cvae.mixing_blocks import Block, block_of, in_blocks
from traindy.cvae.net import CvaeNet
from traindy.cvae.rows import Rows
from traindy.cvae.sampling import distribution

NET: Final = "net"
"""What the net says: the cosines over the temperature; of a condition, the logarithm of its average row."""
BOUGHT_NET: Final = "bought_net"
"""What the net says of an article that the customer has: who buys it again is another question than who likes
it, so its weight there is the sum of this one's and the net's."""

MODEST: Final = 0.25
"""Of what Bayes' rule says of what sells now, before a window of purchases is asked."""
KINDS: Final = ("new", "any", "cold")
"""Of lists: the fields of `Weights`."""


@dataclass(frozen=True)
class Weights:
    """By name of the evidence; what is not named weighs nothing."""

    new: dict[str, float]
    """For customers with a history, what they have not bought before."""
    any: dict[str, float]
    """For customers with a history, all articles."""
    cold: dict[str, float]
    """Customers without one."""

    def as_dict(self) -> dict[str, dict[str, float]]:
        """Plain numbers, for JSON."""
        return asdict(self)


def first_weights(windows: Sequence[int]) -> Weights:
    """Before any are fitted: the net, and by Bayes' rule what sells now (`recency_shift`)."""
    weights = {NET: 1.0} | _by_bayes(windows, 1.0)
    return Weights(weights, weights, weights)


def modest(timeless: Weights, windows: Sequence[int]) -> Weights:
    """Weights that were fitted without the evidence of the day, and `MODEST` of what sells now.

    Where a window of purchases cannot prove what its days say, there still are better guesses than that last
    year's sales are worth as much as last week's.
    """
    now = {name: round(weight, 4) for name, weight in _by_bayes(windows, MODEST).items()}
    fitted = (timeless.new, timeless.any, timeless.cold)
    return Weights(*(each | {name: now[name] for name in now if name in each} for each in fitted))


def between(one: Mapping[str, float], other: Mapping[str, float], share: float) -> dict[str, float]:
    """Weights that lie on the way from `one` to `other`, at this share of it; both name the same evidence."""
    return {name: round(one[name] + share * (other[name] - one[name]), 4) for name in one}


def _by_bayes(windows: Sequence[int], share: float) -> dict[str, float]:
    """Of the evidence of what sold lately: as the geometric mean of what the windows say."""
    return {recent(days): share / len(windows) for days in windows}


@torch.no_grad()
def weigh(net: CvaeNet, evidence: Evidence, later: Later, samples: int, seed: int) -> tuple[Weights, Weights]:
    """Fit all weights, and those that say nothing of the day (`Evidence.of_day`).

    A purchase counts with what finding it is worth to the customer's NDCG@20: with fewer others, more.
    """
    few = later.drawn(net.config.n_articles, seed)
    fitted = (
        _warm(net, evidence, few.of_new(), new=True),
        _warm(net, evidence, few, new=False),
        _cold(net, evidence, later, samples, seed),
    )
    return Weights(*(each for each, _ in fitted)), Weights(*(each for _, each in fitted))


def _warm(net: CvaeNet, evidence: Evidence, later: Later, new: bool) -> "_Both":
    catalogue, n = net.articles(), net.config.n_articles
    of_customers = [*evidence.paths] if new else evidence.of_customers
    own = [NET, *of_customers, *([] if new else [BOUGHT_NET])]
    common = torch.stack(list(evidence.articles.values())).to(catalogue)
    counts = later.counts(n)

    def block(part: np.ndarray) -> Block:
        history = later.history.rows(part)
        customers = Rows(history, later.conditions[part], n).to(catalogue.device)
        entries, condition = customers.cut(torch.arange(len(part), device=catalogue.device))
        q = net.encode(catalogue, entries.article, entries.row, condition)
        kinds = catalogue.new_zeros(len(own), len(part), n)
        kinds[0] = net.decode(q.mean, condition) @ catalogue.T
        for k, name in enumerate(of_customers, 1):
            evidence.add(kinds[k], history, name)
        offset = net.bias.repeat(len(part), 1)
        bought = entries.row, entries.article
        if new:
            offset[bought] = -torch.inf
        else:
            kinds[-1][bought] = kinds[0][bought]
        return block_of(offset, common, kinds, counts[part])

    customers = np.arange(later.history.n_customers)
    blocks = in_blocks(block, customers, (1 + len(own)) * n)
    return fit_both(blocks, [*evidence.articles, *own], evidence.of_day)


def _cold(net: CvaeNet, evidence: Evidence, later: Later, samples: int, seed: int) -> "_Both":
    """As if nobody had a history: a condition is one row, all that its customers bought are its targets."""
    n = net.config.n_articles
    present, of_customer = np.unique(later.conditions, return_inverse=True)
    asked = len(of_customer)
    members = csr_array((np.ones(asked, np.float32), (of_customer, np.arange(asked))), (len(present), asked))
    counts = csr_array(members @ later.counts(n))
    catalogue = net.articles()
    common = torch.stack(list(evidence.articles.values())).to(catalogue)
    said = catalogue.new_empty(len(present), n)
    for row, condition in enumerate(present.tolist()):
        said[row] = distribution(net, condition, samples, seed, catalogue)
    said.clamp_(min=1e-30).log_()

    def block(part: np.ndarray) -> Block:
        mine = said[part]
        return block_of(torch.zeros_like(mine), common, mine[None], counts[part])

    conditions = np.arange(len(present))
    return fit_both(in_blocks(block, conditions, 2 * n), [*evidence.articles, NET], evidence.of_day)


_Both = tuple[dict[str, float], dict[str, float]]
"""With all evidence; without that of the day."""


def fit_both(
    blocks: Callable[[], Iterable[Block]], names: list[str], of_day: list[str], first: str = NET
) -> _Both:
    """The weights of the evidence in `blocks`, by its names; and without that `of_day`.

    first: what is there before any evidence speaks; its weight begins at 1.
    """
    start = torch.tensor([1.0 if name == first else 0.0 for name in names])
    free = torch.tensor([name not in of_day for name in names])
    weights = fit_for_lists(blocks, start)
    timeless = weights if free.all() else fit_for_lists(blocks, start, free, weights)
    every, without = (
        {name: round(float(weight), 4) for name, weight in zip(names, each, strict=True)}
        for each in (weights, timeless)
    )
    return every, without
