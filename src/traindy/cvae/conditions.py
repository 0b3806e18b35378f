"""What the CVAE is conditioned on: a customer's cluster, or also the levels of the customer's metadata."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from traindy.cluster import read_clusters, read_profiles
from traindy.core.columns import CLUSTER
from traindy.cvae.net import CvaeNet


@dataclass(frozen=True)
class Conditions:
    """The condition of every customer, and what the conditions are made of."""

    of_customer: np.ndarray
    """int32 [customers]: places in `parts`."""
    parts: Tensor
    """int64 [conditions, 1 + attributes]: the cluster, and the levels, numbered after the clusters."""
    n_clusters: int
    n_levels: int
    """Of all attributes."""


def by_cluster(clusters: np.ndarray) -> Conditions:
    """The cluster alone. clusters: int [customers]."""
    n = int(clusters.max(initial=0)) + 1
    return Conditions(clusters, torch.arange(n)[:, None], n, 0)


def by_attributes(profile: np.ndarray, profiles: pd.DataFrame) -> Conditions:
    """The cluster and every level. profile: int [customers], rows of `profiles` (cluster, levels)."""
    clusters = profiles[CLUSTER].to_numpy(np.int64)
    n_clusters = int(clusters.max(initial=0)) + 1
    columns, n_levels = [clusters], 0
    for name in profiles.columns.drop(CLUSTER):
        codes, levels = pd.factorize(profiles[name], sort=True)
        columns.append(codes + n_clusters + n_levels)
        n_levels += len(levels)
    return Conditions(profile, torch.from_numpy(np.stack(columns, 1)), n_clusters, n_levels)


def read_conditions(folder: str | Path, condition: str) -> Conditions:
    """Read the cluster stage's outputs; condition: `cvae.condition`."""
    if condition == "attributes":
        return by_attributes(*read_profiles(folder))
    return by_cluster(read_clusters(folder))


def conditions_of(net: CvaeNet, folder: str | Path) -> np.ndarray:
    """What a trained net is conditioned on, for every customer: int32 [customers]."""
    return read_conditions(folder, "attributes" if net.config.n_customer_levels else "cluster").of_customer


def most_frequent(conditions: np.ndarray) -> np.ndarray:
    """The condition that most customers have: int [1]."""
    return np.array([np.bincount(conditions).argmax()])
