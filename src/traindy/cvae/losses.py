"""The reconstruction losses beside the softmax, each with its gradient in closed form.

A loss sees the logits of some customers over the whole catalogue, s [customers, articles], and the targets
P of each: the articles bought. It gives each customer's value and overwrites s with the gradient, so that
a block needs one array and three matrix products (see `catalogue.py`; for the softmax `softmax.py`). A
factor that all of a customer's gradient has is given apart, for that is one pass over the block less.
Values are divided by the square root of a customer's number of targets: long rows have more to say, but not
in proportion.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

RECALL_AT: Final = 20
RECALL_SOFTNESS: Final = 0.1


@dataclass(frozen=True)
class Targets:
    """The entries (row, article) that should rank first, in row order."""

    row: Tensor
    """int64 [entries]"""
    article: Tensor
    """int64 [entries]"""
    size: Tensor
    """float32 [rows]: targets of each row; a row may have none, and then adds nothing."""

    def of_rows(self, first: int, count: int) -> "Targets":
        """Those of `count` rows from `first` on, which becomes row 0; fewer where the rows end."""
        start, end = torch.searchsorted(self.row, self.row.new_tensor([first, first + count])).tolist()
        return Targets(self.row[start:end] - first, self.article[start:end], self.size[first : first + count])


Loss = Callable[[Tensor, Targets], tuple[Tensor, Tensor, Tensor]]
"""(logits [rows, articles], targets) -> (value [rows], factor [rows], gradient [rows, articles]); the
gradient is still to be multiplied by the factor. May overwrite logits."""


def _per_row(entries: Tensor, targets: Targets) -> Tensor:
    return torch.zeros_like(targets.size).index_add_(0, targets.row, entries.float())


def _add_at_targets(matrix: Tensor, targets: Targets, values: Tensor) -> Tensor:
    # Entries are distinct, so nothing is added twice and the order does not matter.
    matrix[targets.row, targets.article] += values.to(matrix.dtype)
    return matrix


def bce(logits: Tensor, targets: Targets) -> tuple[Tensor, Tensor, Tensor]:
    """Independent sigmoids: (sum over the catalogue of log(1 + e^s) - sum over P of s_i) / sqrt(|P|).

    The original project's first loss; on sparse rows it is content to answer zero everywhere.
    """
    weight = torch.where(targets.size > 0, targets.size.clamp(min=1).rsqrt(), 0.0)
    chosen = logits[targets.row, targets.article].float()
    value = (torch.nn.functional.softplus(logits).float().sum(1) - _per_row(chosen, targets)) * weight
    return value, weight, _add_at_targets(torch.sigmoid(logits), targets, torch.tensor(-1.0))


def cosine(logits: Tensor, targets: Targets) -> tuple[Tensor, Tensor, Tensor]:
    """One minus the cosine between the logits and the row: 1 - sum over P of s_i / (|s| sqrt(|P|)).

    The original project's first cure.
    """
    norm = logits.float().norm(dim=1).clamp(min=1e-6)
    size = targets.size.clamp(min=1).sqrt()
    cos = _per_row(logits[targets.row, targets.article], targets) / (norm * size)
    gradient = logits.mul_((cos / norm.square()).to(logits.dtype)[:, None])
    gradient = _add_at_targets(gradient, targets, -(1 / (norm * size))[targets.row])
    return torch.where(targets.size > 0, 1 - cos, 0.0), torch.ones_like(targets.size), gradient


def recall(logits: Tensor, targets: Targets) -> tuple[Tensor, Tensor, Tensor]:
    """One minus a differentiable recall@20: the share of P above the row's 20th logit, with a soft step.

    1 - sum over P of sigmoid((s_i - s_(20)) / 0.1) / |P|; the threshold s_(20) is held constant.
    The original project's second cure.
    """
    k = min(RECALL_AT, logits.shape[1])
    threshold = logits.topk(k, dim=1).values[:, -1].float()
    size = targets.size.clamp(min=1)[targets.row]
    above = (logits[targets.row, targets.article].float() - threshold[targets.row]) / RECALL_SOFTNESS
    step = torch.sigmoid(above)
    value = torch.where(targets.size > 0, 1.0, 0.0) - _per_row(step / size, targets)
    slope = -step * (1 - step) / (RECALL_SOFTNESS * size)
    return value, torch.ones_like(targets.size), _add_at_targets(logits.zero_(), targets, slope)


LOSSES: Final[dict[str, Loss]] = {
    "bce": bce,
    "cosine": cosine,
    "recall": recall,
}
"""`cvae.loss` by name. Both softmaxes, which differ in their logits alone, are in `softmax.py`."""
