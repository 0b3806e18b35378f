"""metrics/leaks.json: what model and lists give away of those they were made from."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from traindy.baselines.lists import read_lists
from traindy.cluster import read_clusters, read_profiles
from traindy.core.params import Params
from traindy.cvae.recommender import CvaeRecommender
from traindy.evaluate.inference import attributes
from traindy.evaluate.membership import attacked, membership
from traindy.evaluate.models import conditions
from traindy.evaluate.queries import Queries
from traindy.evaluate.report import FIRST

FIXED: Final = ("popularity", "popularity_cluster")
"""Baselines whose lists are the same for everybody, or for a cluster."""


def leaks(
    params: Params, model: CvaeRecommender, queries: Queries, lists: Mapping[str, np.ndarray]
) -> dict[str, Any]:
    """The report as it is written; lists: of the queries by model, int [queries, 20 or more]."""
    paths, seed = params.paths, params.evaluate.seed
    who, bought = attacked(paths, model, read_clusters(paths.cluster), seed)
    fixed = _by_cluster(params, queries, int(who.clusters.max(initial=0)) + 1)
    profiles, own = read_profiles(paths.cluster)[1], conditions(model, queries)
    of_models = {name: lists[name] for name in (FIRST, *FIXED) if name in lists}
    return {
        "condition": "attributes" if model.net.config.n_customer_levels else "cluster",
        "membership": membership(model, who, bought, fixed, seed),
        "attributes": attributes(model, queries, profiles, own, of_models, seed),
    }


def _by_cluster(params: Params, queries: Queries, n_clusters: int) -> dict[str, np.ndarray]:
    """The lists of the `FIXED` that there are: int [clusters, depth], -1 where nobody asks."""
    kept = read_lists(params.paths.baselines, len(queries.customers), exclude_bought=False)
    first = {int(c): np.flatnonzero(queries.clusters == c)[0] for c in np.unique(queries.clusters)}
    found: dict[str, np.ndarray] = {}
    for name in [name for name in FIXED if name in kept]:
        found[name] = np.full((n_clusters, kept[name].shape[1]), -1)
        for cluster in set(first) & set(range(n_clusters)):
            found[name][cluster] = kept[name][first[cluster]]
    return found
