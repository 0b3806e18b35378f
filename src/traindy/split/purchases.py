"""The transactions with positions in place of ids, and what is wrong with them."""

import logging
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import ibis
from ibis.expr.types import Table

from traindy.core.columns import ARTICLE_ID, CUSTOMER, CUSTOMER_ID, DAY
from traindy.core.engine import Engine
from traindy.core.errors import UserError
from traindy.core.params import Params
from traindy.split.faults import COLUMN, DAYS, FOLDS_GIVEN, UNKNOWN, Fault, advice, as_numbers
from traindy.split.kept import Kept
from traindy.split.names import DATE, FAULT, FOLD, LISTED, RECORD
from traindy.split.source import Source, Wanted, as_date, as_id, as_text
from traindy.split.vocabulary import counted, shown

log = logging.getLogger("traindy")

EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True)
class Shop:
    """The three raw files and the two vocabularies made of them."""

    transactions: Source
    customers: Source
    articles: Source
    known_customers: Table
    """`vocabulary.read_customers`."""
    known_articles: Table
    """`vocabulary.read_articles`."""
    kept: Kept


def wanted_transactions(params: Params) -> dict[str, Wanted]:
    """The columns of the transactions file that are read."""
    columns = params.data.columns
    wanted = {
        CUSTOMER_ID: Wanted(columns.customer_id, "data.columns.customer_id"),
        ARTICLE_ID: Wanted(columns.article_id, "data.columns.article_id"),
        DATE: Wanted(columns.date, "data.columns.date"),
    }
    if params.split.by == "given":
        wanted[FOLD] = Wanted(columns.fold, "data.columns.fold")
    return wanted


def read_purchases(engine: Engine, shop: Shop, params: Params) -> tuple[Table, dict[Fault, int]]:
    """customer, _listed, day (int32), one row per transaction that is in order, and `fold` if it is given.

    Second, how many rows were dropped for each fault of `UNKNOWN`, with `split.on_unknown: drop`. Raises
    `UserError` for any other fault, and for these with `error`, or if nothing is left.
    """
    located = engine.keep(locate(shop), "located", shop.transactions.file)
    by_fault = located.group_by(FAULT).aggregate(rows=located.count())
    rows = {row[FAULT]: int(row["rows"] or 0) for row in engine.fetch(by_fault)}
    sound = rows.pop(None, 0)
    faults = {fault: rows[fault] for fault in Fault if fault in rows}
    for fault, count in faults.items():
        if fault not in UNKNOWN or params.split.on_unknown == "error" or not sound:
            raise _in_words(engine, shop, fault, count)
        log.warning("split: %s dropped, %s", counted(count), fault.replace("_", " "))
    if not sound:
        raise UserError(f"{shop.transactions.file}: no rows{shop.kept.why_none}")
    return located.filter(located[FAULT].isnull()).drop(FAULT), {f: faults.get(f, 0) for f in UNKNOWN}


def locate(shop: Shop) -> Table:
    """Every transaction of a customer who is kept: customer, _listed, day, its `Fault` or null.

    Further columns of the source (`fold`, `_record`) are passed on.
    """
    source = shop.transactions
    rows = shop.kept.rows(_typed(source))
    customers = shop.known_customers.select(CUSTOMER, known_customer=CUSTOMER_ID)
    articles = shop.known_articles.select(LISTED, known_article=ARTICLE_ID)
    rows = rows.left_join(customers, rows[CUSTOMER_ID] == customers.known_customer)
    rows = rows.left_join(articles, rows[ARTICLE_ID] == articles.known_article)
    conditions = [
        (rows[CUSTOMER_ID].isnull(), Fault.NO_CUSTOMER),
        (rows[ARTICLE_ID].isnull(), Fault.NO_ARTICLE),
        (rows[DAY].isnull(), Fault.DATE),
        (~rows[DAY].between(*((day - EPOCH).days for day in DAYS)), Fault.FAR_OFF),
        (rows[CUSTOMER].isnull(), Fault.UNKNOWN_CUSTOMER),
        (rows[LISTED].isnull(), Fault.UNKNOWN_ARTICLE),
    ]
    if FOLD in rows.columns:
        fold = rows[FOLD].fill_null("")
        conditions.insert(4, (fold.notin([str(f) for f in FOLDS_GIVEN]), Fault.FOLD))
    fault = ibis.cases(*[(c, str(f)) for c, f in conditions], else_=ibis.null("string"))
    extra = [name for name in (FOLD, RECORD) if name in rows.columns]
    return rows.select(CUSTOMER, LISTED, DAY, *extra, fault.name(FAULT))


def _typed(source: Source) -> Table:
    day = as_date(source, DATE).delta(ibis.date(EPOCH), unit="day").cast("int32")
    extra = {FOLD: as_text(source, FOLD)} if FOLD in source.header else {}
    passed = [RECORD] if RECORD in source.table.columns else []
    ids = {name: as_id(source, name) for name in (CUSTOMER_ID, ARTICLE_ID)}
    return source.table.select(*passed, **ids, **{DAY: day}, **extra)


def _in_words(engine: Engine, shop: Shop, fault: Fault, count: int) -> UserError:
    """A second pass over the file, for the first line with a fault."""
    numbered = replace(shop.transactions, table=engine.numbered(shop.transactions.table, RECORD))
    faulty = locate(replace(shop, transactions=numbered))
    (first,) = engine.fetch(faulty.filter(faulty[FAULT] == fault).order_by(RECORD).select(RECORD).limit(1))
    record = int(first[RECORD] or 0)
    name = COLUMN[fault]
    (row,) = engine.fetch(numbered.table.filter(lambda t: t[RECORD] == record).select(numbered.table[name]))
    source, value = shop.transactions, shown(name, row[name] or None)
    where = f"{source.file}: column {source.header[name]}, {source.place(record)}"
    listed_in = shop.customers if name == CUSTOMER_ID else shop.articles
    words = f"{where}: {advice(fault, value, counted(count), listed_in.file.name)}"
    if fault == Fault.UNKNOWN_ARTICLE:
        words += as_numbers(engine, shop.transactions, shop.articles, shop.known_articles)
    return UserError(words)
