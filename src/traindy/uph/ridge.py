"""Ridge regression of every article on all others, where customers are fewer than articles."""

from typing import Final

import numpy as np
import torch
from scipy.sparse import csr_array

AT_ONCE: Final = 16_000_000
"""Numbers made at a time."""


def by_customers(rows: csr_array, regularization: float) -> tuple[np.ndarray, np.ndarray]:
    """A = (X X' + regularization)^-1 X, float32 [rows, articles]; and x_i . A_i of each article i, float64.

    X: what customers bought, [rows, articles]. What article j adds to i is x_j . A_i / (1 - x_i . A_i), the
    same as from the inverse of articles x articles by which the regression is defined (Woodbury's identity).
    """
    kernel = torch.from_numpy((rows @ rows.T).toarray().astype(np.float64))
    kernel.diagonal().add_(regularization)
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(kernel)).numpy()
    found, own = np.empty(rows.shape, np.float32), np.empty(rows.shape[1])
    columns = csr_array(rows.T)
    width = max(1, AT_ONCE // max(1, rows.shape[0]))
    for first in range(0, len(own), width):
        some = slice(first, first + width)
        solved = columns[some] @ inverse
        found[:, some], own[some] = solved.T, columns[some].multiply(solved).sum(1)
    return found, own
