"""New rows from the prior: what customers of a condition buy."""

from collections.abc import Sequence

import torch
from torch import Tensor

from traindy.cvae.gaussian import Gaussian
from traindy.cvae.net import CvaeNet


@torch.no_grad()
def sample_rows(
    net: CvaeNet, bias: Tensor, condition: int, samples: int, seed: int, articles: Tensor | None = None
) -> Tensor:
    """New rows for a condition: the softmax over the catalogue at draws z ~ p(z|c), [samples, n_articles].

    articles: the net's, where they are at hand.
    """
    articles = net.articles() if articles is None else articles
    with torch.random.fork_rng(devices=[bias.device] if bias.is_cuda else []):
        torch.manual_seed(seed)
        which = torch.full((samples,), condition, device=bias.device)
        latent = net.decode(net.sample_prior(which), which)
    return torch.softmax(torch.addmm(bias, latent, articles.T), 1)


def distribution(
    net: CvaeNet, condition: int, samples: int, seed: int, articles: Tensor | None = None
) -> Tensor:
    """The average of a condition's sampled rows: float32 [n_articles].

    It, and not the softmax at the prior's mean, is the distribution of what such customers buy.
    """
    return sample_rows(net, net.bias, condition, samples, seed, articles).mean(0)


def drawn(q: Gaussian, seeds: Sequence[int | None]) -> Tensor:
    """One draw of each of some distributions, each from a seed of its own; None: its mean. [rows, latent_dim]

    So a draw is the same whatever else is drawn beside it.
    """
    z = q.mean.clone()
    for row, seed in enumerate(seeds):
        if seed is not None:
            noise = torch.randn(z.shape[1], generator=torch.Generator().manual_seed(seed))
            z[row] += q.log_std[row].exp() * noise.to(z)
    return z
