"""Products of two sparse matrices, whatever the threads."""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array
from scipy.sparse import random as random_sparse

from traindy.uph import sparse
from traindy.uph.sparse import product


@pytest.mark.parametrize("share", [0, 0.1, 1])
@pytest.mark.parametrize("threads", [1, 2, 3, 50])
def test_the_product_is_that_of_the_whole_ones(share, threads, monkeypatch):
    monkeypatch.setattr(sparse, "WORTH_IT", 1)
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    left, right = (
        csr_array(random_sparse(*shape, density=part, rng=seed, dtype=np.float32))
        for seed, (shape, part) in enumerate([((9, 20), share), ((20, 30), 0.2)])
    )
    found = product(left, right)
    assert found.dtype == np.float32 and found.shape == (9, 30)
    assert np.array_equal(found.toarray(), (left @ right).toarray())
    assert found.toarray() == pytest.approx(left.toarray() @ right.toarray(), rel=1e-5)
