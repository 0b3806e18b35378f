"""The paths: known by hand, nothing its own neighbour, the same in blocks as at once."""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from traindy.cvae import neighbours, on_device
from traindy.cvae.neighbours import Neighbours, alike, bought_together
from traindy.cvae.on_device import OnDevice
from traindy.cvae.ranking import places
from traindy.uph import UPH


def make_uph(dense):
    matrix = csr_array(np.array(dense, np.float32))
    return UPH(matrix, np.zeros(matrix.nnz, np.int32), np.ones(matrix.nnz, np.int32))


def test_together_counts_customers_less_for_long_rows_and_popular_articles():
    found = bought_together(make_uph([[1, 1, 0], [1, 1, 1], [0, 0, 0]]), 3, keep=2).matrix.toarray()
    assert np.diag(found).tolist() == [0, 0, 0]
    assert found[0, 1] == pytest.approx((2**-0.3 + 3**-0.3) / 2)
    assert found[0, 2] == pytest.approx(3**-0.3 / np.sqrt(2))
    assert pytest.approx(found) == found.T


def test_only_the_nearest_are_kept():
    found = bought_together(make_uph([[1, 1, 0], [1, 1, 1]]), 3, keep=1).matrix
    assert np.diff(found.indptr).tolist() == [1, 1, 1]
    assert found[[0], :].indices.tolist() == [1]


def test_blocks_change_nothing(monkeypatch):
    rows = np.random.default_rng(0).random((40, 23)) < 0.2
    uph, w = make_uph(rows), torch.randn(23, 5, generator=torch.Generator().manual_seed(0))
    whole = bought_together(uph, 23, 4).matrix.toarray(), alike(w, 4).matrix.toarray()
    monkeypatch.setattr(neighbours, "AT_ONCE", 23 * 3)
    assert np.array_equal(bought_together(uph, 23, 4).matrix.toarray(), whole[0])
    assert alike(w, 4).matrix.toarray() == pytest.approx(whole[1], rel=1e-5)


def test_alike_falls_with_the_angle():
    found = alike(torch.tensor([[1.0, 0.0], [2.0, 0.0], [0.0, 3.0]]), keep=2).matrix.toarray()
    assert found[0, 1] == pytest.approx(1) and found[0, 2] == pytest.approx(np.exp(-10))
    assert np.diag(found).tolist() == [0, 0, 0]


@pytest.mark.parametrize(("share", "filled"), [(0, 1), (1, 0), (1, 1)], ids=["whole", "filled", "sparse"])
def test_support_is_the_logarithm_of_what_the_bought_articles_say_together(share, filled, monkeypatch):
    path = Neighbours(csr_array(np.array([[0, 1.0, 3.0], [1.0, 0, 0], [0, 0, 0]], np.float32)), 0.5)
    history = csr_array(np.array([[1, 1, 0], [0, 0, 1]], np.float32))
    monkeypatch.setattr(neighbours, "DENSE", share)
    monkeypatch.setattr(neighbours, "FILLED", filled)
    to = torch.ones(2, 3)
    path.add_support(to, history, 10.0)
    assert to.numpy() == pytest.approx(1 + 10 * np.log1p([[2, 2, 6], [0, 0, 0]]))


def test_a_matrix_of_many_articles_is_not_made_whole_however_much_of_it_is_filled(monkeypatch):
    full = Neighbours(csr_array(np.ones((3, 3), np.float32)), 0.5)
    assert full._is_dense
    monkeypatch.setattr(neighbours, "WHOLE", 8)
    assert not full._is_dense


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("at_once", [3, 10_000])
def test_what_a_gpu_adds_up_is_the_product(dense, at_once, monkeypatch):
    monkeypatch.setattr(on_device, "AT_ONCE", at_once)
    random = np.random.default_rng(0)
    matrix = csr_array((random.random((30, 30)) * (random.random((30, 30)) < 0.2)).astype(np.float32))
    bought = random.random((17, 30)) < 0.1
    bought[[0, 9, 16]] = False
    history = csr_array(bought.astype(np.float32))
    cpu = torch.device("cpu")
    sums = OnDevice(matrix, cpu, dense).sums(*places(history, cpu), rows=17)
    assert sums.numpy() == pytest.approx((history @ matrix).toarray(), rel=1e-5)
