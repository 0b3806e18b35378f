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

log = logging.getLogger("traindy")

PASSES: Final = 12
PRECISE: Final = 0.02
"""Newton's steps end when none would move a weight by more."""
HALVINGS: Final = 12
HEAD: Final = 100
"""So many articles are a customer's first ones: the most likely under the first fit."""


@dataclass(frozen=True)
class Block:
    """Some customers, all of the catalogue."""

    offset: Tensor
    """float32 [rows, articles]: logits to which nothing is learned; minus infinity leaves an article out."""
    evidence: Tensor
    """float32 [kinds, rows, articles]"""
    row: Tensor
    """int64 [targets]: what was bought, by whom, and how much that counts."""
    article: Tensor
    """int64 [targets]"""
    weight: Tensor
    """float32 [targets]"""


@dataclass(frozen=True)
class _Fit:
    value: float
    gradient: Tensor
    curvature: Tensor


def fit_weights(blocks: Callable[[], Iterable[Block]], start: Tensor) -> Tensor:
    """The weights that make the targets most likely, by damped Newton steps: float64 [kinds].

    start: where each weight begins, and the mean of its prior N(start, 1): without purchases that speak
    against it a weight stays.
    """
    weights, now = start.double(), _measure(blocks(), start.double(), start.double())
    for _ in range(PASSES):
        step = torch.linalg.solve(now.curvature, now.gradient)
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


def fit_for_lists(blocks: Callable[[], Iterable[Block]], start: Tensor) -> Tensor:
    """The weights that make the targets most likely among each row's `HEAD` first articles.

    Which articles are the first depends on what is known of the customer alone, so that the likelihood given
    that a target is among them is that of the same mixture.
    """
    weights = fit_weights(blocks, start)
    heads = [_head(block, weights) for block in blocks()]
    return fit_weights(lambda: heads, start)


def _head(block: Block, weights: Tensor) -> Block:
    logits = _logits(block, weights)
    first = logits.topk(min(HEAD, logits.shape[1]), 1).indices
    place = torch.full_like(logits, -1, dtype=torch.int64)
    place.scatter_(1, first, torch.arange(first.shape[1], device=first.device).repeat(len(first), 1))
    target = place[block.row, block.article]
    there = target >= 0
    evidence = block.evidence.gather(2, first.expand(len(block.evidence), -1, -1))
    offset = block.offset.gather(1, first)
    return Block(offset, evidence, block.row[there], target[there], block.weight[there])


def _logits(block: Block, weights: Tensor) -> Tensor:
    return block.offset + torch.einsum("k,kra->ra", weights.to(block.offset), block.evidence)


def _measure(blocks: Iterable[Block], weights: Tensor, start: Tensor) -> _Fit:
    """Log posterior, its gradient and its negative second derivative."""
    away = weights - start
    value = -0.5 * float(away @ away)
    gradient, curvature = -away, torch.eye(len(weights), dtype=torch.float64)
    for block in blocks:
        probability = torch.softmax(_logits(block, weights), 1)
        chosen = probability[block.row, block.article].clamp(min=1e-30).log()
        value += float(chosen @ block.weight)
        mean = torch.einsum("kra,ra->kr", block.evidence, probability)
        # Around their means: as a difference of sums float32 would leave nothing of a small curvature.
        apart = block.evidence - mean[:, :, None]
        gradient = gradient + (apart[:, block.row, block.article] @ block.weight).double().cpu()
        mass = torch.zeros_like(mean[0]).index_add_(0, block.row, block.weight)
        weighted = (probability * mass[:, None]).flatten()
        apart = apart.flatten(1)
        curvature = curvature + ((apart * weighted) @ apart.T).double().cpu()
    return _Fit(value, gradient, curvature)
