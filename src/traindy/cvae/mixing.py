"""How much each kind of evidence weighs beside the net: a log-linear mixture, fitted on later purchases.

    logits of a customer = net's logits + sum over evidence k of weight_k * evidence_k

The weights are few and are fitted by maximum likelihood to purchases that neither the net nor the evidence
has seen, so that no path sees its own targets (for log-linear pools see Genest & Zidek 1986, section 3). They
are fitted twice: over the whole catalogue, and then among each customer's first articles, since lists are
made there and the likelihood of the whole catalogue is mostly that of its long tail.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from traindy.cvae.later import K
from traindy.cvae.mixing_blocks import Block
from traindy.evaluate.metrics import discount

log = logging.getLogger("traindy")

PRIOR: Final = 10.0
"""Precision of each weight's normal prior around its start: dozens of customers move it little, whatever they
happened to buy, and to thousands it is nothing."""
PASSES: Final = 12
PRECISE: Final = 0.02
"""Newton's steps end when none would move a weight by more."""
HALVINGS: Final = 12
HEAD: Final = 100
"""So many articles are a customer's first ones: the most likely under some weights."""
ROUNDS: Final = 4
FEW: Final = 0.5
"""Rounds end when so many articles a row, or fewer, come anew among its first."""


@dataclass(frozen=True)
class _Fit:
    value: float
    gradient: Tensor
    curvature: Tensor


def fit_weights(
    blocks: Callable[[], Iterable[Block]],
    start: Tensor,
    free: Tensor | None = None,
    near: Tensor | None = None,
) -> Tensor:
    """The weights that make the targets most likely, by damped Newton steps: float64 [kinds].

    start: where each weight begins, and the mean of its prior N(start, 1 / PRIOR): without purchases that
    speak against it a weight stays. free: bool [kinds], which may move; None: all. near: where these begin
    instead, which saves steps.
    """
    free = torch.ones(len(start), dtype=torch.bool) if free is None else free
    moves = free.nonzero()[:, 0]
    weights = start.double() if near is None else torch.where(free, near.double(), start.double())
    now = _measure(blocks(), weights, start.double())
    for _ in range(PASSES):
        step = torch.zeros_like(weights)
        step[moves] = torch.linalg.solve(now.curvature[moves][:, moves], now.gradient[moves])
        for _ in range(HALVINGS):
            tried = _measure(blocks(), weights + step, start.double())
            if tried.value >= now.value:
                break
            step = step / 2
        else:  # the highest point, as far as these numbers can tell
            return weights
        weights, now = weights + step, tried
        if step.abs().max() < PRECISE:
            return weights
    log.warning("warning: the weights of the evidence moved in their last step, by %.3f", step.abs().max())
    return weights


def fit_for_lists(
    blocks: Callable[[], Iterable[Block]],
    start: Tensor,
    free: Tensor | None = None,
    near: Tensor | None = None,
) -> Tensor:
    """The weights that make the targets most likely among the articles that each row's list may hold.

    These are its `HEAD` first under the weights of the whole catalogue, and those that come first under what
    was then fitted: nothing else would keep the weights from lifting articles that they were not fitted
    among. Which ones they are depends on what is known of the customer alone, so that the likelihood given
    that a target is among them is that of the same mixture. In a large catalogue each round may lift others
    yet, and the weights swing: where rounds do not settle, those are taken whose lists were the best.

    free, near: as for `fit_weights`.
    """
    weights = fit_weights(blocks, start, free, near)
    heads = [_head(block, weights) for block in blocks()]
    seen = [(sum(head.ndcg for head in heads), weights)]
    for _ in range(ROUNDS):
        among = [head.block for head in heads]
        weights = fit_weights(lambda among=among: among, start, free)  # type: ignore[misc]
        heads = [_head(block, weights, head) for block, head in zip(blocks(), heads, strict=True)]
        seen.append((sum(head.ndcg for head in heads), weights))
        if sum(head.added for head in heads) <= FEW * sum(len(head.block.offset) for head in heads):
            return weights
    return max(seen, key=lambda each: each[0])[1]


@dataclass(frozen=True)
class _Head:
    block: Block
    """The rows of a block, some of its articles."""
    articles: Tensor
    """int64 [rows, some]: which, none twice but where the offset is minus infinity."""
    added: int
    """How many of them an earlier head had not."""
    ndcg: float
    """NDCG@20 of the lists, summed over customers, where a target weighs as in `Later.counts`."""


def _head(block: Block, weights: Tensor, earlier: _Head | None = None) -> _Head:
    logits = block.logits(weights)
    first = logits.topk(min(HEAD, logits.shape[1]), 1).indices
    articles = first if earlier is None else torch.cat([earlier.articles, first], 1)
    width = articles.shape[1]
    column = torch.arange(width, device=articles.device).expand_as(articles)
    place = torch.full_like(logits, width, dtype=torch.int64).scatter_reduce_(1, articles, column, "amin")
    twice = place.gather(1, articles) < column
    target = place[block.row, block.article]
    there = target < width
    own = block.evidence.gather(2, articles.expand(len(block.evidence), -1, -1))
    evidence = torch.cat([block.shared[:, articles], own])
    offset = block.offset.gather(1, articles).masked_fill(twice, -torch.inf)
    among = Block(offset, evidence, block.row[there], target[there], block.weight[there])
    return _Head(among, articles, int((~twice[:, -first.shape[1] :]).sum()), _ndcg(block, first[:, :K]))


def _ndcg(block: Block, lists: Tensor) -> float:
    """See `_Head`."""
    found = lists[block.row] == block.article[:, None]
    return float(block.weight @ (found * torch.from_numpy(discount(lists.shape[1])).to(block.weight)).sum(1))


def _measure(blocks: Iterable[Block], weights: Tensor, start: Tensor) -> _Fit:
    """Log posterior, its gradient and its negative second derivative."""
    away = weights - start
    value = -0.5 * PRIOR * float(away @ away)
    gradient, curvature = -PRIOR * away, PRIOR * torch.eye(len(weights), dtype=torch.float64)
    for block in blocks:
        # Of who has bought everything nothing is left: 0 / 0.
        probability = torch.softmax(block.logits(weights), 1).nan_to_num(0)
        chosen = probability[block.row, block.article].clamp(min=1e-30).log()
        value += float(chosen @ block.weight)
        slope, bend = _derivatives(block, probability)
        gradient, curvature = gradient + slope.double().cpu(), curvature + bend.double().cpu()
    return _Fit(value, gradient, curvature)


def _derivatives(block: Block, probability: Tensor) -> tuple[Tensor, Tensor]:
    """What a block adds to the gradient and to the negative second derivative: purchases less their
    expectation, and the covariance of the evidence within rows."""
    mass = torch.zeros_like(block.offset[:, 0]).index_add_(0, block.row, block.weight)
    # Around means: as a difference of sums float32 would leave nothing of a small curvature.
    mean = torch.einsum("kra,ra->kr", block.evidence, probability)
    apart = block.evidence - mean[:, :, None]
    expected = apart * (probability * mass[:, None])
    own = expected.flatten(1) @ apart.flatten(1).T
    # What is the same for all rows is taken together, around its mean over them; rows' own means differ.
    sold = mass @ probability
    shared = block.shared - (block.shared @ sold / sold.sum().clamp(min=1e-30))[:, None]
    means = shared @ probability.T
    common = (shared * sold) @ shared.T - (means * mass) @ means.T
    across = shared @ expected.sum(1).T
    slopes = (
        shared[:, block.article] @ block.weight - means @ mass,
        apart[:, block.row, block.article] @ block.weight,
    )
    bends = torch.cat([common, across], 1), torch.cat([across.T, own], 1)
    return torch.cat(slopes), torch.cat(bends)
