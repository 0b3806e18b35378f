"""What a trained CVAE does for others: rank the catalogue for customers with and without a history."""

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from traindy.cvae.evidence import Evidence, rows_of
from traindy.cvae.net import CvaeNet
from traindy.cvae.ranking import top_articles
from traindy.cvae.rows import Rows
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
        known = np.diff(history.matrix[:, : len(articles)].tocsr().indptr) > 0
        with_history, without = np.flatnonzero(known), np.flatnonzero(~known)
        for first in range(0, len(with_history), SERVED_AT_ONCE):
            part = with_history[first : first + SERVED_AT_ONCE]
            lists[part] = self._rank_part(history.rows(part), conditions[part], articles, k, exclude_bought)
        if len(without):
            lists[without] = self.lists_without_history(k, conditions[without])
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
        bought = csr_array(history.matrix[:, : len(articles)])

        def beside(some: slice) -> csr_array:
            of_history = self._beside(history.rows(np.arange(some.start, some.stop)), weights)
            if exclude:
                return of_history
            return csr_array(
                of_history + self._again(latent[some], articles, csr_array(bought[some]), weights)
            )

        return top_articles(
            latent * weights[NET], articles, bias, k, self.block, bought if exclude else None, beside
        ).numpy()

    def _again(
        self, latent: Tensor, articles: Tensor, bought: csr_array, weights: dict[str, float]
    ) -> csr_array:
        """What the net adds to the articles of some customers' histories: [those, n_articles]."""
        place = (torch.from_numpy(x).long().to(articles.device) for x in (rows_of(bought), bought.indices))
        row, article = place
        said = (latent[row] * articles[article]).sum(1) * weights.get(BOUGHT_NET, 0.0)
        return csr_array((said.cpu().numpy(), bought.indices, bought.indptr), shape=bought.shape)

    def _of_articles(self, weights: dict[str, float]) -> Tensor:
        """The evidence that is the same for everybody, weighted: [n_articles]."""
        total = torch.zeros_like(self.net.bias)
        for name, values in self.evidence.articles.items():
            total += weights.get(name, 0.0) * values.to(total)
        return total

    def _beside(self, history: UPH, weights: dict[str, float]) -> csr_array:
        """The evidence of some customers' histories, weighted: [those, n_articles]."""
        total = csr_array((history.n_customers, self.net.config.n_articles), dtype=np.float32)
        for name in self.evidence.of_customers:
            if weight := weights.get(name, 0.0):
                found = self.evidence.of_rows(history, name)
                found.data *= np.float32(weight)
                found.sort_indices()
                total = csr_array(total + found)
        return total

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
