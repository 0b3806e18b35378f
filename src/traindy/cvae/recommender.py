"""What a trained CVAE does for others: rank the catalogue for customers with and without a history."""

import numpy as np
import torch
from torch import Tensor

from traindy.cvae.catalogue import Extra, top_articles
from traindy.cvae.evidence import Evidence
from traindy.cvae.net import CvaeNet
from traindy.cvae.rows import Entries, Rows
from traindy.cvae.sampling import distribution, sample_rows
from traindy.cvae.weights import BOUGHT_NET, NET, Weights
from traindy.uph import UPH

SERVED_AT_ONCE = 65_536
"""Customers whose latents are held at a time."""


class CvaeRecommender:
    """Ranks by the mean of q(z|x, c) for a customer with a history, else by the average over p(z|c); beside
    them stands the evidence, weighted."""

    def __init__(
        self, net: CvaeNet, evidence: Evidence, weights: Weights, samples: int, seed: int, block: int
    ) -> None:
        """samples: draws of z for a condition; block: customers whose scores are held at a time."""
        self.net, self.evidence, self.weights = net, evidence, weights
        self.samples, self.seed, self.block = samples, seed, block

    @torch.no_grad()
    def rank(self, history: UPH, conditions: np.ndarray, k: int, exclude_bought: bool) -> np.ndarray:
        """The k best articles for each row of `history`, best first: int32 [rows, k], -1 after the last.

        conditions: int [rows], places in `net.conditions`. Unknown articles are never listed.
        """
        if len(self.net.conditions) == 1:  # the model without its condition
            conditions = np.zeros_like(conditions)
        articles = self.net.articles()
        lists = np.empty((history.n_customers, k), np.int32)
        for first in range(0, history.n_customers, SERVED_AT_ONCE):
            part = np.arange(first, min(first + SERVED_AT_ONCE, history.n_customers))
            lists[part] = self._rank_part(history.rows(part), conditions[part], articles, k, exclude_bought)
        empty = np.diff(history.matrix[:, : len(articles)].tocsr().indptr) == 0
        if empty.any():
            lists[empty] = self.lists_without_history(k, conditions[empty])
        return lists

    def _rank_part(
        self, history: UPH, conditions: np.ndarray, articles: Tensor, k: int, exclude: bool
    ) -> np.ndarray:
        rows = Rows(history, conditions, len(articles)).to(articles.device)
        entries, condition = rows.cut(torch.arange(history.n_customers, device=articles.device))
        q = self.net.encode(articles, entries.article, entries.row, condition)
        weights = self.weights.new if exclude else self.weights.any
        latent = self.net.decode(q.mean, condition)
        bias = self.net.bias + self._of_articles(weights)

        def beside(first: int) -> list[Extra]:
            last = min(first + self.block, len(latent))
            of_history = self._beside(history.rows(np.arange(first, last)), weights)
            again = self._again(latent[first:last], articles, entries, first, weights)
            return of_history if exclude else [*of_history, again]

        bought = (entries.row, entries.article) if exclude else None
        return top_articles(latent * weights[NET], articles, bias, k, bought, self.block, beside).numpy()

    def _again(
        self, latent: Tensor, articles: Tensor, entries: Entries, first: int, weights: dict[str, float]
    ) -> Extra:
        """What the net adds to the articles of some customers' histories; first: the first of them."""
        own = entries.keep((entries.row >= first) & (entries.row < first + len(latent)))
        row = own.row - first
        said = (latent[row] * articles[own.article]).sum(1)
        return Extra(row, own.article, said * weights.get(BOUGHT_NET, 0.0))

    def _of_articles(self, weights: dict[str, float]) -> Tensor:
        """The evidence that is the same for everybody, weighted: [n_articles]."""
        total = torch.zeros_like(self.net.bias)
        for name, values in self.evidence.articles.items():
            total += weights.get(name, 0.0) * values.to(total)
        return total

    def _beside(self, history: UPH, weights: dict[str, float]) -> list[Extra]:
        """The evidence of some customers' histories, weighted."""
        found = []
        for name in self.evidence.of_customers:
            if weight := weights.get(name, 0.0):
                entries = self.evidence.entries(history, name)
                found.append(Extra(entries.row, entries.article, entries.value * weight))
        return found

    @torch.no_grad()
    def lists_without_history(self, k: int, conditions: np.ndarray) -> np.ndarray:
        """The list of a customer without history under each condition given: int32 [conditions, k]."""
        distinct, place = np.unique(conditions, return_inverse=True)
        lists = np.full((len(distinct), k), -1, np.int32)
        depth = min(k, self.net.config.n_articles)
        beside = self._of_articles(self.weights.cold)
        for i, condition in enumerate(distinct.tolist()):
            said = distribution(self.net, condition, self.samples, self.seed).clamp(min=1e-30).log()
            score = said * self.weights.cold[NET] + beside
            lists[i, :depth] = score.topk(depth).indices.cpu().numpy()
        return lists[place]

    def sample_rows(self, condition: int) -> Tensor:
        """New rows for a condition, softmax over the catalogue: [samples, n_articles]."""
        bias = self.net.bias + self._of_articles(self.weights.cold)
        return sample_rows(self.net, bias.detach(), condition, self.samples, self.seed)
