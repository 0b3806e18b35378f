"""Why an article is recommended: which of the articles bought speak for it, and how much."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import csr_array

from traindy.cvae.recommender import CvaeRecommender
from traindy.cvae.weights import NET


@dataclass(frozen=True)
class Because:
    """A bought article, and what it adds to the score of a recommended one."""

    article: int
    adds: float


@torch.no_grad()
def explain(
    model: CvaeRecommender, bought: np.ndarray, condition: int, listed: Sequence[int], keep: int
) -> list[tuple[Because, ...]]:
    """For each article listed the `keep` bought ones that add most to its score, of those that add anything.

    The net's part is linear in the history but for one common length, so that it is a sum over the articles
    bought; a path's part is shared out as their likeness to the article is.
    """
    if not len(bought) or not len(listed):
        return [()] * len(listed)
    places = list(listed)
    adds = model.weights.new[NET] * _from_net(model, bought, condition, places)
    for name, path in model.evidence.paths.items():
        own = csr_array(path.matrix[bought])[:, places].toarray()
        total = own.sum(0)
        share = np.divide(own, total, out=np.zeros_like(own), where=total > 0)
        adds = adds + model.weights.new.get(name, 0.0) * share * path.scaled(torch.from_numpy(total)).numpy()
    order = np.argsort(-adds, axis=0, kind="stable")[:keep]
    return [
        tuple(Because(int(bought[j]), float(adds[j, i])) for j in order[:, i] if adds[j, i] > 0)
        for i in range(len(places))
    ]


def _from_net(model: CvaeRecommender, bought: np.ndarray, condition: int, listed: list[int]) -> np.ndarray:
    """What each bought article adds to the net's logits of the listed ones: [bought, listed]."""
    # index_select and NumPy: for so few rows waking torch's threads takes longer than the work.
    net, places = model.net, torch.tensor([*bought.tolist(), *listed])
    articles = model.articles()
    rows = articles.index_select(0, places.to(articles.device)).cpu().numpy()
    own, others = rows[: len(bought)], rows[len(bought) :]
    shift = net.encoder_shift(torch.tensor([condition], device=articles.device))[0].cpu().numpy()
    weights = net.purchase_weights.index_select(0, places[: len(bought)].to(articles.device)).cpu().numpy()
    own = own * (weights / np.linalg.norm(weights))[:, None]
    mean = own.sum(0) + shift
    if net.config.cosine:
        parts = mean.reshape(net.config.members, -1)
        own = own / np.linalg.norm(parts, axis=1).repeat(parts.shape[1])
    added: np.ndarray = own @ others.T / net.config.temperature
    return added
