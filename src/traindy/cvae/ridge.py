"""The path that predicts each article from all others by ridge regression."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import torch
from scipy.sparse import csr_array, vstack
from torch import Tensor

from traindy.core.errors import UserError
from traindy.cvae.neighbours import AT_ONCE, Neighbours
from traindy.uph import UPH
from traindy.uph.ridge import SingularError, by_customers, inverse

UNIT: Final = 0.1
ENTRIES: Final = 4_000_000


def ridge(uph: UPH, n_articles: int, regularization: float) -> Neighbours:
    """What predicts an article from all others by ridge regression: EASE (Steck 2019, equation 8).

    Row j, column i: how much a purchase of j adds to i. The largest entries are kept, ENTRIES in all. The
    matrix that is inverted is articles x articles or customers x customers, whichever is smaller.
    """
    rows = uph.buyers().matrix[:, :n_articles]
    make = _by_articles if n_articles <= rows.shape[0] else _by_customers
    keep = min(n_articles, max(1, ENTRIES // n_articles))
    try:
        blocks = [_largest(block, keep) for block in make(rows, regularization)]
    except SingularError as error:
        raise UserError("cvae.ridge: too small, its matrix cannot be inverted; raise it") from error
    found = csr_array(vstack(blocks, format="csr"))
    found.sort_indices()
    return Neighbours(found, UNIT)


def _by_articles(rows: csr_array, regularization: float) -> Iterator[Tensor]:
    precision = inverse(csr_array(rows.T @ rows), regularization)
    weights = -precision / precision.diagonal()
    yield weights.fill_diagonal_(0)


def _by_customers(rows: csr_array, regularization: float) -> Iterator[Tensor]:
    """Some rows of it at a time, for there may be many articles."""
    solved, _ = by_customers(rows, regularization)
    columns, n = csr_array(rows.T), rows.shape[1]
    height = max(1, AT_ONCE // n)
    for first in range(0, n, height):
        weights = torch.from_numpy(columns[first : first + height] @ solved)
        weights.diagonal(first).zero_()
        yield weights


def _largest(weights: Tensor, keep: int) -> csr_array:
    """The `keep` entries of each row that are furthest from zero."""
    largest = weights.abs().topk(keep, dim=1).indices
    values = weights.gather(1, largest).float().numpy().ravel()
    indptr = np.arange(len(weights) + 1) * keep
    return csr_array((values, largest.numpy().ravel().astype(np.int32), indptr), shape=tuple(weights.shape))
