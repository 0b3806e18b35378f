"""metrics/fairness.json: whom the models serve how well, whom they typecast, and what they show too often."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from traindy.core.vocabulary import Articles
from traindy.evaluate.concentration import as_matrix, concentration, near_duplicates
from traindy.evaluate.customer_groups import LEAST, PROXY, PROXY_GROUPS, categories, category, groupings
from traindy.evaluate.gaps import accuracy
from traindy.evaluate.judged import EVERYBODY, Judged
from traindy.evaluate.metrics import SUCCESS_AT
from traindy.evaluate.typecasting import Grouping, memberships, shares, typecasting

MODELS: Final = ("cvae", "cvae_unconditioned", "popularity", "popularity_cluster")
"""Those of them that there are."""
BOUGHT: Final = "bought"
"""Under this name what the same customers bought in the test stands beside the models."""
PRODUCT: Final = "product_code"
"""The attribute that articles of one product share, in whatever colour."""


@dataclass(frozen=True)
class Shown:
    """What everybody who is judged is recommended by each model, and buys; each customer once."""

    recommended: Mapping[str, csr_array]
    """By model: customers x articles, the first 20 of the list."""
    bought: csr_array
    """customers x articles, articles included that no model could know."""
    history: csr_array
    groupings: list[Grouping]


def shown(
    judged: Judged, lists: Mapping[str, np.ndarray], articles: Articles, profiles: pd.DataFrame
) -> Shown:
    """lists: int [queries, 20 or more] by model; profiles: what the queries' profiles are."""
    once = judged.groups[EVERYBODY]
    rows = judged.rows[once]
    n, queries = judged.truth.shape[1], judged.queries
    history = queries.history.matrix[rows]
    return Shown(
        {name: as_matrix(lists[name][rows, :SUCCESS_AT], n) for name in MODELS if name in lists},
        judged.truth[once],
        history,
        list(groupings(profiles, queries.profiles[rows], history, articles)),
    )


def fairness(
    judged: Judged,
    figures: Mapping[str, Mapping[str, np.ndarray]],
    shown: Shown,
    articles: Articles,
    resamples: int,
    seed: int,
) -> dict[str, Any]:
    """The report as it is written. figures: `Judged.figures` of every model."""
    once = judged.groups[EVERYBODY]
    chosen = {name: {m: v[once] for m, v in figures[name].items()} for name in shown.recommended}
    return {
        "customers": int(once.sum()),
        "length": SUCCESS_AT,
        "least_customers": LEAST,
        "proxy_for_gender": PROXY_GROUPS if PROXY in articles.attributes.column_names else None,
        "accuracy": {
            grouping.name: accuracy(chosen, grouping, resamples, seed) for grouping in shown.groupings
        },
        "typecasting": _typecasting(shown, articles, seed),
        "concentration": _concentration(shown, articles.n_known),
        "near_duplicates": _near_duplicates(shown, articles),
    }


def _typecasting(shown: Shown, articles: Articles, seed: int) -> dict[str, Any]:
    """By category, by grouping."""
    report = {}
    members = {grouping.name: memberships(grouping, seed) for grouping in shown.groupings}
    for name, code in categories(articles).items():
        bought = shares(shown.bought, code)
        recommended = {model: shares(of, code) for model, of in shown.recommended.items()}
        report[name] = {group: typecasting(bought, recommended, of) for group, of in members.items()}
    return report


def _concentration(shown: Shown, n_known: int) -> dict[str, Any]:
    everything = {BOUGHT: shown.bought, **shown.recommended}
    counts = {name: of.sum(0)[:n_known] for name, of in everything.items()}
    return {name: concentration(count) for name, count in counts.items() if count.any()}


def _near_duplicates(shown: Shown, articles: Articles) -> dict[str, Any] | None:
    """None where articles have no product."""
    if PRODUCT not in articles.attributes.column_names:
        return None
    product, _ = category(articles, PRODUCT)
    everything = {BOUGHT: shown.bought, **shown.recommended}
    return {name: near_duplicates(of, shown.history, product) for name, of in everything.items()}
