"""From the split's rows to the UPH's shards: distinct (customer, article) pairs with last day and units."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from ibis.expr.types import Table

from traindy.core.columns import ARTICLE, CUSTOMER, DAY
from traindy.core.engine import Engine
from traindy.uph.matrix import UPH, ones, save

UNITS = "units"


def build(
    engine: Engine, purchases: Table, shape: tuple[int, int], shard_customers: int
) -> Iterator[tuple[int, UPH]]:
    """The UPH of `purchases` (customer, article, day), a shard of so many customers at a time.

    Yields each shard's first customer and its rows; shape: all customers, all articles.
    """
    n_customers, n_articles = shape
    pairs = purchases.group_by(CUSTOMER, ARTICLE).aggregate(
        **{DAY: purchases[DAY].max(), UNITS: purchases.count().cast("int32")}
    )
    for first in range(0, n_customers, shard_customers):
        last = min(first + shard_customers, n_customers)
        mine = pairs.filter(pairs[CUSTOMER] >= first, pairs[CUSTOMER] < last)
        table = engine.fetch_arrow(mine.order_by(CUSTOMER, ARTICLE))
        yield first, _matrix(table, first, (last - first, n_articles))


def _matrix(pairs: pa.Table, first: int, shape: tuple[int, int]) -> UPH:
    row = pairs[CUSTOMER].to_numpy() - first
    indptr = np.searchsorted(row, np.arange(shape[0] + 1))
    matrix = ones(pairs[ARTICLE].to_numpy(), indptr, shape)
    return UPH(matrix, pairs[DAY].to_numpy().astype(np.int32), pairs[UNITS].to_numpy().astype(np.int32))


def write(
    engine: Engine,
    file: Path,
    folder: Path,
    shape: tuple[int, int],
    shard_customers: int,
    until: int | None = None,
) -> dict[str, int | float]:
    """Build the UPH of one Parquet file of purchases into a folder; returns its counts.

    until: the first day that is left out, days since 1970-01-01; None: none is.
    """
    purchases, entries, units = engine.read_parquet(file), 0, 0
    if until is not None:
        purchases = purchases.filter(purchases[DAY] < until)
    for first, uph in build(engine, purchases, shape, shard_customers):
        save(folder, uph, first)
        entries, units = entries + uph.matrix.nnz, units + int(uph.count.sum())
    return {"entries": entries, "units": units, "density": round(entries / (shape[0] * shape[1]), 9)}
