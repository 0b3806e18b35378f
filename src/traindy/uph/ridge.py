"""Ridge regression of every article on all others: the inverse, and the way from the customers' side."""

from typing import Final

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

AT_ONCE: Final = 16_000_000
"""Numbers made at a time."""
SMALLEST: Final = 1e-6
"""Of what float32 divides by without losing all digits."""


class SingularError(ValueError):
    """The regularization is too small for the matrix to be inverted."""


def inverse(products: csr_array, regularization: float) -> Tensor:
    """Of products + regularization on the diagonal, symmetric; float64, dense. Raises `SingularError`."""
    matrix = torch.from_numpy(products.toarray().astype(np.float64))
    matrix.diagonal().add_(regularization)
    factor, failed = torch.linalg.cholesky_ex(matrix)
    if failed:
        raise SingularError
    return torch.cholesky_inverse(factor)


def by_customers(rows: csr_array, regularization: float) -> tuple[np.ndarray, np.ndarray]:
    """W, float32 [rows, articles], and v, float32 [articles]: a purchase of j adds x_j . W_i to i, of which
    v_i is what i would say of itself.

    X: what customers bought, [rows, articles]. With A = (X X' + regularization)^-1 X and c_i = x_i . A_i they
    are A_i / (1 - c_i) and c_i / (1 - c_i), the same as from the inverse of articles x articles by which the
    regression is defined (Woodbury's identity). Raises `SingularError`.
    """
    solver = inverse(csr_array(rows @ rows.T), regularization).numpy()
    found, own = np.empty(rows.shape, np.float32), np.empty(rows.shape[1])
    columns = csr_array(rows.T)
    width = max(1, AT_ONCE // max(1, rows.shape[0]))
    for first in range(0, len(own), width):
        some = slice(first, first + width)
        solved = columns[some] @ solver
        found[:, some], own[some] = solved.T, columns[some].multiply(solved).sum(1)
    if own.max(initial=0) > 1 - SMALLEST:
        raise SingularError
    found /= (1 - own).astype(np.float32)
    return found, (own / (1 - own)).astype(np.float32)
