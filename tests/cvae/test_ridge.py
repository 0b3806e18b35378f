"""Each article from all others: the closed form, from whichever side is smaller."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from traindy.core.errors import UserError
from traindy.cvae import ridge as module
from traindy.cvae.ridge import ridge
from traindy.uph import UPH


def make_uph(dense: np.ndarray) -> UPH:
    matrix = csr_array(dense.astype(np.float32))
    return UPH(matrix, np.zeros(matrix.nnz, np.int32), np.ones(matrix.nnz, np.int32))


def closed_form(dense: np.ndarray, regularization: float) -> np.ndarray:
    inverse = np.linalg.inv(dense.T.astype(float) @ dense + regularization * np.eye(dense.shape[1]))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    return expected


def bought(customers: int, articles: int) -> np.ndarray:
    dense = np.random.default_rng(1).random((customers, articles)) < 0.5
    dense[0], dense[3] = True, False  # who bought nothing makes no difference
    return dense


@pytest.mark.parametrize("customers", [60, 8, 5], ids=["more customers", "as many", "more articles"])
@pytest.mark.parametrize("at_once", [1, 24, 1_000_000])
def test_it_is_ease(monkeypatch, customers, at_once):
    for where in ("traindy.cvae.ridge", "traindy.uph.ridge"):
        monkeypatch.setattr(f"{where}.AT_ONCE", at_once)
    dense = bought(customers, 8)
    assert ridge(make_uph(dense), 8, 2.0).matrix.toarray() == pytest.approx(closed_form(dense, 2.0), abs=1e-6)


@pytest.mark.parametrize("customers", [60, 7])
def test_what_cannot_be_inverted_names_the_parameter(customers):
    alike = np.ones((customers, 10), bool)
    with pytest.raises(UserError, match=r"cvae\.ridge: too small"):
        ridge(make_uph(alike), 10, 1e-20)
    if customers < 10:  # an article that only one bought says all of itself
        with pytest.raises(UserError, match=r"cvae\.ridge: too small"):
            ridge(make_uph(np.eye(customers, 10, dtype=bool)), 10, 1e-9)


@pytest.mark.parametrize("customers", [60, 7])
@pytest.mark.parametrize("at_once", [1, 24, 1_000_000])
def test_the_largest_entries_are_kept_and_later_articles_left_out(monkeypatch, customers, at_once):
    monkeypatch.setattr(module, "ENTRIES", 30)
    monkeypatch.setattr(module, "AT_ONCE", at_once)
    dense = bought(customers, 12)
    dense[1:, :5] &= np.arange(1, customers)[:, None] % 3 == 0
    expected, found = closed_form(dense[:, :10], 0.5), ridge(make_uph(dense), 10, 0.5).matrix
    assert expected.any(1).all(), "every article was bought"
    lengths = module._kept(csr_array(dense[:, :10].astype(np.float32))).tolist()
    assert len(set(lengths)) > 1 and np.diff(found.indptr).tolist() == lengths
    for wanted, row in zip(expected, found.toarray(), strict=True):
        kept = np.flatnonzero(row)
        assert row[kept] == pytest.approx(wanted[kept], abs=1e-5)
        assert np.abs(np.delete(wanted, kept)).max() <= np.abs(wanted[kept]).min() + 1e-6


def test_more_is_kept_of_what_many_bought_and_none_of_the_room_is_wasted(monkeypatch):
    monkeypatch.setattr(module, "ENTRIES", 42)
    sold = np.array([1, 2, 4, 8, 64, 64, 1, 0])
    rows = csr_array((np.arange(64)[:, None] < sold).astype(np.float32))
    # Three have whole rows of 8; 18 are left for what adds up to 9, where what nobody bought counts as 1.
    assert module._kept(rows).tolist() == [2, 4, 8, 8, 8, 8, 2, 2]
    monkeypatch.setattr(module, "ENTRIES", 64)
    assert module._kept(rows).tolist() == [8] * 8, "where there is room for all"


def test_where_nobody_bought_anything_nothing_speaks_for_anything():
    assert not ridge(make_uph(np.zeros((5, 4), bool)), 4, 2.0).matrix.toarray().any()
