"""`python benchmarks/tuning.py --model ease --trials 12 --seed 0 [key=value …]`: tunes a model.

Each trial is fitted on the training purchases and judged by NDCG@20 on the validation purchases, as the test
will judge it: where bought articles are excluded they are neither listed nor missed, and with --cold
everybody is asked about as if without a history. The first trial are the settings there are, and it is the
only one with --trials 0. It reads the outputs of split, cluster and build_uph, and prints the best trial as
JSON.
"""

import argparse
import json
import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import optuna
import torch
from before import before_validation
from spaces import CVAE, SPACES, block, flat, nested, space

from traindy.baselines.fit import Shop, fitted
from traindy.baselines.ranking import Recommender
from traindy.cluster import read_clusters
from traindy.core.config import load_params
from traindy.core.errors import UserError
from traindy.core.params import Params
from traindy.core.vocabulary import read_articles
from traindy.cvae.conditions import Conditions, read_conditions
from traindy.cvae.fit import Fitter
from traindy.cvae.later import K, Later, sampled
from traindy.cvae.period import Period
from traindy.cvae.validation import Selection
from traindy.evaluate.metrics import hits_of, ndcg
from traindy.uph import UPH, empty, load

Fit = Callable[[dict[str, Any]], Recommender]
"""A model with some settings changed."""


@dataclass(frozen=True)
class Tuned:
    """The best trial: `params.yaml`'s keys and values, NDCG@20 on validation, seconds of the fit alone."""

    overrides: dict[str, Any]
    ndcg_20: float
    seconds: float
    trials: int
    """Those that could be fitted."""


def tune(
    model: str,
    shop: Shop,
    conditions: Conditions,
    truth: UPH,
    trials: int,
    seed: int,
    params: Params,
    exclude_bought: bool = True,
    earlier: Period | None = None,
    cold: bool = False,
) -> Tuned:
    """Search `SPACES[model]` around `params`, which are the first trial.

    shop: before validation. conditions: the CVAE's. truth: purchases in it, of the same customers.
    earlier: as for `Fitter.select`. cold: as if nobody had a history, for lists that are made without one.
    """
    fit = _fitting(model, shop, conditions, truth, params, earlier)
    ranges = space(model, shop.articles, exclude_bought)
    groups = conditions.of_customer if model == CVAE else shop.clusters
    asked = _asked(shop.uph, groups, truth, seed, exclude_bought, cold)

    def objective(trial: optuna.Trial) -> float:
        overrides = nested({name: each.suggest(trial, name) for name, each in ranges.items()})
        started = time.perf_counter()
        recommender = fit(overrides)
        trial.set_user_attr("seconds", time.perf_counter() - started)
        trial.set_user_attr("overrides", {f"{block(model)}.{name}": v for name, v in overrides.items()})
        hits = hits_of(recommender.rank(asked.history, asked.conditions, K, exclude_bought), asked.truth)
        return float(ndcg(hits, np.diff(asked.truth.indptr), K).mean())

    first = flat(getattr(params, block(model)), ranges)
    study = _searched(objective, first, max(1, trials) if ranges else 1, seed)
    fitted_ones = sum(trial.state.name == "COMPLETE" for trial in study.trials)
    if not fitted_ones:
        raise UserError(f"{model}: none of {len(study.trials)} trials could be fitted")
    best, searched = study.best_trial, trials and ranges
    found = best.user_attrs["overrides"] if trials else {}
    return Tuned(found, study.best_value, best.user_attrs["seconds"], fitted_ones if searched else 0)


def _searched(
    objective: Callable[[optuna.Trial], float], first: dict[str, Any], trials: int, seed: int
) -> optuna.Study:
    # Its ten random trials before it begins to learn would be all that a short search has.
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=max(4, trials // 3))
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.enqueue_trial(first)
    # A lambda at which EASE has no inverse in float32 is a failed trial, and not the end.
    study.optimize(objective, trials, catch=(UserError,))
    return study


def _asked(uph: UPH, groups: np.ndarray, truth: UPH, seed: int, exclude_bought: bool, cold: bool) -> Later:
    """The customers who are ranked, and what they are judged by, as `evaluate` would."""
    customers = sampled(truth, seed)
    history = empty(len(customers), uph.n_articles) if cold else uph.rows(customers)
    later = Later(history, groups[customers], truth.rows(customers).matrix)
    return later.of_who_buys_new() if exclude_bought else later


def _fitting(
    model: str, shop: Shop, conditions: Conditions, truth: UPH, params: Params, earlier: Period | None
) -> Fit:
    if model == CVAE:
        whole = shop.articles.n_train == shop.articles.n_all
        period = Period(shop.uph, shop.n_articles, shop.cut, whole)

        def select(overrides: dict[str, Any]) -> Recommender:
            settings = params.cvae.model_copy(update=overrides)
            fitter = Fitter(shop.articles, conditions, settings, params.trainer)
            selection = Selection(None, settings.patience, settings.seed)
            return fitter.select(period, truth, selection, earlier)

        return select
    alone = params.baselines.model_copy(update={"models": [model]})
    if why := shop.left_out(alone):
        raise UserError(f"{model}: {why[model]}")

    def baseline(overrides: dict[str, Any]) -> Recommender:
        ((_, fit),) = fitted(shop, alone.model_copy(update=overrides), params.engine.threads)
        return fit

    return baseline


def main() -> None:
    """Tune one model on the pipeline's own validation purchases."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", required=True, choices=SPACES)
    parser.add_argument("--trials", required=True, type=int)
    parser.add_argument("--seed", required=True, type=int)
    parser.add_argument("--cold", action="store_true", help="ask about everybody as if without a history")
    parser.add_argument("overrides", nargs="*", help="of params.yaml, key=value")
    asked = parser.parse_args()
    params = load_params(asked.overrides)
    paths = params.paths
    torch.set_num_threads(params.engine.threads)
    logging.getLogger("traindy").setLevel(logging.WARNING)
    articles = read_articles(paths.split)
    (period, earlier), valid = before_validation(params), load(f"{paths.uph}/valid")
    shop = Shop(period.uph, read_clusters(paths.cluster), articles, articles.n_train, period.cut)
    exclude = params.evaluate.exclude_bought
    conditions = read_conditions(paths.cluster, params.cvae.condition)
    best = tune(
        asked.model, shop, conditions, valid, asked.trials, asked.seed, params, exclude, earlier, asked.cold
    )
    print(json.dumps({"model": asked.model, **asdict(best)}))


if __name__ == "__main__":
    main()
