"""How much the samples of a cluster differ: the latent space is one only if it holds more than one list."""

from typing import Any, Final

import numpy as np
from scipy.sparse import csr_array

from traindy.cvae.recommender import CvaeRecommender
from traindy.evaluate.metrics import DECIMALS, SUCCESS_AT, coverage

AMONG: Final = 256
"""Samples of a cluster that are compared with one another, at most."""


def diversity(model: CvaeRecommender, conditions: np.ndarray) -> dict[str, Any]:
    """The report on `cvae.samples` rows drawn for each cluster, each row's 20 best articles its list.

    conditions: of customers, int [customers]; the most frequent of each cluster stands for it.

    samples, length: lists of a cluster, articles of a list. coverage, coverage_served: share of the model's
    catalogue in the lists of all samples, and in the lists that customers without history are served.
    clusters: by cluster, union: distinct articles in its lists; overlap: mean Jaccard index of two of them.
    """
    config = model.net.config
    length = min(SUCCESS_AT, config.n_articles)
    chosen = _typical(model.net.conditions[:, 0].cpu().numpy(), conditions)
    lists = {cluster: _best(model, condition, length) for cluster, condition in chosen.items()}
    served = model.lists_without_history(length, np.array(list(chosen.values())))
    return {
        "samples": model.samples,
        "length": length,
        "coverage": round(coverage(np.concatenate(list(lists.values())), config.n_articles), DECIMALS),
        "coverage_served": round(coverage(served, config.n_articles), DECIMALS),
        "clusters": {
            str(cluster): {"union": len(np.unique(of)), "overlap": round(overlap(of), DECIMALS)}
            for cluster, of in lists.items()
        },
    }


def _typical(cluster: np.ndarray, conditions: np.ndarray) -> dict[int, int]:
    """The most frequent condition of each cluster. cluster: of each condition."""
    count = np.bincount(conditions, minlength=len(cluster))
    of = {int(c): np.flatnonzero(cluster == c) for c in np.unique(cluster)}
    return {c: int(mine[count[mine].argmax()]) for c, mine in of.items()}


def overlap(lists: np.ndarray) -> float:
    """Mean Jaccard index |a and b| / |a or b| of two of the first 256 lists: int [lists, length], distinct
    articles in each. 1 for a single list, which nothing differs from."""
    few = lists[:AMONG]
    n, length = few.shape
    if n == 1:
        return 1.0
    holds = csr_array((np.ones(few.size), few.ravel(), np.arange(n + 1) * length))
    shared = (holds @ holds.T).toarray()[np.triu_indices(n, 1)]
    return float((shared / (2 * length - shared)).mean())


def _best(model: CvaeRecommender, condition: int, length: int) -> np.ndarray:
    best: np.ndarray = model.sample_rows(condition).topk(length, dim=1).indices.cpu().numpy()
    return best
