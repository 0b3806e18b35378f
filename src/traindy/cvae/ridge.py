"""The path that predicts each article from all others by ridge regression."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import torch
from scipy.optimize import brentq
from scipy.sparse import csr_array, vstack
from torch import Tensor

from traindy.core.errors import UserError
from traindy.cvae.neighbours import AT_ONCE, Neighbours
from traindy.uph import UPH
from traindy.uph.ridge import SingularError, by_customers, inverse

UNIT: Final = 0.1
ENTRIES: Final = 12_000_000


def ridge(uph: UPH, n_articles: int, regularization: float) -> Neighbours:
    """What predicts an article from all others by ridge regression: EASE (Steck 2019, equation 8).

    Row j, column i: how much a purchase of j adds to i. Of each row the largest entries are kept, ENTRIES in
    all: more of an article that many histories hold. The matrix that is inverted is articles x articles or
    customers x customers, whichever is smaller.
    """
    rows = uph.buyers().matrix[:, :n_articles]
    make = _by_articles if n_articles <= rows.shape[0] else _by_customers
    keep, first = _kept(rows), 0
    blocks = []
    try:
        for weights in make(rows, regularization):
            blocks.append(_largest(weights, keep[first : first + len(weights)]))
            first += len(weights)
    except SingularError as error:
        raise UserError("cvae.ridge: too small, its matrix cannot be inverted; raise it") from error
    found = csr_array(vstack(blocks, format="csr"))
    found.sort_indices()
    return Neighbours(found, UNIT)


def _by_articles(rows: csr_array, regularization: float) -> Iterator[Tensor]:
    """The whole of it, some rows at a time."""
    precision = inverse(csr_array(rows.T @ rows), regularization)
    weights = -precision / precision.diagonal()
    yield from weights.fill_diagonal_(0).split(max(1, AT_ONCE // len(weights)))


def _by_customers(rows: csr_array, regularization: float) -> Iterator[Tensor]:
    """The same without it, for there may be many articles."""
    solved, _ = by_customers(rows, regularization)
    columns, n = csr_array(rows.T), rows.shape[1]
    height = max(1, AT_ONCE // n)
    for first in range(0, n, height):
        weights = torch.from_numpy(columns[first : first + height] @ solved)
        weights.diagonal(first).zero_()
        yield weights


def _kept(rows: csr_array) -> np.ndarray:
    """Entries that are kept of each article's row, in proportion to how many bought it: int64 [articles]."""
    n = rows.shape[1]
    if n * n <= ENTRIES:
        return np.full(n, n)
    share = np.bincount(rows.indices, minlength=n).clip(min=1)
    # No row has more than n, and what it does not need goes to the others.
    scale = brentq(lambda scale: np.minimum(scale * share, n).sum() - ENTRIES, 0, n)
    kept: np.ndarray = np.minimum(scale * share, n).round().astype(np.int64).clip(min=1)
    return kept


def _largest(weights: Tensor, keep: np.ndarray) -> csr_array:
    """The entries of each row that are furthest from zero, so many as `keep` says of it."""
    largest = weights.abs().topk(int(keep.max()), dim=1).indices
    among = torch.arange(largest.shape[1]) < torch.from_numpy(keep)[:, None]
    values = weights.gather(1, largest)[among].float().numpy()
    indptr = np.concatenate([[0], keep.cumsum()])
    return csr_array((values, largest[among].numpy().astype(np.int32), indptr), shape=tuple(weights.shape))
