"""The customers whose later purchases weights are fitted to, some at a time, since evidence takes memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

AT_ONCE: Final = 16_000_000
"""Numbers of evidence and offset in a block."""
KEPT: Final = 256_000_000
"""Of them so many stay in memory, a gigabyte: a fit reads them some twenty times."""


@dataclass(frozen=True)
class Block:
    """Some customers, all of the catalogue."""

    offset: Tensor
    """float32 [rows, articles]: logits to which nothing is learned; minus infinity leaves an article out."""
    evidence: Tensor
    """float32 [kinds, rows, articles]"""
    row: Tensor
    """int64 [targets]: what was bought, by whom, and how much that counts."""
    article: Tensor
    """int64 [targets]"""
    weight: Tensor
    """float32 [targets]"""
    common: Tensor | None = None
    """float32 [kinds, articles]: evidence that is the same for every row; its weights come first."""

    @property
    def shared(self) -> Tensor:
        """`common`, or no kinds of it."""
        return self.offset.new_zeros(0, self.offset.shape[-1]) if self.common is None else self.common

    def logits(self, weights: Tensor) -> Tensor:
        """Of the mixture with these weights: float32 [rows, articles]."""
        of_all, of_each = weights.to(self.offset).tensor_split([len(self.shared)])
        return self.offset + of_all @ self.shared + torch.einsum("k,kra->ra", of_each, self.evidence)


def block_of(offset: Tensor, common: Tensor, kinds: Tensor, counts: csr_array) -> Block:
    """counts [rows, articles]: what was bought, and how much that weighs."""
    bought = counts.tocoo()
    row, article = (torch.from_numpy(x.astype(np.int64)).to(kinds.device) for x in (bought.row, bought.col))
    return Block(offset, kinds, row, article, torch.from_numpy(bought.data).to(kinds), common)


def in_blocks(
    make: Callable[[np.ndarray], Block], rows: np.ndarray, width: int
) -> Callable[[], Iterator[Block]]:
    """What gives the blocks of all rows, in order, whenever it is called.

    make: the block of some of the rows, always the same one; the first are made once, the others each time.
    width: numbers in a row, of evidence and offset.
    """
    parts = np.array_split(rows, -(-len(rows) * width // AT_ONCE) or 1)
    room = KEPT // max(width * max(map(len, parts)), 1)
    kept: list[Block] = []

    def blocks() -> Iterator[Block]:
        yield from kept
        for i in range(len(kept), len(parts)):
            block = make(parts[i])
            if len(kept) == i < room:
                kept.append(block)
            yield block

    return blocks
