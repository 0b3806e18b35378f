"""Losses and rankings over the whole catalogue, exactly, a block of customers at a time.

Neither the logits nor their gradient ever exist for more than `block` customers. The gradients are taken in
the forward pass, while a block's logits are at hand: three matrix products a block instead of the four of
recomputing them in the backward pass.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from traindy.cvae.losses import Loss, Targets


def catalogue_loss(
    latent: Tensor,
    articles: Tensor,
    bias: Tensor,
    targets: Targets,
    loss: Loss,
    block: int,
    dtype: torch.dtype,
) -> Tensor:
    """Sum over customers of `loss` at the logits latent @ articles.T + bias.

    latent [customers, d], articles [articles, d], bias [articles], all float32; the products are taken in
    `dtype` with float32 accumulation. Differentiable once in latent, articles and bias.
    """
    result: Tensor = _CatalogueLoss.apply(latent, articles, bias, targets, loss, block, dtype)
    return result


class _CatalogueLoss(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, latent: Tensor, articles: Tensor, bias: Tensor,
        targets: Targets, loss: Loss, block: int, dtype: torch.dtype,
    ) -> Tensor:  # fmt: skip
        z, w, b = latent.to(dtype), articles.to(dtype), bias.to(dtype)
        d_latent, d_articles, d_bias = (torch.zeros_like(x) for x in (latent, articles, bias))
        total = latent.new_zeros(())
        for first in range(0, len(z), block):
            rows = slice(first, first + block)
            value, gradient = loss(torch.addmm(b, z[rows], w.T), _rows(targets, first, block))
            total += value.sum()
            d_latent[rows] = gradient @ w
            d_articles += gradient.T @ z[rows]
            d_bias += gradient.sum(0, dtype=torch.float32)
        ctx.save_for_backward(d_latent, d_articles, d_bias)
        return total

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor | None, ...]:
        return (*(upstream[0] * gradient for gradient in ctx.saved_tensors), None, None, None, None)


def _rows(targets: Targets, first: int, count: int) -> Targets:
    start, end = torch.searchsorted(targets.row, targets.row.new_tensor([first, first + count])).tolist()
    return Targets(
        targets.row[start:end] - first, targets.article[start:end], targets.size[first : first + count]
    )


@dataclass(frozen=True)
class Extra:
    """What is added to single scores of a block: distinct (row, article) pairs."""

    row: Tensor
    article: Tensor
    value: Tensor


def top_articles(
    latent: Tensor,
    articles: Tensor,
    bias: Tensor,
    k: int,
    bought: tuple[Tensor, Tensor] | None,
    block: int,
    beside: Callable[[int], list[Extra]] | None = None,
) -> Tensor:
    """The k best articles of each customer by latent @ articles.T + bias, in float32: int32 [customers, k].

    `bought`: entries (customer, article), in customer order, that must not appear. `beside`: what is added
    to the scores of the block of customers that begins with the one given. Where fewer than k articles
    remain, the list ends in -1.
    """
    lists = torch.full((len(latent), k), -1, dtype=torch.int32)
    depth = min(k, len(articles))
    for first in range(0, len(latent), block):
        scores = torch.addmm(bias, latent[first : first + block], articles.T)
        for extra in beside(first) if beside else []:
            scores[extra.row.to(scores.device), extra.article.to(scores.device)] += extra.value.to(scores)
        if bought is not None:
            start, end = torch.searchsorted(bought[0], bought[0].new_tensor([first, first + block])).tolist()
            scores[bought[0][start:end] - first, bought[1][start:end]] = -torch.inf
        best = scores.topk(depth, dim=1)
        found = torch.where(best.values == -torch.inf, -1, best.indices)
        lists[first : first + block, :depth] = found.to("cpu", torch.int32)
    return lists
