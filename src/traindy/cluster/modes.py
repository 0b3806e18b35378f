"""k-modes on distinct profiles (Huang 1998): the elbow, the chosen clusters, and who belongs to which.

Clustering a profile with its count is clustering the customers: the cost, the number of attributes in which a
customer differs from its cluster's mode, summed over customers, is the same.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Fit:
    """k modes and what they cost."""

    modes: pd.DataFrame
    """clusters x attributes: the level that is most frequent in each; the largest cluster first."""
    cost: int
    """Attributes that differ from the cluster's mode, summed over the customers."""


def elbow(levels: pd.DataFrame, weight: np.ndarray, up_to: int, restarts: int, seed: int) -> list[Fit]:
    """The best fit for k = 1, 2, … up to `up_to`, or to the number of profiles if that is less.

    levels: distinct profiles x attributes; weight: customers of each, all above 0. Each k has `restarts`
    random starts, and one from the k-1 modes before it and the profile that they serve worst, so that the
    cost never rises with k.
    """
    codes = levels.apply(lambda column: pd.factorize(column, sort=True)[0]).to_numpy().reshape(levels.shape)
    best: list[np.ndarray] = []
    for k in range(1, min(up_to, len(levels)) + 1):
        starts: list[str | np.ndarray] = ["Huang"] * restarts
        if best:
            misfit = distances(codes, best[-1]).min(1) * weight
            starts.append(np.vstack([best[-1], codes[misfit.argmax()]]))
        found = [_modes(codes, weight, k, start, seed + i) for i, start in enumerate(starts)]
        best.append(min(found, key=lambda modes: _cost(codes, weight, modes)))
    return [_in_words(levels, codes, weight, modes) for modes in best]


def assign(levels: pd.DataFrame, modes: pd.DataFrame) -> np.ndarray:
    """The cluster whose mode differs in the fewest attributes, the first of equals: int32 [rows].

    A level that no mode has differs from all of them, so the other attributes decide.
    """
    rows = levels[list(modes.columns)].to_numpy(dtype=object).reshape(len(levels), -1)
    return distances(rows, modes.to_numpy(dtype=object)).argmin(1).astype(np.int32)


def distances(rows: np.ndarray, modes: np.ndarray) -> np.ndarray:
    """Attributes in which rows and modes differ: int32 [rows, modes]."""
    distance = np.zeros((len(rows), len(modes)), np.int32)
    for attribute in range(rows.shape[1]):
        distance += rows[:, attribute, None] != modes[None, :, attribute]
    return distance


def _cost(codes: np.ndarray, weight: np.ndarray, modes: np.ndarray) -> int:
    return int((distances(codes, modes).min(1) * weight).sum())


def _modes(codes: np.ndarray, weight: np.ndarray, k: int, start: str | np.ndarray, seed: int) -> np.ndarray:
    """k modes from one start, or fewer where some ended up alike: codes [clusters, attributes]."""
    if not codes.shape[1]:  # nothing to cluster on: everybody is alike
        return codes[:1]
    from kmodes.kmodes import KModes  # it takes most of a second, and who only assigns needs none of it

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # "init modes are not unique": it goes on without
        model = KModes(n_clusters=k, init=start, n_init=1, random_state=seed)
        model.fit(codes, sample_weight=weight.astype(float))  # it takes no NumPy integers
    return np.unique(model.cluster_centroids_.astype(int), axis=0)


def _in_words(levels: pd.DataFrame, codes: np.ndarray, weight: np.ndarray, modes: np.ndarray) -> Fit:
    sizes = np.bincount(distances(codes, modes).argmin(1), weight, len(modes))
    ordered = modes[np.argsort(-sizes, kind="stable")]
    words = {
        name: np.sort(levels[name].unique())[ordered[:, place]] for place, name in enumerate(levels.columns)
    }
    return Fit(pd.DataFrame(words, index=range(len(modes)), dtype=object), _cost(codes, weight, modes))
