"""EASE, the linear autoencoder in closed form, and the same with articles' attributes as extra rows."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.linalg import lapack
from scipy.sparse import csr_array

from traindy.baselines.ranking import Recommender, Scored
from traindy.baselines.training import Training
from traindy.core.errors import UserError

FINE: Final = 10
"""Up to so many articles a level on average, an attribute's levels count whole: product lines do, departments
do not."""
MIRRORED_AT_ONCE: Final = 1024


def ease(data: Training, regularization: float, cold: Recommender) -> Scored:
    """Scores x B with B = I - P / diag(P), P = (X'X + lambda I)^-1.

    Steck 2019, "Embarrassingly Shallow Autoencoders for Sparse Data", equation 8.
    """
    return _fit(gram(data.matrix), regularization, cold)


def ease_with_attributes(
    data: Training,
    attributes: pa.Table,
    weights: Mapping[str, float],
    regularization: float,
    cold: Recommender,
) -> Scored:
    """EASE with X'X + sum_a w_a M_a in the place of X'X.

    M_a = A_a A_a' with A_a the articles' indicators of attribute a's levels, each pair's entry divided by the
    number of the level's articles where an attribute has more than `FINE` articles a level on average. So
    M_a is what customers would add who each bought all articles of a level. Missing belongs to no level.
    """
    G = gram(data.matrix)
    for name, weight in weights.items():
        if name not in attributes.column_names:
            raise UserError(
                f"baselines.ease_attributes.{name}={weight}: must be one of data.article_attributes="
                f"{attributes.column_names}"
            )
        add_attribute(G, attributes[name].slice(0, len(G)), weight)
    return _fit(G, regularization, cold)


def gram(matrix: csr_array) -> np.ndarray:
    """X'X, dense float32 [articles, articles], without a second dense copy of it."""
    product = csr_array(matrix.T @ matrix)
    return product.toarray()


def add_attribute(G: np.ndarray, column: pa.ChunkedArray, weight: float) -> None:
    """Add w_a M_a to G in place; column: the attribute of the articles of G."""
    encoded = column.combine_chunks().dictionary_encode()
    level = pc.fill_null(pc.cast(encoded.indices, pa.int64()), -1).to_numpy(zero_copy_only=False)
    members = np.argsort(level, kind="stable")
    members = members[level[members] >= 0]
    starts = np.flatnonzero(np.diff(level[members], prepend=-1))
    groups = np.split(members, starts[1:]) if len(members) else []
    fine = len(members) <= FINE * len(groups)
    for group in groups:
        G[np.ix_(group, group)] += np.float32(weight if fine else weight / len(group))


def _fit(G: np.ndarray, regularization: float, cold: Recommender) -> Scored:
    B = item_weights(G, regularization)

    def score(rows: csr_array) -> np.ndarray:
        return np.asarray(rows @ B, np.float32)

    return Scored(len(B), score, cold)


def item_weights(G: np.ndarray, regularization: float) -> np.ndarray:
    """B of EASE, float32 [articles, articles], diagonal 0; G is overwritten."""
    G[np.diag_indices_from(G)] += np.float32(regularization)
    # G is symmetric, so its transpose is G in the order that LAPACK overwrites without a copy.
    factor, info = lapack.spotrf(G.T, lower=1, clean=0, overwrite_a=1)
    if info:
        raise UserError(
            f"baselines.ease_lambda={regularization}: too small, the matrix is not positive definite in float32; "
            "raise it"
        )
    P, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    for first in range(0, len(P), MIRRORED_AT_ONCE):  # LAPACK fills the lower triangle only
        end = first + MIRRORED_AT_ONCE
        corner = np.tril(P[first:end, first:end])
        P[first:end, first:end] = corner + np.tril(corner, -1).T
        P[first:end, end:] = P[end:, first:end].T
    B = P.T  # the same numbers, in C's order
    B /= -np.diag(B).copy()
    B[np.diag_indices_from(B)] = 0
    return B
