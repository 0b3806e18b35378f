"""Article embeddings composed from a table of rows: an article's own, and those of its levels."""

from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

GROUPS: Final = 64
"""Of levels, each with its share of large and small ones."""


class Composition(nn.Module):
    """Which rows of the table make up which article, in both directions.

    Composing the whole catalogue is a gather of millions of rows, once a step. Its gradient is another one
    along the lists of the articles of each level, which are made here once: torch's own would sort them again
    in every step, which takes longer than the sums.
    """

    parts: Tensor
    part_starts: Tensor
    owners: Tensor
    owner_starts: Tensor
    place: Tensor

    def __init__(self, levels: Tensor, n_levels: int) -> None:
        """levels: int64 [articles, levels of each], -1 for none. Rows of the table: articles, then levels."""
        super().__init__()
        n = len(levels)
        each = torch.arange(n, device=levels.device)
        there = levels >= 0
        rows = torch.cat([each[:, None], torch.where(there, levels + n, -1)], 1)
        self._keep("part", rows[rows >= 0], 1 + there.sum(1))
        level, owner = levels[there], each.repeat_interleave(there.sum(1))
        size = torch.bincount(level, minlength=n_levels)
        order = _mixed(size)
        self.register_buffer("place", order.argsort(), persistent=False)
        self._keep("owner", owner[self.place[level].argsort(stable=True)], size[order])

    def _keep(self, name: str, lists: Tensor, sizes: Tensor) -> None:
        self.register_buffer(f"{name}s", lists, persistent=False)
        self.register_buffer(f"{name}_starts", sizes.cumsum(0) - sizes, persistent=False)

    def forward(self, table: Tensor) -> Tensor:
        """The sum of each article's rows: float32 [articles, d] from [articles + levels, d]."""
        if not len(self.place):  # there is nothing to add to an article's own row
            return table
        lists = self.parts, self.part_starts, self.owners, self.owner_starts, self.place
        composed: Tensor = _Sums.apply(table, *lists)
        return composed


def _mixed(size: Tensor) -> Tensor:
    """An order of the levels in which each core, which takes some that follow one another, gets as much to
    add up as the others: the few levels that most articles have are numbered side by side."""
    falling = size.argsort(descending=True, stable=True)
    return torch.cat([falling[first::GROUPS] for first in range(GROUPS)])


class _Sums(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, table: Tensor, parts: Tensor, part_starts: Tensor,
        owners: Tensor, owner_starts: Tensor, place: Tensor,
    ) -> Tensor:  # fmt: skip
        ctx.save_for_backward(owners, owner_starts, place)
        return F.embedding_bag(parts, table, part_starts, mode="sum")

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor | None, ...]:
        owners, owner_starts, place = ctx.saved_tensors
        (composed,) = upstream
        n = len(composed)
        gradient = composed.new_empty((n + len(place), composed.shape[1]))
        gradient[:n] = composed
        of_levels = F.embedding_bag(owners, composed, owner_starts, mode="sum")
        torch.index_select(of_levels, 0, place, out=gradient[n:])
        return gradient, None, None, None, None, None
