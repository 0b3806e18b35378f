"""New rows from the prior: what a cluster buys."""

import torch
from torch import Tensor

from traindy.cvae.net import CvaeNet


@torch.no_grad()
def sample_rows(net: CvaeNet, bias: Tensor, cluster: int, samples: int, seed: int) -> Tensor:
    """New rows for a cluster: the softmax over the catalogue at draws z ~ p(z|c), [samples, n_articles].

    Their average, not the softmax at the prior's mean, is the distribution of the cluster's purchases.
    """
    with torch.random.fork_rng(devices=[bias.device] if bias.is_cuda else []):
        torch.manual_seed(seed)
        which = torch.full((samples,), cluster, device=bias.device)
        latent = net.decode(net.sample_prior(which), which)
    return torch.softmax(torch.addmm(bias, latent, net.articles().T), 1)


def cluster_distributions(net: CvaeNet, bias: Tensor, samples: int, seed: int) -> Tensor:
    """The average of the sampled rows of every cluster: float32 [clusters, n_articles]."""
    every = range(net.config.n_clusters)
    return torch.stack([sample_rows(net, bias, c, samples, seed).mean(0) for c in every])
