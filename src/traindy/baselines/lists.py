"""The baselines' recommendations on disk, so that evaluate needs no baseline."""

import zipfile
from pathlib import Path

import numpy as np

from traindy.baselines.ranking import Recommender
from traindy.core.errors import UserError
from traindy.evaluate.queries import Queries

EXCLUDED, ALLOWED = "excluded", "allowed"
"""Bought articles excluded from the lists, or allowed."""


def write_lists(folder: Path, name: str, model: Recommender, queries: Queries, depth: int) -> None:
    """Rank every query under both repeat policies into <folder>/<name>.npz: int32 [queries, depth] each."""
    lists = {
        policy: model.rank(queries.history, queries.clusters, depth, exclude_bought=policy == EXCLUDED)
        for policy in (EXCLUDED, ALLOWED)
    }
    np.savez_compressed(folder / f"{name}.npz", allow_pickle=False, **lists)


def read_lists(folder: str | Path, n_queries: int, exclude_bought: bool) -> dict[str, np.ndarray]:
    """Every baseline's lists under one policy, by name."""
    files = sorted(Path(folder).glob("*.npz"))
    if not files:
        raise UserError(f"{folder}: holds no lists; run `dvc repro baselines` to make them")
    return {file.stem: _read(file, n_queries, EXCLUDED if exclude_bought else ALLOWED) for file in files}


def _read(file: Path, n_queries: int, policy: str) -> np.ndarray:
    try:
        with np.load(file, allow_pickle=False) as npz:
            lists: np.ndarray = npz[policy]
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(f"{file}: not a baseline's lists ({error}); run `dvc repro baselines`") from None
    if len(lists) != n_queries:
        raise UserError(f"{file}: lists for {len(lists)} queries, not {n_queries}; run `dvc repro baselines`")
    return lists
