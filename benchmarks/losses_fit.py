"""The CVAE's net alone, fitted with one loss: no evidence beside it, no epoch selected."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from staged import Place

from traindy.cluster import read_clusters
from traindy.core.cut import read_cut
from traindy.core.files import output_folder, read_json, write_json
from traindy.core.params import Params
from traindy.core.vocabulary import read_articles
from traindy.cvae.conditions import by_cluster
from traindy.cvae.fit import Fitter
from traindy.cvae.later import K, sampled
from traindy.cvae.period import Period
from traindy.cvae.recommender import CvaeRecommender
from traindy.cvae.store import CONDITIONED, save_models
from traindy.cvae.weights import NET, Weights
from traindy.evaluate.metrics import hits_of, ndcg
from traindy.uph import UPH, load

ALONE: Final = Weights({NET: 1.0}, {NET: 1.0}, {NET: 1.0})
"""Nothing weighs but the net."""
NO_EVIDENCE: Final = (
    "cvae.condition=cluster",
    "cvae.members=1",
    "cvae.neighbours=0",
    "cvae.ridge_max_articles=0",
    "cvae.recency_days=[]",
)
RATES: Final = (0.003, 0.01)
"""Learning rates tried for each loss."""


def alone(model: CvaeRecommender) -> CvaeRecommender:
    """The same net without what stands beside it."""
    return CvaeRecommender(model.net, model.evidence, ALONE, model.samples, model.seed, model.block)


def best_rate(place: Place, name: str, overrides: Sequence[str]) -> tuple[Params, float]:
    """Fit with each of `RATES`; the parameters of the fit with the highest NDCG@20 on validation, and that.

    name: of the fits, unlike any other's in the place.
    """
    found = []
    for rate in RATES:
        params, valid = fit(place, f"{name}-{rate}", [*overrides, f"cvae.learning_rate={rate}"])
        found.append((valid, params))
    valid, params = max(found, key=lambda each: each[0])
    return params, valid


def fit(place: Place, name: str, overrides: Sequence[str]) -> tuple[Params, float]:
    """Fit once, for all of cvae.max_epochs, on the training purchases; NDCG@20 on those of validation."""
    more = (*overrides, *NO_EVIDENCE, f"paths.cvae=data/cvae-{name}")
    params = place.params(*more)
    place.once(f"fit-{name}", more, lambda: _fit(params))
    return params, read_json(Path(params.paths.cvae) / "valid.json")[f"ndcg_{K}"]


def _fit(params: Params) -> None:
    logging.getLogger("traindy").setLevel(logging.WARNING)
    paths, settings = params.paths, params.cvae
    articles, clusters = read_articles(paths.split), read_clusters(paths.cluster)
    before, during = load(f"{paths.uph}/train"), load(f"{paths.uph}/valid")
    period = Period(before, articles.n_train, read_cut(paths.split).valid_start)
    fitter = Fitter(articles, by_cluster(clusters), settings, params.trainer)
    model = fitter.refit(period, settings.max_epochs, ALONE)
    with output_folder(paths.cvae) as folder:
        save_models(folder, {CONDITIONED: model}, articles)
        valid = _valid_ndcg(model, before, during, clusters, settings.seed)
        write_json(folder / "valid.json", {f"ndcg_{K}": valid})


def _valid_ndcg(model: CvaeRecommender, before: UPH, during: UPH, clusters: np.ndarray, seed: int) -> float:
    customers = sampled(during, seed)
    truth = during.rows(customers).matrix
    lists = model.rank(before.rows(customers), clusters[customers], K, exclude_bought=True)
    return float(ndcg(hits_of(lists, truth), np.diff(truth.indptr), K).mean())
