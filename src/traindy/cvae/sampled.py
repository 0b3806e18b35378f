"""The catalogue softmax from a sample of it, for catalogues too large for the exact one."""

from typing import Any, Final

import torch
from torch import Tensor

from traindy.cvae.blocks import block_size
from traindy.cvae.losses import Targets
from traindy.cvae.sums import sums_along

LEFT_OUT: Final = -1e4
"""The logit of what is not there: finite, so that a row of nothing else has a softmax."""


def sampled_softmax_loss(
    latent: Tensor,
    articles: Tensor,
    bias: Tensor,
    targets: Targets,
    negatives: int,
    block: int | None,
    dtype: torch.dtype,
) -> Tensor:
    """Sum over customers of the multinomial loss, its partition function estimated.

    latent [customers, d], articles [articles, d], bias [articles], all float32; the products are taken in
    `dtype`. Differentiable once in these three. `negatives` articles are drawn evenly, the same for all
    customers. A customer's own articles enter the sum exactly and are left out of the drawn ones, whose terms
    are scaled up to all the others:

        Z = sum over P of e^s_i + (n - |P|) / |drawn but not P| * sum over drawn but not P of e^s_j

    which is unbiased, and exact where all are drawn (Bengio & Senécal 2008; with the logarithm it is the
    log-Q correction of Yi et al. 2019, equation 3). block: customers, see `block_size`.
    """
    drawn = torch.randperm(len(articles), device=articles.device)[:negatives].sort().values
    size = block_size(block, len(drawn), articles.device)
    result: Tensor = _SampledLoss.apply(latent, articles, bias, targets, drawn, size, dtype)
    return result


class _SampledLoss(torch.autograd.Function):
    """As in `softmax.py` the gradients are taken while a block's logits are at hand."""

    @staticmethod
    def forward(
        ctx: Any, latent: Tensor, articles: Tensor, bias: Tensor,
        targets: Targets, drawn: Tensor, block: int, dtype: torch.dtype,
    ) -> Tensor:  # fmt: skip
        row, article, size = targets.row, targets.article, targets.size
        said = (latent[row] * articles[article]).sum(1) + bias[article]
        of_own, own = _log_sum_by_row(said, targets), _drawn_among(targets, drawn)
        left = len(drawn) - own.size
        scale = ((len(articles) - size) / left.clamp(min=1)).clamp(min=1e-30).log()
        w, b = articles[drawn].to(dtype), bias[drawn].to(dtype)
        across = w.T.contiguous()
        d_latent, partition = torch.zeros_like(latent), torch.zeros_like(size)
        d_drawn, d_drawn_bias = articles.new_zeros(w.shape), bias.new_zeros(b.shape)
        for first in range(0, len(latent), block):
            rows = slice(first, first + block)
            logits = torch.addmm(b, latent[rows].to(dtype), across)
            known = own.of_rows(first, block)
            logits[known.row, known.article] = LEFT_OUT
            probability = torch.softmax(logits, 1)
            # The logarithm of a row's sum: any entry says it, the largest most exactly.
            others = logits.amax(1).float() - probability.amax(1).float().log() + scale[rows]
            partition[rows] = torch.logaddexp(others, of_own[rows])
            factor = size[rows].sqrt() * (others - partition[rows]).exp()
            d_latent[rows] = factor[:, None] * (probability @ w)
            d_drawn += probability.T @ (factor[:, None] * latent[rows]).to(dtype)
            d_drawn_bias += (factor.to(dtype)[None] @ probability)[0]
        weight = size.clamp(min=1).rsqrt()
        d_said = weight[row] * (size[row] * (said - partition[row]).exp() - 1)
        d_latent += sums_along(row, len(latent), article, articles, d_said)
        d_articles = sums_along(article, len(articles), row, latent, d_said)
        d_articles.index_add_(0, drawn, d_drawn)
        d_bias = torch.zeros_like(bias).index_add_(0, article, d_said).index_add_(0, drawn, d_drawn_bias)
        ctx.save_for_backward(d_latent, d_articles, d_bias)
        mine = torch.zeros_like(size).index_add_(0, row, said)
        return ((size * partition - mine) * weight).sum()

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor | None, ...]:
        return (*(upstream[0] * gradient for gradient in ctx.saved_tensors), None, None, None, None)


def _drawn_among(targets: Targets, drawn: Tensor) -> Targets:
    """The targets that were drawn; their articles are places in `drawn`."""
    place = torch.searchsorted(drawn, targets.article).clamp(max=len(drawn) - 1)
    own = drawn[place] == targets.article
    count = torch.bincount(targets.row[own], minlength=len(targets.size))
    return Targets(targets.row[own], place[own], count.float())


def _log_sum_by_row(values: Tensor, targets: Targets) -> Tensor:
    """Logarithm of the sum of the exponentials of each row's values; of no values a very small number."""
    rows = len(targets.size)
    highest = values.new_full((rows,), -1e4).scatter_reduce(0, targets.row, values, "amax")
    total = values.new_zeros(rows).index_add(0, targets.row, (values - highest[targets.row]).exp())
    return highest + total.clamp(min=1e-30).log()
