"""The softmax over the whole catalogue, exactly, a block of customers at a time.

Of a block there is one array, q [articles, customers]: the exponentials of the logits first and, once their
sums are known, the gradient: three matrix products. That articles are its rows makes two of them stream
through what is long and keep what is short at hand, about twice the rate of the other way round on a
processor with matrix units; taken some thousand articles at a time, the exponentials are read while they
still lie in the cache. The bias is one more dimension of the embeddings, where every customer has a 1.
float32 is multiplied as fast whichever way a matrix lies, and its products are added up where they are made.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional as F

from traindy.cvae.blocks import block_size
from traindy.cvae.losses import Targets

ARTICLES: Final = 16_384
"""Taken at a time."""
WHOLE: Final = 64
"""Bytes that a vector is a multiple of: a row of the matrix units' tiles, a line of the cache."""
SUMMED: Final = 64
"""Exponentials that are summed before the sum is rounded to the products' type; sums of these in float32."""
HIGHEST: Final = 44.0
"""A logit beyond which a customer's logits are lowered: q and sums of it stay far from overflow."""
LEAST: Final = 1e-30
"""For a probability or a sum so small that it is not there: finite logarithms."""
BYTES: Final = 6
"""Of memory for each logit: q in two or four bytes, and what is on its way."""


def softmax_loss(
    latent: Tensor, articles: Tensor, bias: Tensor, targets: Targets, block: int | None, dtype: torch.dtype
) -> Tensor:
    """Sum over customers of the softmax cross-entropy: sum over P of (logsumexp(s) - s_i) / sqrt(|P|).

    Liang et al. 2018, equation 2, at the logits s = latent @ articles.T + bias; with cosines for logits it is
    the cosine softmax. latent [customers, d], articles [articles, d], bias [articles], all float32; the
    products are taken in `dtype` with float32 accumulation. Differentiable once in these three. block:
    customers, see `block_size`.
    """
    size = block_size(block, len(articles), articles.device, BYTES)
    result: Tensor = _Softmax.apply(latent, articles, bias, targets, size, dtype)
    return result


@dataclass(frozen=True)
class _Catalogue:
    """The embeddings for the products, some articles at a time."""

    parts: list[slice]
    wide: list[Tensor]
    """[those articles, width]: the embedding, the bias, a 1, and zeroes up to a multiple of `WHOLE`."""
    across: list[Tensor]
    """[d, those articles]"""
    articles: Tensor
    longest: Tensor
    """Of all embeddings."""
    highest: Tensor
    """Of all biases."""

    @classmethod
    def of(cls, articles: Tensor, bias: Tensor, dtype: torch.dtype) -> "_Catalogue":
        n, d = articles.shape
        whole = WHOLE // dtype.itemsize
        wide = articles.new_zeros((n, -(-(d + 2) // whole) * whole), dtype=dtype)
        wide[:, :d], wide[:, d], wide[:, d + 1] = articles, bias, 1
        parts = [slice(first, min(first + ARTICLES, n)) for first in range(0, n, ARTICLES)]
        across = [wide[part, :d].T for part in parts]
        if dtype != torch.float32:
            across = [each.contiguous() for each in across]
        longest = articles.norm(dim=1).max()
        return cls(parts, [wide[part] for part in parts], across, articles, longest, bias.max())

    def customers(self, latent: Tensor) -> Tensor:
        """[customers, width]: the latent vector, a 1 for the bias, and what lowers all of a row's logits
        alike: where no article could be beyond `HIGHEST` (Cauchy-Schwarz) it is zero."""
        bound = latent.norm(dim=1) * self.longest + self.highest
        wide = latent.new_zeros((len(latent), self.wide[0].shape[1]))
        d = latent.shape[1]
        wide[:, :d], wide[:, d], wide[:, d + 1] = latent, 1, (HIGHEST - bound).clamp(max=0)
        return wide


class _Softmax(torch.autograd.Function):
    """The gradients are taken in the forward pass, while a block's q is at hand: recomputing it in the
    backward pass would be a fourth product."""

    @staticmethod
    def forward(
        ctx: Any, latent: Tensor, articles: Tensor, bias: Tensor,
        targets: Targets, block: int, dtype: torch.dtype,
    ) -> Tensor:  # fmt: skip
        n, d = articles.shape
        catalogue = _Catalogue.of(articles, bias, dtype)
        d_latent, d_wide = torch.zeros_like(latent), articles.new_zeros((n, catalogue.wide[0].shape[1]))
        total, room = latent.new_zeros(()), latent.new_empty(n * min(block, len(latent)), dtype=dtype)
        for first in range(0, len(latent), block):
            rows = slice(first, min(first + block, len(latent)))
            q = room[: n * (rows.stop - first)].view(n, -1)
            value, d_latent[rows] = _block(q, latent[rows], targets.of_rows(first, block), catalogue, d_wide)
            total += value
        ctx.save_for_backward(d_latent, d_wide[:, :d], d_wide[:, d])
        return total

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor | None, ...]:
        # In place: one of them is as large as the catalogue.
        return (*(gradient.mul_(upstream[0]) for gradient in ctx.saved_tensors), None, None, None)


def _block(
    q: Tensor, latent: Tensor, targets: Targets, catalogue: _Catalogue, d_wide: Tensor
) -> tuple[Tensor, Tensor]:
    """The loss of some customers and its gradient in their latent vectors; adds its gradient in the wide
    embeddings to `d_wide`. q: room for [articles, customers]."""
    wide = catalogue.customers(latent)
    powers = (wide / math.log(2)).to(q.dtype).T.contiguous()  # powers of two are quicker than e's
    sums, d_latent = torch.zeros_like(targets.size), torch.zeros_like(latent.T)
    for part, articles, across in zip(catalogue.parts, catalogue.wide, catalogue.across, strict=True):
        sums += exponentials(torch.mm(articles, powers, out=q[part]))
        _add_product(d_latent, across, q[part])
    sums.clamp_(min=LEAST)
    size, factor = targets.size.clamp(min=1), targets.size.sqrt()
    chosen = q[targets.article, targets.row].float()
    each = (sums[targets.row] / chosen.clamp(min=LEAST)).log() / size.sqrt()[targets.row]
    q[targets.article, targets.row] = (chosen - (sums / size)[targets.row]).to(q.dtype)
    weighted = ((factor / sums)[:, None] * wide).to(q.dtype)
    for part in catalogue.parts:
        _add_product(d_wide[part], q[part], weighted)
    starts = torch.searchsorted(targets.row, torch.arange(len(latent), device=latent.device))
    bought = F.embedding_bag(targets.article, catalogue.articles, starts, mode="mean")
    return each.sum(), factor[:, None] * ((d_latent / sums).T - bought)


def _add_product(total: Tensor, one: Tensor, other: Tensor) -> None:
    if one.dtype == total.dtype:
        total.addmm_(one, other)
    else:
        total += one @ other


def exponentials(logits: Tensor) -> Tensor:
    """Powers of two of the logits [articles, customers], in place; their sums over articles, float32."""
    q = logits.exp2_()
    whole = len(q) // SUMMED * SUMMED
    sums = q[:whole].view(-1, SUMMED, q.shape[1]).sum(1).float().sum(0)
    return sums + q[whole:].float().sum(0)
