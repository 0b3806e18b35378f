"""What histories say along an article x article matrix, on a GPU or where much of it is filled.

Otherwise SciPy multiplies (`uph.sparse`), which everybody's lists would there wait for.
"""

from typing import Final

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from traindy.cvae.rows import entries_of
from traindy.cvae.sums import sums_of_rows

AT_ONCE: Final = 2**26
"""Products of an entry of a history and one of the matrix that are held at a time: 3 GB."""


class OnDevice:
    """An article x article matrix on a device: in CSR, or whole where most of it is filled."""

    def __init__(self, matrix: csr_array, device: torch.device, dense: bool) -> None:
        """dense: whether rows are added up whole."""
        self.n_articles = int(matrix.shape[1])
        self.longest = int(np.diff(matrix.indptr).max(initial=1))
        self.dense = torch.from_numpy(matrix.toarray()).to(device) if dense else None
        parts = matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64), matrix.data
        self.indptr, self.indices, self.data = (torch.from_numpy(part).to(device) for part in parts)

    def sums(self, row: Tensor, article: Tensor, rows: int) -> Tensor:
        """The sum of the matrix's rows of what each customer bought: float32 [rows, n_articles].

        row, article: int64 [entries], the histories' entries in row order.
        """
        if self.dense is not None:
            return sums_of_rows(self.dense, row, article, rows)
        total = self.data.new_zeros(rows * self.n_articles)
        some = max(1, AT_ONCE // self.longest)
        for mine, bought in zip(row.split(some), article.split(some), strict=True):
            of, place = entries_of(self.indptr, bought)
            total.scatter_add_(0, mine[of] * self.n_articles + self.indices[place], self.data[place])
        return total.view(rows, self.n_articles)
