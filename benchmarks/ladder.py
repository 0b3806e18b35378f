"""What each part of the CVAE is worth: change one thing, fit, compare on the validation purchases.

  python benchmarks/ladder.py run DATASET [options]   measures one dataset
  python benchmarks/ladder.py table                   renders docs/ladder.md

The test is not looked at. All rungs are judged on the same customers: with their history, by what is new to
them; and as if they had none, by all that they buy.
"""

import logging
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from unittest.mock import patch

import command
import numpy as np
import torch
from before import before_validation
from ladder_page import page
from measure import Plan, prepare
from scipy.sparse import csr_array
from scratch import ROOT, Scratch
from start import start

from traindy.baselines.popularity import Popularity, by_popularity, count
from traindy.core.config import load_params
from traindy.core.files import read_json, write_json
from traindy.core.vocabulary import read_articles
from traindy.cvae import module
from traindy.cvae.conditions import read_conditions
from traindy.cvae.fit import Fitter
from traindy.cvae.later import K, sampled
from traindy.cvae.period import Period
from traindy.cvae.validation import Selection
from traindy.evaluate.bootstrap import interval as ends
from traindy.evaluate.bootstrap import resampled_means
from traindy.evaluate.metrics import hits_of, ndcg, recall
from traindy.uph import UPH, load

DOCS: Final = ROOT / "docs"
NO_ATTRIBUTES: Final = "no article attributes"
SHUFFLED: Final = "conditions shuffled among customers"
NO_CONDITION: Final = "no condition"
NO_AVERAGE: Final = "weights of the last step, no average"
POPULARITY: Final = "popularity instead"
RUNGS: Final[dict[str, dict[str, object]]] = {
    NO_ATTRIBUTES: {},
    "no words of them": {"cvae.words": 0},
    "the cluster alone for a condition": {"cvae.condition": "cluster"},
    SHUFFLED: {},
    NO_CONDITION: {},
    "no neighbours": {"cvae.neighbours": 0},
    "embeddings smoothed by half": {"cvae.smoothing": 0.5},
    "no ridge": {"cvae.ridge_max_articles": 1},
    "no recency": {"cvae.recency_days": []},
    "whole rows in": {"cvae.input_dropout": 0.0},
    "no row hidden whole": {"cvae.history_dropout": 0.0},
    "biases from 0": {"cvae.popularity_bias": 0.0},
    "popular purchases count less": {"cvae.popularity_discount": 1.0},
    "the textbook's KL": {"cvae.kl_weight": 1.0},
    "a KL weight of .02": {"cvae.kl_weight": 0.02},
    "a KL weight of .001": {"cvae.kl_weight": 0.001},
    "multinomial loss": {"cvae.loss": "multinomial"},
    "128 dimensions": {"cvae.latent_dim": 128},
    NO_AVERAGE: {},
    "three nets for one": {"cvae.members": 3},
    POPULARITY: {},
}
"""By what is changed, the overrides. Shuffled conditions are the control: they say nothing, so that customers
without a history should fare as without a condition, by what is popular with everybody, of late above all."""
log = logging.getLogger("traindy")


@dataclass(frozen=True)
class Judged:
    """Recall@20 and NDCG@20, in columns, by customer."""

    warm: np.ndarray
    withheld: np.ndarray


def fit_and_judge(rung: str, changes: Mapping[str, object]) -> Judged:
    """Fit before the validation window with some changes, in the current folder, and rank for it."""
    params = load_params([f"{name}={value}" for name, value in changes.items()])
    paths, settings = params.paths, params.cvae
    torch.set_num_threads(params.engine.threads)
    articles = read_articles(paths.split)
    if rung == NO_ATTRIBUTES:
        articles = replace(articles, attributes=articles.attributes.select([]))
    conditions = read_conditions(paths.cluster, settings.condition)
    if rung == SHUFFLED:
        order = np.random.default_rng(settings.seed).permutation(len(conditions.of_customer))
        conditions = replace(conditions, of_customer=conditions.of_customer[order])
    fitter = Fitter(articles, conditions, settings, params.trainer)
    if rung == NO_CONDITION:
        fitter = fitter.unconditioned()
    period, earlier = before_validation(params)
    valid = load(f"{paths.uph}/valid")
    if rung == POPULARITY:
        customers = sampled(valid, settings.seed)
        bought = period.uph.rows(customers), valid.rows(customers).matrix
        popular = Popularity(_popular(period, params.baselines.popularity_days))
        nobody = np.zeros(len(customers), np.int32)
        return _judged(*bought, *(popular.rank(bought[0], nobody, K, exclude) for exclude in (True, False)))
    selection = Selection(None, settings.patience, settings.seed)
    with patch.object(module, "SPAN", 1e-9 if rung == NO_AVERAGE else module.SPAN):  # of an epoch
        model = fitter.select(period, valid, selection, earlier)
    later = selection.later
    return _judged(
        later.history,
        later.truth,
        model.rank(later.history, later.conditions, K, exclude_bought=True),
        model.lists_without_history(K, later.conditions),
    )


def _popular(period: Period, days: int | None) -> np.ndarray:
    since = None if period.cut is None or days is None else period.cut - days
    counts = (count(period.uph, period.n_articles, first) for first in (since, None))
    return by_popularity(*counts)


def _judged(history: UPH, truth: csr_array, lists: np.ndarray, without: np.ndarray) -> Judged:
    """lists: of all customers with what they bought left out; without: as if they had no history."""
    warm = np.flatnonzero(np.diff(history.matrix.indptr))
    new = csr_array(truth[warm] - truth[warm].multiply(history.matrix[warm]))
    new.eliminate_zeros()
    new.sort_indices()
    return Judged(_metrics(lists[warm], new), _metrics(without, truth))


def _metrics(lists: np.ndarray, truth: csr_array) -> np.ndarray:
    some = np.flatnonzero(np.diff(truth.indptr))
    hits, size = hits_of(lists[some], truth[some]), np.diff(truth[some].indptr)
    return np.column_stack([recall(hits, size, K), ndcg(hits, size, K)])


def measure(scratch: Scratch, plan: Plan, only: Sequence[str]) -> dict[str, Any]:
    """The whole model, and each rung named as its difference from it with a 95 % interval."""
    prepare(scratch, plan)
    evaluate = scratch.set({}).evaluate
    os.chdir(scratch.folder)
    whole, rungs = fit_and_judge("", {}), {}
    for rung in only:
        changes = RUNGS[rung]
        if changes and scratch.set(changes) == scratch.set({}):
            continue  # it is so already
        started = time.perf_counter()
        judged = fit_and_judge(rung, changes)
        rungs[rung] = {"changes": changes} | {
            group: _difference(getattr(judged, group), getattr(whole, group), evaluate.bootstrap)
            for group in ("warm", "withheld")
        }
        log.info("= %s: %s, %.0f s", rung, rungs[rung], time.perf_counter() - started)
    means = {group: getattr(whole, group).mean(0).tolist() for group in ("warm", "withheld")}
    return {"whole": means, "customers": [len(whole.warm), len(whole.withheld)], "rungs": rungs}


def _difference(rung: np.ndarray, whole: np.ndarray, resamples: int) -> list[list[float]]:
    apart = rung - whole
    low, high = ends(resampled_means(apart, np.ones((len(apart), 1), bool), resamples, 0)[:, 0])
    return np.column_stack([apart.mean(0), low, high]).round(5).tolist()


def main(arguments: Sequence[str]) -> None:
    """Run the command line."""
    parser = command.parser(__doc__)
    parser.add_argument("--only", nargs="+", choices=RUNGS, help="rungs; the others stay as they are")
    asked = parser.parse_args(arguments)
    figures = asked.docs.resolve() / "ladder"
    if asked.command == "run":
        file = figures / f"{asked.dataset}.json"
        found = measure(*command.place(asked), asked.only or list(RUNGS))
        if asked.only and file.is_file():
            rungs = dict(read_json(file))["rungs"] | found["rungs"]
            found["rungs"] = {rung: rungs[rung] for rung in RUNGS if rung in rungs}
        write_json(file, found)
    command.write_page(figures, page)


if __name__ == "__main__":
    start(main)
