"""The customers and the articles of the shop: read, checked, and put into the order of their ids."""

from typing import Final

import ibis
from ibis.expr.types import Table

from traindy.core.columns import ARTICLE, ARTICLE_ID, CLUSTER, CUSTOMER, CUSTOMER_ID, GROUP, PHASE, PROFILE
from traindy.core.engine import Engine
from traindy.core.errors import UserError
from traindy.core.params import Params
from traindy.split.kept import Kept
from traindy.split.names import LISTED, RECORD
from traindy.split.source import Source, Wanted, as_id, as_text

DAY_AND_TIME: Final = len("2020-09-16 00:00:00.000000")
"""What is shorter is shown whole."""


def wanted_customers(params: Params) -> dict[str, Wanted]:
    """The columns of the customers file that are read."""
    key = Wanted(params.data.columns.customer_id, "data.columns.customer_id")
    return {CUSTOMER_ID: key} | _attributes(
        params.cluster.attributes, "cluster.attributes", {CUSTOMER, CUSTOMER_ID, GROUP, CLUSTER, PROFILE}
    )


def wanted_articles(params: Params) -> dict[str, Wanted]:
    """The columns of the articles file that are read."""
    key = Wanted(params.data.columns.article_id, "data.columns.article_id")
    return {ARTICLE_ID: key} | _attributes(
        params.data.article_attributes, "data.article_attributes", {ARTICLE, ARTICLE_ID, PHASE}
    )


def _attributes(names: list[str], parameter: str, reserved: set[str]) -> dict[str, Wanted]:
    seen = set(reserved)
    for name in names:
        if name.casefold() in seen:  # the engines do not tell upper from lower case
            why = "the pipeline's own column has that name" if name.casefold() in reserved else "listed twice"
            raise UserError(f"{parameter}={names}: {name} cannot be used ({why}); rename or remove it")
        seen.add(name.casefold())
    return {name: Wanted(name, parameter) for name in names}


def read_customers(engine: Engine, source: Source, kept: Kept) -> Table:
    """customer (0-based int32 position by customer_id), customer_id, attributes as text; kept on disk.

    Raises `UserError` for no rows, an empty id or one that stands twice.
    """
    rows = kept.rows(_texts(source, CUSTOMER_ID))
    table = _positioned(engine, rows, source, CUSTOMER_ID, CUSTOMER)
    _check(engine, source, table, CUSTOMER_ID, kept)
    return table


def read_articles(engine: Engine, source: Source) -> Table:
    """_listed (0-based int32 position by article_id), article_id, attributes as text; kept on disk.

    Raises `UserError` for no rows, an empty id or one that stands twice.
    """
    table = _positioned(engine, _texts(source, ARTICLE_ID), source, ARTICLE_ID, LISTED)
    _check(engine, source, table, ARTICLE_ID, Kept(fraction=1, forgotten=None))
    return table


def _texts(source: Source, key: str) -> Table:
    attributes = {name: as_text(source, name) for name in source.header if name != key}
    return source.table.select(**{key: as_id(source, key)}, **attributes)


def _positioned(engine: Engine, rows: Table, source: Source, key: str, position: str) -> Table:
    place = ibis.row_number().over(order_by=rows[key]).cast("int32")
    return engine.keep(rows.select(place.name(position), *rows.columns), key, source.file)


def _check(engine: Engine, source: Source, table: Table, key: str, kept: Kept) -> None:
    id_ = table[key]
    (n,) = engine.fetch(table.aggregate(rows=table.count(), given=id_.count(), distinct=id_.nunique()))
    rows, given, distinct = (int(n[name] or 0) for name in ("rows", "given", "distinct"))
    if not rows:
        raise UserError(f"{source.file}: no rows{kept.why_none}")
    if given == distinct == rows:
        return
    numbered = engine.numbered(source.table, RECORD).select(RECORD, as_id(source, key).name(key))
    if given < rows:
        _raise_first(engine, source, numbered.filter(numbered[key].isnull()), key, rows - given)
    first = numbered[RECORD].min().over(group_by=key)
    again = numbered.mutate(first=first).filter(lambda t: t[RECORD] > t["first"])
    _raise_first(engine, source, again, key, given - distinct)


def _raise_first(engine: Engine, source: Source, rows: Table, key: str, count: int) -> None:
    (row,) = engine.fetch(rows.order_by(RECORD).limit(1))
    where = f"{source.file}: column {source.header[key]}, {source.place(int(row[RECORD] or 0))}"
    if row[key] is None:
        raise UserError(f"{where}: empty ({counted(count)}); give the row its id or remove it")
    raise UserError(
        f"{where}: {shown(key, row[key])} stands there a second time ({counted(count)} too many); "
        "keep one row of each"
    )


def shown(name: str, value: object) -> str:
    """A value in a message: articles by at most 40 characters, customers by 8 and never more than half.

    So is what is longer than a day with its time: columns are easily taken for one another.
    """
    if value is None:
        return "empty"
    text = str(value)
    secret = name == CUSTOMER_ID or (name != ARTICLE_ID and len(text) > DAY_AND_TIME)
    longest = min(8, len(text) // 2) if secret else 40
    return repr(text if len(text) <= longest else text[:longest] + "…")


def counted(n: int) -> str:
    """'1 row', '1,234 rows'."""
    return "1 row" if n == 1 else f"{n:,} rows"
