"""What a trained CVAE does for others: rank the catalogue for customers with and without a history."""

import numpy as np
import torch
from torch import Tensor

from traindy.cvae.catalogue import top_articles
from traindy.cvae.net import CvaeNet
from traindy.cvae.rows import Rows
from traindy.uph import UPH

SERVED_AT_ONCE = 65_536
"""Customers whose latents are held at a time."""


class CvaeRecommender:
    """Ranks by the mean of q(z|x, c) for a customer with a history, else by the average over p(z|c)."""

    def __init__(self, net: CvaeNet, shift: Tensor, samples: int, seed: int, block: int) -> None:
        """shift [n_articles]: added to the biases (`recency_shift`); samples: draws of z for a cluster."""
        self.net, self.samples, self.seed, self.block = net, samples, seed, block
        self.shift = shift
        self.refresh()

    def refresh(self) -> None:
        """Take over the net's biases after it was trained further."""
        self.bias = (self.net.bias + self.shift.to(self.net.bias)).detach()

    @torch.no_grad()
    def rank(self, history: UPH, clusters: np.ndarray, k: int, exclude_bought: bool) -> np.ndarray:
        """The k best articles for each row of `history`, best first: int32 [rows, k], -1 after the last.

        clusters: int [rows]. Articles outside the known catalogue are never among them.
        """
        if self.net.config.n_clusters == 1:  # the model without its condition
            clusters = np.zeros_like(clusters)
        articles = self.net.articles()
        rows = Rows(history, clusters, len(articles)).to(articles.device)
        lists = np.empty((history.n_customers, k), np.int32)
        for part in torch.arange(history.n_customers, device=articles.device).split(SERVED_AT_ONCE):
            lists[part.cpu()] = self._rank_part(rows, part, articles, k, exclude_bought)
        empty = np.diff(rows.indptr.cpu().numpy()) == 0
        if empty.any():
            lists[empty] = self.cluster_lists(k)[clusters[empty]]
        return lists

    def _rank_part(self, rows: Rows, part: Tensor, articles: Tensor, k: int, exclude: bool) -> np.ndarray:
        entries, cluster = rows.cut(part)
        q = self.net.encode(articles, entries.article, entries.row, cluster)
        bought = (entries.row, entries.article) if exclude else None
        latent = self.net.decode(q.mean, cluster)
        return top_articles(latent, articles, self.bias, k, bought, self.block).numpy()

    @torch.no_grad()
    def cluster_lists(self, k: int) -> np.ndarray:
        """The list of a customer without history, for each cluster: int32 [clusters, k]."""
        average = torch.stack([self.sample_rows(c).mean(0) for c in range(self.net.config.n_clusters)])
        lists = np.full((len(average), k), -1, np.int32)
        depth = min(k, average.shape[1])
        lists[:, :depth] = average.topk(depth, dim=1).indices.cpu().numpy()
        return lists

    @torch.no_grad()
    def sample_rows(self, cluster: int) -> Tensor:
        """New rows for a cluster: the softmax over the catalogue at draws z ~ p(z|c), [samples, n_articles].

        Their average, not the softmax at the prior's mean, is the distribution of the cluster's purchases.
        """
        with torch.random.fork_rng(devices=[self.bias.device] if self.bias.is_cuda else []):
            torch.manual_seed(self.seed)
            which = torch.full((self.samples,), cluster, device=self.bias.device)
            latent = self.net.decode(self.net.sample_prior(which), which)
        return torch.softmax(torch.addmm(self.bias, latent, self.net.articles().T), 1)
