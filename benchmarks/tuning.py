"""`python benchmarks/tuning.py --model ease --trials 12 --seed 0 [key=value …]`: tunes a baseline.

Each trial is fitted on the training purchases and judged by NDCG@20 on the validation purchases, as the CVAE
is after an epoch. It reads the outputs of split, cluster and build_uph, and prints the best trial as JSON.
"""

import argparse
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import optuna
import torch

from traindy.baselines.fit import Shop, fitted, left_out
from traindy.cluster import read_clusters
from traindy.core.config import load_params
from traindy.core.cut import read_cut
from traindy.core.errors import UserError
from traindy.core.params import Baselines
from traindy.core.vocabulary import Articles, read_articles
from traindy.cvae.validation import K, sampled
from traindy.evaluate.metrics import hits_of, ndcg
from traindy.uph import UPH, load


@dataclass(frozen=True)
class Range:
    """What a parameter may be: whole numbers where both ends are, both included."""

    low: float
    high: float
    log: bool = False
    or_null: bool = False

    def suggest(self, trial: optuna.Trial, name: str) -> float | None:
        """A value for this trial."""
        if self.or_null and trial.suggest_categorical(f"{name} is null", [True, False]):
            return None
        if isinstance(self.low, int) and isinstance(self.high, int):
            return trial.suggest_int(name, self.low, self.high, log=self.log)
        return trial.suggest_float(name, self.low, self.high, log=self.log)


WINDOW: Final = Range(1, 90, or_null=True)
LAMBDA: Final = Range(10.0, 2000.0, log=True)
WEIGHT: Final = Range(0.003, 10.0, log=True)
"""Of one attribute in EASE with attributes."""
SPACES: Final[dict[str, dict[str, Range]]] = {
    "popularity": {"popularity_days": WINDOW},
    "popularity_cluster": {"popularity_days": WINDOW, "cluster_shrinkage": Range(10.0, 10_000.0, log=True)},
    "item_knn": {"knn_neighbours": Range(20, 2000, log=True), "knn_shrinkage": Range(0.1, 300.0, log=True)},
    "co_occurrence": {
        "cooccurrence_customer_power": Range(0.0, 1.0),
        "cooccurrence_article_power": Range(0.0, 1.0),
    },
    "als": {
        "als_factors": Range(64, 256),
        "als_iterations": Range(5, 25),
        "als_regularization": Range(0.001, 100.0, log=True),
        "als_alpha": Range(1.0, 100.0, log=True),
    },
    "ease": {"ease_lambda": LAMBDA},
    "ease_attributes": {"ease_lambda": LAMBDA},
    "mult_vae": {
        "mult_vae_kl_weight": Range(0.05, 1.0),
        "mult_vae_learning_rate": Range(3e-4, 3e-3, log=True),
        "mult_vae_epochs": Range(2, 40, log=True),
    },
    "rec_vae": {
        "rec_vae_kl_weight": Range(0.001, 0.02, log=True),
        "rec_vae_epochs": Range(1, 20, log=True),
    },
}
"""By model the keys of `baselines` that are searched. Past purchases have none: bought ones are excluded."""
FINE: Final = ("product_code", "prod_name", "department_name", "section_name", "colour_group_name")
"""Attributes of H&M's schema worth a weight; the others' levels are unions of theirs."""


@dataclass(frozen=True)
class Tuned:
    """The best trial: `params.yaml`'s keys and values, NDCG@20 on validation, seconds of the fit alone."""

    overrides: dict[str, Any]
    ndcg_20: float
    seconds: float


def tune(
    model: str, shop: Shop, truth: UPH, trials: int, seed: int, settings: Baselines, threads: int
) -> Tuned:
    """Search `SPACES[model]` around `settings`, which are the first trial.

    shop: before validation. truth: purchases in it, of the same customers.
    """
    if why := left_out(shop.n_articles, settings.model_copy(update={"models": [model]})):
        raise UserError(f"{model}: {why[model]}")
    customers = sampled(truth, seed)
    asked, judged = (shop.uph.rows(customers), shop.clusters[customers]), truth.rows(customers)
    ranges = space(model, shop.articles)

    def objective(trial: optuna.Trial) -> float:
        overrides = _overrides({name: each.suggest(trial, name) for name, each in ranges.items()})
        chosen = settings.model_copy(update=overrides | {"models": [model]})
        started = time.perf_counter()
        ((_, fit),) = fitted(shop, chosen, threads)
        trial.set_user_attr("seconds", time.perf_counter() - started)
        trial.set_user_attr("overrides", {f"baselines.{name}": value for name, value in overrides.items()})
        hits = hits_of(fit.rank(*asked, K, exclude_bought=True), judged.matrix)
        return float(ndcg(hits, np.diff(judged.matrix.indptr), K).mean())

    # Its ten random trials before it begins to learn would be all that a short search has.
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=max(4, trials // 3))
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.enqueue_trial(_flat(settings, ranges))
    # A lambda at which EASE has no inverse in float32 is a failed trial, and not the end.
    study.optimize(objective, trials, catch=(UserError,))
    best = study.best_trial
    return Tuned(best.user_attrs["overrides"], study.best_value, best.user_attrs["seconds"])


def space(model: str, articles: Articles) -> dict[str, Range]:
    """`SPACES[model]`, and for EASE with attributes a weight for each attribute that ties articles."""
    if model not in SPACES:
        raise UserError(f"{model}: nothing to tune; {', '.join(SPACES)} have something")
    if model != "ease_attributes":
        return SPACES[model]
    given = articles.attributes.column_names
    names = [name for name in FINE if name in given] or given
    levels = {name: articles.attributes[name].drop_null() for name in names}
    tying = [name for name, column in levels.items() if 1 < len(column.unique()) < len(column)]
    return SPACES[model] | {f"ease_attributes.{name}": WEIGHT for name in tying}


def _overrides(values: Mapping[str, float | None]) -> dict[str, Any]:
    """Flat names as the keys of `baselines`: the attributes' weights are one of them."""
    nested: dict[str, Any] = {}
    for name, value in values.items():
        key, _, inner = name.partition(".")
        nested[key] = {**nested.get(key, {}), inner: value} if inner else value
    return nested


def _flat(settings: Baselines, ranges: Mapping[str, Range]) -> dict[str, Any]:
    """`settings` as a trial's values, where they lie within the ranges."""
    values: dict[str, Any] = {}
    for name, each in ranges.items():
        key, _, inner = name.partition(".")
        value = getattr(settings, key).get(inner) if inner else getattr(settings, key)
        if each.or_null:
            values[f"{name} is null"] = value is None
        if value is not None and each.low <= value <= each.high:
            values[name] = value
    return values


def main() -> None:
    """Tune one model on the pipeline's own validation purchases."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", required=True, choices=SPACES)
    parser.add_argument("--trials", required=True, type=int)
    parser.add_argument("--seed", required=True, type=int)
    parser.add_argument("overrides", nargs="*", help="of params.yaml, key=value")
    asked = parser.parse_args()
    params = load_params(asked.overrides)
    paths, threads = params.paths, params.engine.threads
    torch.set_num_threads(threads)
    logging.getLogger("traindy").setLevel(logging.WARNING)
    articles = read_articles(paths.split)
    train, valid = load(f"{paths.uph}/train"), load(f"{paths.uph}/valid")
    cut = read_cut(paths.split).valid_start
    shop = Shop(train, read_clusters(paths.cluster), articles, articles.n_train, cut)
    best = tune(asked.model, shop, valid, asked.trials, asked.seed, params.baselines, threads)
    print(json.dumps({"model": asked.model, **asdict(best)}))


if __name__ == "__main__":
    main()
