"""Products of two sparse matrices, by MKL and by SciPy."""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array
from scipy.sparse import random as random_sparse

from traindy.uph.sparse import product


@pytest.fixture(params=[True, False], ids=["MKL", "SciPy"], autouse=True)
def by(request, monkeypatch):
    if request.param and not torch.backends.mkl.is_available():
        pytest.skip("torch was built without MKL")
    monkeypatch.setattr(torch.backends.mkl, "is_available", lambda: request.param)


def matrix(rows, columns, share, seed=0):
    return csr_array(random_sparse(rows, columns, density=share, rng=seed, dtype=np.float32))


@pytest.mark.parametrize("share", [0, 0.1, 1])
def test_the_product_of_two_is_that_of_the_whole_ones(share):
    left, right = matrix(9, 20, share), matrix(20, 30, 0.2, 1)
    found = product(left, right)
    assert found.dtype == np.float32
    assert found.toarray() == pytest.approx(left.toarray() @ right.toarray(), rel=1e-5)
