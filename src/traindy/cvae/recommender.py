"""What a trained CVAE does for others: rank the catalogue for customers with and without a history."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from traindy.core.kept import Kept
from traindy.cvae.evidence import Evidence
from traindy.cvae.net import CvaeNet
from traindy.cvae.ranking import Coarse, Lists, coarse, places, top_articles
from traindy.cvae.rows import Rows
from traindy.cvae.sampling import distribution, drawn, sample_rows
from traindy.cvae.weights import BOUGHT_NET, NET, Weights
from traindy.uph import UPH

SERVED_AT_ONCE = 65_536
"""Customers whose latents are held at a time."""
MOST_KEPT: Final = 16_384
"""Conditions whose lists a frozen model keeps: 25 MB."""
LISTED: Final = 128
"""Articles of a condition's list that are kept."""


class CvaeRecommender:
    """Ranks by the mean of q(z|x, c) for a customer with a history, else by the average over p(z|c); beside
    them stands the evidence, weighted."""

    def __init__(
        self, net: CvaeNet, evidence: Evidence, weights: Weights, samples: int, seed: int, block: int | None
    ) -> None:
        """samples: draws of z for a condition; block: customers whose scores are held at a time."""
        self.net, self.evidence, self.weights = net, evidence, weights
        self.samples, self.seed, self.block = samples, seed, block
        self._frozen: Tensor | None = None
        self._coarse: Coarse | None = None
        self._lists = Kept[int, tuple[np.ndarray, np.ndarray]](MOST_KEPT)

    @torch.no_grad()
    def freeze(self) -> None:
        """Compose the embeddings once and for all: for a net that is neither trained nor saved any more."""
        if self._frozen is not None:
            return
        self._frozen = self.net.articles()
        self.net.drop_table()
        self._coarse = coarse(self._frozen)

    def articles(self) -> Tensor:
        """The embeddings of the whole catalogue: float32 [n_articles, latent_dim]."""
        return self.net.articles() if self._frozen is None else self._frozen

    def rank(self, history: UPH, conditions: np.ndarray, k: int, exclude_bought: bool) -> np.ndarray:
        """The articles of `best` alone."""
        return self.best(history, conditions, k, exclude_bought).articles

    @torch.no_grad()
    def best(
        self,
        history: UPH,
        conditions: np.ndarray,
        k: int,
        exclude_bought: bool,
        on_sale: np.ndarray | None = None,
        draws: Sequence[int | None] | None = None,
    ) -> Lists:
        """The k best articles for each row of `history`; unknown articles are never listed.

        conditions: int [rows], places in `net.conditions`. on_sale: bool [n_articles], which may be listed.
        draws: for each row the seed of one z ~ q(z|x, c), or p(z|c) without history, to rank by; None: their
        mean.
        """
        if len(self.net.conditions) == 1:  # the model without its condition
            conditions = np.zeros_like(conditions)
        articles = self.articles()
        shape = history.n_customers, k
        lists = Lists(np.empty(shape, np.int32), np.empty(shape, np.float32))
        known = np.diff(history.matrix[:, : len(articles)].tocsr().indptr) > 0
        with_history, without = np.flatnonzero(known), np.flatnonzero(~known)
        for first in range(0, len(with_history), SERVED_AT_ONCE):
            part = with_history[first : first + SERVED_AT_ONCE]
            seeds = None if draws is None else [draws[row] for row in part.tolist()]
            found = self._best(
                history.rows(part), conditions[part], articles, k, exclude_bought, on_sale, seeds
            )
            lists.articles[part], lists.scores[part] = found.articles, found.scores
        of_row = [None if draws is None else draws[row] for row in without.tolist()]
        for seed in dict.fromkeys(of_row):
            part = without[[each == seed for each in of_row]]
            found = self.best_without_history(k, conditions[part], on_sale, seed)
            lists.articles[part], lists.scores[part] = found.articles, found.scores
        return lists

    def _best(
        self,
        history: UPH,
        conditions: np.ndarray,
        articles: Tensor,
        k: int,
        exclude: bool,
        on_sale: np.ndarray | None,
        draws: Sequence[int | None] | None,
    ) -> Lists:
        rows = Rows(history, conditions, len(articles)).to(articles.device)
        entries, condition = rows.cut(torch.arange(history.n_customers, device=articles.device))
        q = self.net.encode(articles, entries.article, entries.row, condition)
        weights = self.weights.new if exclude else self.weights.any
        latent = self.net.decode(q.mean if draws is None else drawn(q, draws), condition)
        bias = _only(self.net.bias + self._of_articles(weights), on_sale)
        bought = csr_array(history.matrix[:, : len(articles)])

        def beside(some: slice, total: Tensor) -> None:
            of_history = history.rows(np.arange(some.start, some.stop))
            self.evidence.add_all(total, of_history, weights, new=exclude)
            if not exclude:
                row, article = places(csr_array(bought[some]), articles.device)
                said = (latent[some][row] * articles[article]).sum(1)
                total[row, article] += said * weights.get(BOUGHT_NET, 0.0)

        not_again = bought if exclude else None
        scaled = latent * weights[NET]
        return top_articles(scaled, articles, bias, k, self.block, not_again, beside, self._coarse)

    def _of_articles(self, weights: dict[str, float]) -> Tensor:
        """The evidence that is the same for everybody, weighted: [n_articles]."""
        total = torch.zeros_like(self.net.bias)
        for name, values in self.evidence.articles.items():
            total += weights.get(name, 0.0) * values.to(total)
        return total

    def lists_without_history(self, k: int, conditions: np.ndarray) -> np.ndarray:
        """The articles of `best_without_history` alone."""
        return self.best_without_history(k, conditions).articles

    @torch.no_grad()
    def best_without_history(
        self,
        k: int,
        conditions: np.ndarray,
        on_sale: np.ndarray | None = None,
        draw: int | None = None,
    ) -> Lists:
        """The k best articles of a customer without history under each condition given; see `best`.

        A frozen model asks each condition once.
        """
        distinct, place = np.unique(conditions, return_inverse=True)
        articles = np.full((len(distinct), k), -1, np.int32)
        scores = np.full((len(distinct), k), -np.inf, np.float32)
        depth, catalogue = min(k, self.net.config.n_articles), self.articles()
        beside = _only(self._of_articles(self.weights.cold), on_sale)
        usual = on_sale is None and draw is None and k <= LISTED and self._frozen is not None
        draws = (self.samples, self.seed) if draw is None else (1, draw)
        for i, condition in enumerate(distinct.tolist()):
            found = self._lists.get(condition) if usual else None
            if found is None:
                said = distribution(self.net, condition, *draws, catalogue).clamp(min=1e-30).log()
                top = (said * self.weights.cold[NET] + beside).topk(min(max(k, LISTED), len(catalogue)))
                found = top.values.cpu().numpy(), top.indices.cpu().numpy()
                if usual:
                    self._lists.put(condition, found)
            values, indices = (part[:depth] for part in found)
            articles[i, :depth] = np.where(values == -np.inf, -1, indices)
            scores[i, :depth] = values
        return Lists(articles[place], scores[place])

    def sample_rows(self, condition: int) -> Tensor:
        """New rows for a condition, softmax over the catalogue: [samples, n_articles]."""
        bias = self.net.bias + self._of_articles(self.weights.cold)
        return sample_rows(self.net, bias.detach(), condition, self.samples, self.seed, self.articles())


def _only(scores: Tensor, on_sale: np.ndarray | None) -> Tensor:
    """Minus infinity for articles that may not be listed."""
    if on_sale is None:
        return scores
    return scores.masked_fill(~torch.from_numpy(on_sale).to(scores.device), -torch.inf)
