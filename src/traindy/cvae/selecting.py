"""The first of many scores, and the scores of a few: what a ranking needs beside the one large product."""

import warnings
from typing import Final

import torch
from torch import Tensor

GROUP: Final = 8
"""Scores of which only the best is looked at, to find in which groups the first ones are."""
warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta")


def first_of(scores: Tensor, count: int, falling: bool = True) -> tuple[Tensor, Tensor]:
    """The `count` best of each row of `scores` [rows, any], values and places, each [rows, count].

    Only groups with a good one are searched, and these are found likewise. falling: whether order matters.
    """
    groups = scores.shape[1] // GROUP
    if groups <= count:
        best = scores.topk(count, dim=1, sorted=falling)
        return best.values, best.indices
    grouped = scores[:, : groups * GROUP].unflatten(1, (GROUP, groups))
    _, good = first_of(grouped.amax(1), count, falling=False)
    every = torch.arange(scores.shape[1], device=scores.device)
    inside, behind = every[: groups * GROUP : groups], every[groups * GROUP :]
    place = (good[:, None, :] + inside[None, :, None]).flatten(1)
    place = torch.cat([place, behind.expand(len(place), -1)], 1)
    best = scores.gather(1, place).topk(count, dim=1, sorted=falling)
    return best.values, place.gather(1, best.indices)


def products(latent: Tensor, articles: Tensor, named: Tensor) -> Tensor:
    """Those of each row of `latent` [rows, d] with the `articles` [any, d] that it names: [rows, named].

    named: int64 [rows, named], rising.
    """
    if latent.is_cuda:
        return torch.einsum("rd,rcd->rc", latent, articles[named])
    # Thirty times as fast, since no article is copied.
    ends = torch.arange(0, named.numel() + 1, named.shape[1])
    shape = len(latent), len(articles)
    asked = torch.sparse_csr_tensor(
        ends, named.flatten(), latent.new_zeros(named.numel()), shape, check_invariants=False
    )
    return torch.sparse.sampled_addmm(asked, latent, articles.T, beta=0).values().view(named.shape)
