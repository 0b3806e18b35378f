"""Membership inference: whether it shows that somebody was trained on (Shokri et al. 2017).

An attacker who knows a customer's purchases guesses that those whom the model scores high were trained on.
Members are customers trained on, the others those whom split held out whole; both fold in their histories.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_array

from traindy.core.params import Paths
from traindy.core.vocabulary import CustomerGroup, read_customers
from traindy.cvae.conditions import conditions_of
from traindy.cvae.recommender import CvaeRecommender
from traindy.evaluate.attack import attack, halves, mean_log_probability, row_means
from traindy.evaluate.concentration import as_matrix
from traindy.evaluate.customer_groups import LEAST
from traindy.evaluate.metrics import SUCCESS_AT
from traindy.uph import UPH, load, merge

SAMPLE: Final = 2000
"""Members, and others, at most."""
UNSOLD: Final = 0.5
"""Purchases that an article without any is taken to have."""


@dataclass(frozen=True)
class Attacked:
    """Customers with at least two known articles before the test, of whom a sample is attacked."""

    history: UPH
    conditions: np.ndarray
    """int [customers], of the model."""
    clusters: np.ndarray
    member: np.ndarray
    """bool [customers]: trained on; the others were held out."""
    shared_by: np.ndarray
    """int [customers]: how many of the shop have the same condition."""


def attacked(
    paths: Paths, model: CvaeRecommender, clusters: np.ndarray, seed: int
) -> tuple[Attacked, np.ndarray]:
    """Up to 2,000 members and 2,000 others, and how many of all trained on bought each known article.

    With `cvae.refit: false` the members' purchases in the validation window were not trained on.
    """
    groups, n = read_customers(paths.split).groups, model.net.config.n_articles
    periods = [load(f"{paths.uph}/{period}") for period in ("train", "valid", "fold_in")]
    history = merge(*periods)
    enough = np.diff(history.matrix[:, :n].tocsr().indptr) >= 2
    random = np.random.default_rng(seed)
    parts = [
        np.sort(random.permutation(np.flatnonzero(enough & (groups == group)))[:SAMPLE])
        for group in (CustomerGroup.WARM, CustomerGroup.HELD_OUT)
    ]
    chosen = np.concatenate(parts)
    conditions = conditions_of(model.net, paths.cluster)
    shared = np.bincount(conditions)
    bought = np.bincount(merge(*periods[:2]).matrix.indices, minlength=n)[:n]
    member = np.arange(len(chosen)) < len(parts[0])
    of = conditions[chosen]
    return Attacked(history.rows(chosen), of, clusters[chosen], member, shared[of]), bought


def membership(
    model: CvaeRecommender, who: Attacked, bought: np.ndarray, fixed: Mapping[str, np.ndarray], seed: int
) -> dict[str, Any]:
    """`attack` by what the attacker looks at.

    scores: of the CVAE, the mean log-probability of a customer's articles. hidden_half: of one half, with the
    other folded in; hidden_half_calibrated: less the same by popularity (Watson et al. 2022); whole_history:
    of all, with all folded in; popularity: of the hidden half, by what those trained on bought.
    lists: the share of a customer's articles that stands in the list served to somebody without a history, by
    model; cvae_small: of customers whose list is made for fewer than 100 of them.

    fixed: by baseline, its list of each cluster, int [clusters, 20 or more]; bought: int [known articles].
    """
    n, known = model.net.config.n_articles, csr_array(who.history.matrix)
    shown, hidden = halves(who.history, seed)
    popular = np.log((bought + UNSOLD) / (bought + UNSOLD).sum())[None]
    by_popularity = row_means(hidden[:, :n].tocsr(), popular)
    half = mean_log_probability(model, shown, who.conditions, hidden, exclude_bought=True)
    whole = mean_log_probability(model, who.history, who.conditions, known, exclude_bought=False)
    scores = {
        "hidden_half": half,
        "hidden_half_calibrated": half - by_popularity,
        "whole_history": whole,
        "popularity": by_popularity,
    }
    served = {"cvae": model.lists_without_history(SUCCESS_AT, who.conditions)}
    served |= {name: of[who.clusters, :SUCCESS_AT] for name, of in fixed.items()}
    inside = {name: _share_inside(known, lists) for name, lists in served.items()}
    small = who.shared_by < LEAST
    found = {name: attack(values, who.member) for name, values in inside.items()}
    return {
        "scores": {name: _attack(values, who.member) for name, values in scores.items()},
        "lists": found | {"cvae_small": attack(inside["cvae"][small], who.member[small])},
    }


def _attack(values: np.ndarray, member: np.ndarray) -> dict[str, Any] | None:
    some = np.isfinite(values)  # where no hidden article is known nothing can be scored
    return attack(values[some], member[some])


def _share_inside(bought: csr_array, lists: np.ndarray) -> np.ndarray:
    inside = bought.multiply(as_matrix(lists, bought.shape[1])).sum(1)
    return np.asarray(inside / np.diff(bought.indptr))
