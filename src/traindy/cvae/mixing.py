"""How much each kind of evidence weighs beside the net: a log-linear mixture, fitted on later purchases.

    logits of a customer = net's logits + sum over evidence k of weight_k * evidence_k

The weights are few and are fitted by maximum likelihood to purchases that neither the net nor the evidence
has seen, so that no path sees its own targets (for log-linear pools see Genest & Zidek 1986, section 3).
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
        else:
            break
        weights, now = weights + step, tried
        if step.abs().max() < PRECISE:
            return weights
    log.warning("warning: the weights of the evidence moved in their last step, by %.3f", step.abs().max())
    return weights


def _measure(blocks: Iterable[Block], weights: Tensor, start: Tensor) -> _Fit:
    """Log posterior, its gradient and its negative second derivative."""
    away = weights - start
    value = -0.5 * float(away @ away)
    gradient, curvature = -away, torch.eye(len(weights), dtype=torch.float64)
    for block in blocks:
        logits = block.offset + torch.einsum("k,kra->ra", weights.float(), block.evidence)
        probability = torch.softmax(logits, 1)
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
