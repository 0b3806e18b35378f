"""What every baseline is fitted on, and what it does for customers of whom it knows nothing."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from traindy.cluster import read_clusters
from traindy.core.cut import read_cut
from traindy.core.params import Paths
from traindy.core.vocabulary import Articles
from traindy.uph import UPH, load, merge


@dataclass(frozen=True)
class Training:
    """Purchases before the cut, over the articles known by then."""

    matrix: csr_array
    """customers x articles [0, n_articles), float32, 1 where bought."""
    day: np.ndarray
    """int32 per entry: day of the last purchase."""
    clusters: np.ndarray
    """int32 [customers]"""
    end: int | None
    """First day after the period, days since 1970-01-01; None where the days say nothing."""

    @property
    def n_articles(self) -> int:
        """Articles that can be recommended: the first so many positions."""
        return int(self.matrix.shape[1])


def read_training(paths: Paths, articles: Articles, refit: bool) -> Training:
    """What lies before the test (refit) or before validation, from the stages' outputs."""
    cut, clusters = read_cut(paths.split), read_clusters(paths.cluster)
    uph = load(Path(paths.uph) / "train")
    if not refit:
        return training(uph, clusters, articles.n_train, cut.valid_start)
    return training(merge(uph, load(Path(paths.uph) / "valid")), clusters, articles.n_known, cut.test_start)


def training(uph: UPH, clusters: np.ndarray, n_articles: int, end: int | None) -> Training:
    """The training data of all baselines; uph must hold nothing but articles [0, n_articles)."""
    return Training(first_articles(uph.matrix, n_articles), uph.day, clusters, end)


def first_articles(matrix: csr_array, n_articles: int) -> csr_array:
    """The columns [0, n_articles): what a model fitted on them can see of a history."""
    if not matrix.nnz or matrix.indices.max() < n_articles:
        return csr_array(
            (matrix.data, matrix.indices, matrix.indptr), shape=(matrix.shape[0], n_articles), copy=False
        )
    return matrix[:, :n_articles]


def purchases(data: Training, days: int | None, clusters: int = 1) -> np.ndarray:
    """Customers who bought each article in the last `days`: int64 [clusters, articles].

    All of the period where days or its end is None, or where nothing was sold in the window. With
    clusters=1 everybody counts in row 0.
    """
    recent = np.ones(len(data.day), bool)
    if days is not None and data.end is not None:
        recent = data.day >= data.end - days
    if not recent.any():
        recent[:] = True
    cell = data.matrix.indices[recent].astype(np.int64)
    if clusters > 1:
        bought_by = np.repeat(data.clusters, np.diff(data.matrix.indptr))[recent]
        cell += bought_by.astype(np.int64) * data.n_articles
    return np.bincount(cell, minlength=clusters * data.n_articles).reshape(clusters, -1)
