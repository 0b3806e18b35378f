"""The UPH in memory and on disk, by hand and as invariants."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array, load_npz

from traindy.core.errors import UserError
from traindy.uph import UPH, load, merge, save


def make(rows, articles=4, customers=None):
    """A UPH from (customer, article, day, units)."""
    rows = sorted(rows)
    columns = np.array(rows, dtype=np.int32).reshape(-1, 4).T
    shape = (customers or int(columns[0].max()) + 1, articles)
    indptr = np.searchsorted(columns[0], np.arange(shape[0] + 1))
    return UPH(
        csr_array((np.ones(len(rows), np.float32), columns[1], indptr), shape=shape), columns[2], columns[3]
    )


A = make([(0, 1, 10, 2), (2, 0, 11, 1)], customers=3)
B = make([(0, 1, 20, 1), (0, 3, 5, 1), (1, 2, 7, 4)], customers=3)


def test_merge_unites_pairs_keeps_the_last_day_and_adds_units():
    both = merge(A, B)
    assert both.matrix.toarray().tolist() == [[0, 1, 0, 1], [0, 0, 1, 0], [1, 0, 0, 0]]
    assert both.day.tolist() == [20, 5, 7, 11]
    assert both.count.tolist() == [3, 1, 4, 1]


def test_rows_in_any_order_and_again():
    some = merge(A, B).rows(np.array([2, 0, 0, 1]))
    assert some.matrix.toarray().tolist() == [[1, 0, 0, 0], [0, 1, 0, 1], [0, 1, 0, 1], [0, 0, 1, 0]]
    assert some.day.tolist() == [11, 20, 5, 20, 5, 7]
    assert merge(A, B).rows(np.array([], int)).n_customers == 0


def test_some_entries_of_all_customers():
    both = merge(A, B)
    some = both.where(both.day < 12)
    assert some.matrix.toarray().tolist() == [[0, 0, 0, 1], [0, 0, 1, 0], [1, 0, 0, 0]]
    assert some.day.tolist() == [5, 7, 11]
    assert some.count.tolist() == [1, 4, 1]


def test_shards_are_read_back_in_order_and_by_scipy_too(tmp_path):
    save(tmp_path, B, 3)
    save(tmp_path, A, 0)
    both = load(tmp_path)
    assert both.matrix.toarray().tolist() == np.vstack([A.matrix.toarray(), B.matrix.toarray()]).tolist()
    assert both.day.tolist() == [*A.day, *B.day] and both.count.tolist() == [*A.count, *B.count]
    assert load_npz(tmp_path / "customers-00000000.npz").toarray().tolist() == A.matrix.toarray().tolist()


def test_shards_beyond_a_hundred_million_customers_come_after_those_before(tmp_path):
    save(tmp_path, A, 99_999_999)
    save(tmp_path, B, 100_000_002)
    assert load(tmp_path).matrix.toarray().tolist() == [
        *A.matrix.toarray().tolist(),
        *B.matrix.toarray().tolist(),
    ]
    assert load(tmp_path, range(100_000_002, 100_000_005)).day.tolist() == B.day.tolist()


def test_some_customers_are_read_from_their_shards_alone(tmp_path):
    for first in (0, 3, 6):
        save(tmp_path, (A, B, A)[first // 3], first)
    (tmp_path / "customers-00000000.npz").write_bytes(b"must not be read")
    whole = [*B.matrix.toarray().tolist(), *A.matrix.toarray().tolist()]
    for own in (range(3, 9), range(4, 7), range(3, 6), range(8, 9)):
        part = load(tmp_path, own)
        assert part.matrix.toarray().tolist() == whole[own.start - 3 : own.stop - 3]
    assert load(tmp_path, range(4, 7)).day.tolist() == [7, 10]
    with pytest.raises(UserError, match=r"00000000\.npz: not a UPH shard"):
        load(tmp_path, range(2, 4))


def test_the_same_rows_are_the_same_bytes(tmp_path):
    for name in "ab":
        save(tmp_path / name, A, 0)
    first, second = (next((tmp_path / name).iterdir()).read_bytes() for name in "ab")
    assert first == second


def test_an_empty_or_broken_folder_is_named(tmp_path):
    with pytest.raises(UserError, match="holds no UPH shard; run `dvc repro build_uph`"):
        load(tmp_path)
    save(tmp_path, A, 0)
    shard = next(tmp_path.iterdir())
    shard.write_bytes(shard.read_bytes()[:-40])
    with pytest.raises(UserError, match=f"{shard.name}: not a UPH shard"):
        load(tmp_path)


def test_a_shard_whose_parts_do_not_fit_is_refused(tmp_path):
    save(tmp_path, UPH(A.matrix, A.day[:-1], A.count), 0)
    with pytest.raises(UserError, match="do not fit"):
        load(tmp_path)


purchases = st.dictionaries(
    st.tuples(st.integers(0, 4), st.integers(0, 3)), st.tuples(st.integers(0, 99), st.integers(1, 5))
)


@settings(max_examples=50, deadline=None)
@given(purchases, purchases)
def test_merging_conserves_units_and_knows_every_pair(left, right):
    parts = [make([(*pair, *entry) for pair, entry in p.items()], customers=5) for p in (left, right)]
    both = merge(*parts)
    assert both.count.sum() == sum(p.count.sum() for p in parts)
    assert both.matrix.nnz == len(left.keys() | right.keys())
    again = merge(*reversed(parts))
    assert np.array_equal(both.day, again.day) and np.array_equal(both.count, again.count)
