"""From rows to shards: distinct pairs, last day, units; the shard size changes nothing."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from traindy.core.engine import open_engine
from traindy.uph import load
from traindy.uph.build import write

# customer, article, day: customer 0 buys article 2 twice on one day and again later.
ROWS = [(0, 2, 5), (0, 2, 5), (0, 1, 6), (0, 2, 9), (3, 0, 7)]


def build(tmp_path, params, rows, shard, shape=(5, 3), name="uph", until=None):
    columns = np.array(rows, np.int32).reshape(-1, 3).T
    names = ("customer", "article", "day")
    file = tmp_path / "train.parquet"
    pq.write_table(pa.table({n: pa.array(c, pa.int32()) for n, c in zip(names, columns, strict=True)}), file)
    with open_engine(params().engine, scratch=tmp_path / "scratch") as engine:
        counts = write(engine, file, tmp_path / name, shape, shard, until)
    return counts, load(tmp_path / name)


def test_by_hand(tmp_path, params):
    counts, uph = build(tmp_path, params, ROWS, shard=100)
    assert uph.matrix.toarray().tolist() == [[0, 1, 1], [0, 0, 0], [0, 0, 0], [1, 0, 0], [0, 0, 0]]
    assert uph.day.tolist() == [6, 9, 7]
    assert uph.count.tolist() == [1, 3, 1]
    assert counts == {"entries": 3, "units": 5, "density": 0.2}


def test_as_of_a_day_nothing_is_known_of_what_came_later_of_the_same_pair_either(tmp_path, params):
    counts, uph = build(tmp_path, params, ROWS, shard=100, until=7)
    assert uph.matrix.toarray()[0].tolist() == [0, 1, 1] and uph.matrix.nnz == 2
    assert uph.day.tolist() == [6, 5]
    assert uph.count.tolist() == [1, 2] and counts["units"] == 3


@pytest.mark.parametrize("shard", [1, 2, 4])
def test_shards_hold_all_customers_and_the_same_entries(tmp_path, params, shard):
    _, whole = build(tmp_path, params, ROWS, shard=100)
    _, parts = build(tmp_path, params, ROWS, shard, name="parts")
    assert len(list((tmp_path / "parts").iterdir())) == -(-5 // shard)
    assert np.array_equal(whole.matrix.toarray(), parts.matrix.toarray())
    assert np.array_equal(whole.day, parts.day)


def test_a_period_without_purchases(tmp_path, params):
    counts, uph = build(tmp_path, params, [], shard=2)
    assert uph.matrix.shape == (5, 3) and uph.matrix.nnz == 0
    assert counts["entries"] == 0


def test_the_order_of_the_rows_changes_no_byte(tmp_path, params):
    build(tmp_path, params, ROWS, 2, name="a")
    build(tmp_path, params, ROWS[::-1], 2, name="b")
    for shard in (tmp_path / "a").iterdir():
        assert shard.read_bytes() == (tmp_path / "b" / shard.name).read_bytes()
