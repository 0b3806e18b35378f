"""Training rows on the device: batches are positions, and rows are cut from a CSR matrix where the net is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Sampler

from traindy.cvae.losses import Targets
from traindy.uph import UPH


@dataclass(frozen=True)
class Entries:
    """Some rows of the UPH as (row, article) pairs, in row order."""

    row: Tensor
    """int64 [entries], 0-based within the batch."""
    article: Tensor
    """int64 [entries]."""

    def keep(self, chosen: Tensor) -> "Entries":
        """The entries where `chosen` (bool [entries]) holds."""
        return Entries(self.row[chosen], self.article[chosen])

    def sizes(self, rows: int) -> Tensor:
        """Entries of each row: float32 [rows]."""
        return torch.bincount(self.row, minlength=rows).float()

    def as_targets(self, rows: int) -> Targets:
        """The entries as what should rank first."""
        return Targets(self.row, self.article, self.sizes(rows))


class Rows(nn.Module):
    """A UPH's rows and its customers' conditions, on the device of the module that holds it."""

    indptr: Tensor
    indices: Tensor
    conditions: Tensor

    def __init__(self, uph: UPH, conditions: np.ndarray, n_articles: int) -> None:
        """conditions: int [customers]; articles from position n_articles on are not known yet: left out."""
        super().__init__()
        matrix = uph.matrix[:, :n_articles].tocsr()
        self.register_buffer("indptr", torch.from_numpy(matrix.indptr.astype(np.int64)), persistent=False)
        self.register_buffer("indices", torch.from_numpy(matrix.indices.astype(np.int32)), persistent=False)
        self.register_buffer("conditions", torch.from_numpy(conditions.astype(np.int64)), persistent=False)

    def cut(self, customers: Tensor) -> tuple[Entries, Tensor]:
        """The entries and the conditions of `customers` (int64 positions)."""
        row, place = entries_of(self.indptr, customers)
        return Entries(row, self.indices[place].long()), self.conditions[customers]


def entries_of(indptr: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
    """The entries of some rows of a CSR matrix: which of `rows`, and place in the matrix; int64 [entries]."""
    starts = indptr[rows]
    lengths = indptr[rows + 1] - starts
    row = torch.repeat_interleave(torch.arange(len(rows), device=rows.device), lengths)
    offset = torch.arange(len(row), device=rows.device) - (lengths.cumsum(0) - lengths)[row]
    return row, starts[row] + offset


class Batch(NamedTuple):
    """One step's customers."""

    customers: Tensor
    """int64: positions of those whose rows this process has."""
    size: int
    """Customers of all processes together."""


class _Shuffled(Sampler[Batch]):
    """Batches of positions in an order that depends on the seed and the epoch alone.

    All processes go through the same order, and each takes what is its own: steps are the same customers
    however many processes there are, and everybody is seen once an epoch.
    """

    def __init__(self, positions: np.ndarray, batch_size: int, seed: int, own: range | None) -> None:
        self.positions, self.own, self.batch_size = positions, own, batch_size
        self.seed, self.epoch = seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Called by Lightning when an epoch begins."""
        self.epoch = epoch

    def __len__(self) -> int:
        return -(-len(self.positions) // self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        order = np.random.default_rng([self.seed, self.epoch]).permutation(self.positions)
        for first in range(0, len(order), self.batch_size):
            everybody = order[first : first + self.batch_size].astype(np.int64)
            mine = everybody
            if self.own is not None:
                mine = everybody[(everybody >= self.own.start) & (everybody < self.own.stop)]
            yield Batch(torch.from_numpy(mine), len(everybody))


class _Batches(Dataset[Batch]):
    """What a batch of positions stands for is itself: the module cuts the rows."""

    def __getitem__(self, batch: Batch) -> Batch:
        return batch


def shuffled_batches(
    positions: np.ndarray, batch_size: int, seed: int, own: range | None = None
) -> DataLoader[Batch]:
    """Batches of customer positions, in a new order every epoch. own: this process's; None: all are."""
    # No workers: handing over a few thousand numbers costs more than cutting them. A generator of its own:
    # the loader draws a seed that nobody uses, and an epoch's draws must not depend on when it does.
    sampler = _Shuffled(positions, batch_size, seed, own)
    return DataLoader(_Batches(), sampler=sampler, batch_size=None, generator=torch.Generator())
