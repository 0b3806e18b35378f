"""Products of two sparse matrices on all cores, where torch has MKL; SciPy takes one."""

import warnings

import torch
from scipy.sparse import csr_array
from torch import Tensor

warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta", UserWarning)


def product(left: csr_array, right: csr_array) -> csr_array:
    """left @ right, float32, columns in no order."""
    if not (torch.backends.mkl.is_available() and left.nnz and right.nnz):
        return csr_array(left @ right)
    made = torch.sparse.mm(_of_torch(left), _of_torch(right))
    data, column, starts = (part.numpy() for part in (made.values(), made.col_indices(), made.crow_indices()))
    return csr_array((data, column, starts), shape=(left.shape[0], right.shape[1]))


def _of_torch(matrix: csr_array) -> Tensor:
    indptr, indices = (torch.from_numpy(part).int() for part in (matrix.indptr, matrix.indices))
    values = torch.from_numpy(matrix.data).float()
    return torch.sparse_csr_tensor(indptr, indices, values, size=matrix.shape, check_invariants=False)
