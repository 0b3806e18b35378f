"""A model's lists on disk: NPZ with both repeat policies."""

from pathlib import Path

import numpy as np

from traindy.baselines.ranking import Recommender
from traindy.evaluate.queries import LISTS, Queries


def write_lists(file: Path, model: Recommender, queries: Queries, depth: int) -> None:
    """Write a model's `depth` best for all queries: arrays `excluded` and `allowed`, [queries, depth]."""
    lists = {
        name: model.rank(queries.history, queries.cluster, depth, exclude_bought=exclude)
        for exclude, name in LISTS.items()
    }
    np.savez(file, **lists)  # type: ignore[arg-type]
