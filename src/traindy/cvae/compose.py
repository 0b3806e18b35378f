"""Article embeddings composed from a table of rows: an article's own, and those of its levels."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Composition(nn.Module):
    """Which rows of the table make up which article, in both directions.

    Composing the whole catalogue is a gather of millions of rows, once a step. Its gradient is another one
    along the lists of the articles of each row, which are made here once: torch's own would sort them again
    in every step, which takes longer than the sums.
    """

    parts: Tensor
    part_starts: Tensor
    owners: Tensor
    owner_starts: Tensor

    def __init__(self, levels: Tensor, n_levels: int) -> None:
        """levels: int64 [articles, levels of each], -1 for none. Rows of the table: articles, then levels."""
        super().__init__()
        n = len(levels)
        each = torch.arange(n, device=levels.device)
        rows = torch.cat([each[:, None], torch.where(levels >= 0, levels + n, -1)], 1)
        there = rows >= 0
        parts, owners = rows[there], each.repeat_interleave(there.sum(1))
        order = parts.argsort(stable=True)
        self._keep("part", parts, there.sum(1))
        self._keep("owner", owners[order], torch.bincount(parts, minlength=n + n_levels))

    def _keep(self, name: str, lists: Tensor, sizes: Tensor) -> None:
        self.register_buffer(f"{name}s", lists, persistent=False)
        self.register_buffer(f"{name}_starts", sizes.cumsum(0) - sizes, persistent=False)

    def forward(self, table: Tensor) -> Tensor:
        """The sum of each article's rows: float32 [articles, d] from [articles + levels, d]."""
        lists = self.parts, self.part_starts, self.owners, self.owner_starts
        composed: Tensor = _Sums.apply(table, *lists)
        return composed


class _Sums(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, table: Tensor, parts: Tensor, part_starts: Tensor, owners: Tensor, owner_starts: Tensor
    ) -> Tensor:
        ctx.save_for_backward(owners, owner_starts)
        return F.embedding_bag(parts, table, part_starts, mode="sum")

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor | None, ...]:
        owners, owner_starts = ctx.saved_tensors
        gradient = F.embedding_bag(owners, upstream[0], owner_starts, mode="sum")
        return gradient, None, None, None, None
