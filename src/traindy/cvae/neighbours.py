"""Sparse article x article matrices: the direct path from what was bought to what may be bought next.

The encoder averages a history into one latent vector, so that a history with two interests points between
them; a path from each article bought keeps them apart.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import torch
from scipy.sparse import csr_array, diags_array, eye_array, vstack
from torch import Tensor

from traindy.cvae.on_device import OnDevice
from traindy.cvae.ranking import places, top_articles
from traindy.uph import UPH
from traindy.uph.sparse import product

CUSTOMER_POWER: Final = 0.3
ARTICLE_POWER: Final = 0.5
"""How much less a purchase says that stands in a long row, or of an article that many bought."""
SOFTNESS: Final = 0.1
"""Difference of cosines that counts as a factor e of likeness."""
AT_ONCE: Final = 16_000_000
"""Pairs of articles compared at a time."""
DENSE: Final = 0.03
"""Share of a matrix that is filled, from which on its rows are added up whole."""
FILLED: Final = 0.3
"""The same of what is said of some customers, from which on a whole array is added."""
WHOLE: Final = 2**27
"""Numbers that a whole matrix may have: half a gigabyte."""


@dataclass(frozen=True)
class Neighbours:
    """The nearest articles of each article, itself excluded."""

    matrix: csr_array
    """articles x articles, float32: row j says what a purchase of j speaks for."""
    unit: float
    """What counts as little: the median of the values, of a ridge regression `ridge.UNIT`."""
    _copies: dict[torch.device, OnDevice] = field(default_factory=dict, init=False, repr=False, compare=False)

    def add_support(self, to: Tensor, history: csr_array, weight: float) -> None:
        """Add weight * log(1 + sum over the bought j of matrix[j] / unit) to `to`: [rows, articles]."""
        if to.is_cuda or self._is_dense:
            row, article = places(history, to.device)
            to.add_(self.scaled(self._on_device(to.device).sums(row, article, len(to))), alpha=weight)
        else:
            add_sparse(to, product(history, self.matrix), lambda total: self.scaled(total).mul_(weight))

    @property
    def _is_dense(self) -> bool:
        numbers = self.matrix.shape[0] ** 2
        return bool(DENSE * numbers < self.matrix.nnz and numbers <= WHOLE)

    def _on_device(self, device: torch.device) -> OnDevice:
        """The matrix where the scores are; it goes there once."""
        if (found := self._copies.get(device)) is None:
            found = self._copies[device] = OnDevice(self.matrix, device, self._is_dense)
        return found

    def scaled(self, total: Tensor) -> Tensor:
        """What a sum over the bought counts as, in its place: log(1 + total / unit)."""
        return total.clamp_(min=0).div_(self.unit).log1p_()


def add_sparse(to: Tensor, matrix: csr_array, scaled: Callable[[Tensor], Tensor]) -> None:
    """Add a matrix, its values scaled, to a dense one: unlike a sum of sparse ones it need not be sorted.

    scaled: in place, and of 0 it is 0.
    """
    if matrix.nnz > FILLED * to.numel():
        to.add_(scaled(torch.from_numpy(matrix.toarray())))
        return
    row, column = places(matrix, to.device)
    values = scaled(torch.from_numpy(matrix.data))
    to.view(-1).scatter_add_(0, row * matrix.shape[1] + column, values.to(to))


def bought_together(uph: UPH, n_articles: int, keep: int) -> Neighbours:
    """Normalised co-occurrence: sum over customers who bought both of |row|^-.3 / sqrt(n_i n_j)."""
    matrix = uph.matrix[:, :n_articles].tocsr()
    customers = np.maximum(np.diff(matrix.indptr), 1.0) ** -CUSTOMER_POWER
    sold = np.maximum(np.bincount(matrix.indices, minlength=n_articles), 1.0) ** -ARTICLE_POWER
    right = csr_array(matrix @ diags_array(sold.astype(np.float32)))
    left = csr_array((diags_array(customers.astype(np.float32)) @ right).T)
    # A block of rows is sparse, but not much; how many articles go together is not known before.
    rows = max(1, AT_ONCE // max(n_articles, 1))
    return _neighbours(
        _nearest_sparse(product(csr_array(left[first : first + rows]), right), first, keep)
        for first in range(0, n_articles, rows)
    )


@torch.no_grad()
def alike(articles: Tensor, keep: int) -> Neighbours:
    """exp((cosine of the embeddings - 1) / softness): what resembles what was bought, sold before or not."""
    unit, n = torch.nn.functional.normalize(articles, dim=1), len(articles)
    depth, itself = min(keep, n - 1), csr_array(eye_array(n, format="csr"))
    found = top_articles(unit, unit, unit.new_zeros(n), depth, max(1, AT_ONCE // n), itself)
    values = np.exp((found.scores - 1) / SOFTNESS).ravel()
    indptr = np.arange(n + 1) * depth
    return _neighbours([csr_array((values, found.articles.ravel(), indptr), shape=(n, n))])


def _nearest_sparse(block: csr_array, first: int, keep: int) -> csr_array:
    """The `keep` highest values of each row, all positive; row r is article first + r, and its own column is
    left out.

    Row, value and column are the bits of one number: these sort ten times as fast as by three keys.
    """
    row = np.repeat(np.arange(block.shape[0]), np.diff(block.indptr))
    other = block.indices != row + first
    row, column, value = (part[other] for part in (row, block.indices, block.data))
    bits, highest = np.uint64(int(block.shape[1]).bit_length()), np.uint64(2**32 - 1)
    falling = highest - value.view(np.uint32).astype(np.uint64)  # positive floats are in order of their bits
    key = ((row.astype(np.uint64) << np.uint64(32)) | falling) << bits | column.astype(np.uint64)
    key.sort()  # rows stay where they were, and so does `row`
    starts = np.searchsorted(row, np.arange(block.shape[0]))
    kept = np.arange(len(row)) - starts[row] < keep
    row, key = row[kept], key[kept]
    value = (highest - ((key >> bits) & highest)).astype(np.uint32).view(np.float32)
    column = (key & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64)
    return csr_array((value, (row, column)), shape=block.shape)


def _neighbours(blocks: Iterable[csr_array]) -> Neighbours:
    matrix = csr_array(vstack(list(blocks), format="csr"))
    matrix.sort_indices()
    return Neighbours(matrix, float(np.median(matrix.data)) if matrix.nnz else 1.0)
