"""Every model's lists for the queries: the CVAE's and the oracles' ranked now, the baselines' read."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from traindy.baselines.lists import read_lists
from traindy.core.errors import UserError
from traindy.core.params import Params
from traindy.core.vocabulary import Articles
from traindy.cvae.recommender import CvaeRecommender
from traindy.cvae.store import UNCONDITIONED, load_recommender
from traindy.evaluate.metrics import SUCCESS_AT
from traindy.evaluate.queries import Queries
from traindy.evaluate.report import FIRST

log = logging.getLogger("traindy")


def all_lists(
    params: Params, cvae: CvaeRecommender, articles: Articles, queries: Queries, depth: int
) -> dict[str, np.ndarray]:
    """By model, the CVAE first: int32 [queries, depth], best first, -1 after the last."""
    lists = dict(_ranked_now(params, cvae, articles, queries, depth))
    kept = read_lists(params.paths.baselines, len(queries.customers), params.evaluate.exclude_bought)
    return lists | {name: baseline[:, :depth] for name, baseline in kept.items()}


def _ranked_now(
    params: Params, cvae: CvaeRecommender, articles: Articles, queries: Queries, depth: int
) -> Iterator[tuple[str, np.ndarray]]:
    for name, model in _models(params, cvae, articles):
        started = time.perf_counter()
        exclude = params.evaluate.exclude_bought
        yield name, model.rank(queries.history, conditions(model, queries), depth, exclude)
        log.info("evaluate: %s ranked in %.1f s", name, time.perf_counter() - started)


def _models(
    params: Params, cvae: CvaeRecommender, articles: Articles
) -> Iterator[tuple[str, CvaeRecommender]]:
    yield FIRST, cvae
    unconditioned = Path(params.paths.cvae) / UNCONDITIONED
    if unconditioned.is_dir():
        plain = load_recommender(unconditioned, articles)
        plain.freeze()
        yield f"{FIRST}_{UNCONDITIONED}", plain


def conditions(model: CvaeRecommender, queries: Queries) -> np.ndarray:
    """What the model is conditioned on, for each query: int32 [queries]."""
    return queries.profiles if model.net.config.n_customer_levels else queries.clusters


def check_k(k: list[int], n_known: int) -> None:
    """Raise `UserError` if a list would be longer than the catalogue; the success rates' 20 may be."""
    if max(k) > n_known:
        raise UserError(
            f"evaluate.k={k}: {max(k)} is more than the {n_known:,} articles of the catalogue known before "
            "the test; lower it"
        )
    if n_known < SUCCESS_AT:
        log.warning("warning: recall_1 and recall_30 look at %d articles, the whole catalogue", n_known)
