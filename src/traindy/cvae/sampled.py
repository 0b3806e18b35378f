"""The catalogue softmax from a sample of it, for catalogues too large for the exact one."""

import torch
from torch import Tensor

from traindy.cvae.losses import Targets


def sampled_softmax_loss(
    latent: Tensor, articles: Tensor, bias: Tensor, targets: Targets, negatives: int, dtype: torch.dtype
) -> Tensor:
    """Sum over customers of the multinomial loss, its partition function estimated.

    latent [customers, d], articles [articles, d], bias [articles], all float32; the product is taken in
    `dtype`. `negatives` articles are drawn evenly, the same for all customers. A customer's own articles
    enter the sum exactly and are left out of the drawn ones, whose terms are scaled up to all the others:

        Z = sum over P of e^s_i + (n - |P|) / |drawn but not P| * sum over drawn but not P of e^s_j

    which is unbiased, and exact where all are drawn (Bengio & Senécal 2008; with the logarithm it is the
    log-Q correction of Yi et al. 2019, equation 3).
    """
    n = len(articles)
    drawn = torch.randperm(n, device=articles.device)[:negatives].sort().values
    place = torch.searchsorted(drawn, targets.article).clamp(max=len(drawn) - 1)
    own = drawn[place] == targets.article
    products = latent.to(dtype) @ articles[drawn].to(dtype).T
    others = products.float() + bias[drawn]
    others = others.index_put((targets.row[own], place[own]), others.new_tensor(-torch.inf))
    left = len(drawn) - torch.bincount(targets.row[own], minlength=len(latent))
    scale = ((n - targets.size) / left.clamp(min=1)).clamp(min=1e-30).log()
    said = (latent[targets.row] * articles[targets.article]).sum(1) + bias[targets.article]
    partition = torch.logaddexp(others.logsumexp(1) + scale, _log_sum_by_row(said, targets))
    weight = targets.size.clamp(min=1).rsqrt()
    mine = torch.zeros_like(targets.size).index_add(0, targets.row, said)
    return ((targets.size * partition - mine) * weight).sum()


def _log_sum_by_row(values: Tensor, targets: Targets) -> Tensor:
    """Logarithm of the sum of the exponentials of each row's values; of no values a very small number."""
    rows = len(targets.size)
    highest = values.new_full((rows,), -1e4).scatter_reduce(0, targets.row, values.detach(), "amax")
    total = values.new_zeros(rows).index_add(0, targets.row, (values - highest[targets.row]).exp())
    return highest + total.clamp(min=1e-30).log()
