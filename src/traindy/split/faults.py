"""What can be wrong with a transaction, and what is said of it."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final

from ibis.expr.types import StringValue, Table

from traindy.core.columns import ARTICLE_ID, CUSTOMER_ID
from traindy.core.engine import Engine
from traindy.split.names import DATE, FOLD, Fold
from traindy.split.source import Source, as_id

FOLDS_GIVEN: Final = (Fold.TRAIN, Fold.VALID, Fold.TEST)
DAYS: Final = (date(1900, 1, 1), date(2199, 12, 31))
"""Days that can be meant; those of year 1 or 9999 stand for something else."""


class Fault(StrEnum):
    """What can be wrong with a transaction, in the order in which it is looked for."""

    NO_CUSTOMER = "no_customer"
    NO_ARTICLE = "no_article"
    DATE = "date"
    FAR_OFF = "far_off"
    FOLD = "fold"
    UNKNOWN_CUSTOMER = "unknown_customer"
    UNKNOWN_ARTICLE = "unknown_article"


UNKNOWN = (Fault.UNKNOWN_CUSTOMER, Fault.UNKNOWN_ARTICLE)

COLUMN: Final = {
    Fault.NO_CUSTOMER: CUSTOMER_ID,
    Fault.NO_ARTICLE: ARTICLE_ID,
    Fault.DATE: DATE,
    Fault.FAR_OFF: DATE,
    Fault.FOLD: FOLD,
    Fault.UNKNOWN_CUSTOMER: CUSTOMER_ID,
    Fault.UNKNOWN_ARTICLE: ARTICLE_ID,
}


def advice(fault: Fault, value: str, rows: str, listed_in: str) -> str:
    """What is wrong and what to do, in words. rows: how many; listed_in: the file that should name the id."""
    fill_in = "fill it in or remove the row"
    unknown = (
        f"{value} is not in {listed_in} ({rows}); add it there, or leave such rows out with "
        "split.on_unknown=drop"
    )
    words: Mapping[Fault, str] = {
        Fault.NO_CUSTOMER: f"empty ({rows}); every purchase needs its customer: {fill_in}",
        Fault.NO_ARTICLE: f"empty ({rows}); every purchase needs its article: {fill_in}",
        Fault.DATE: f"{value} is not a date ({rows}); write dates as YYYY-MM-DD",
        Fault.FAR_OFF: f"{value} is no day of a purchase ({rows}): outside {DAYS[0]} to {DAYS[1]}; "
        "correct it or remove the row",
        Fault.FOLD: f"{value} is no fold ({rows}); allowed are {', '.join(FOLDS_GIVEN)}",
        Fault.UNKNOWN_CUSTOMER: unknown,
        Fault.UNKNOWN_ARTICLE: unknown,
    }
    return words[fault]


def as_numbers(engine: Engine, transactions: Source, articles: Source, known: Table) -> str:
    """A second line if unknown articles would be known but for what numbers lose or add, else nothing.

    known: `vocabulary.read_articles`.
    """
    bought = transactions.table.select(bought=as_id(transactions, ARTICLE_ID)).distinct()
    listed = known.select(listed=ARTICLE_ID)
    unknown = bought.anti_join(listed, bought.bought == listed.listed)
    pairs = unknown.mutate(digits=_digits(unknown.bought)).join(
        listed.mutate(digits=_digits(listed.listed)), "digits"
    )
    decimal = (pairs.bought.endswith(".0") | pairs.listed.endswith(".0")).sum()
    shorter = (pairs.bought.length() < pairs.listed.length()).sum()
    (n,) = engine.fetch(pairs.aggregate(articles=pairs.bought.nunique(), decimal=decimal, shorter=shorter))
    if not n["articles"]:
        return ""
    of_bought, of_listed = transactions, articles
    if n["decimal"]:
        of_bought, of_listed = of_listed, of_bought
    wrong = of_bought if int(n["shorter"] or 0) else of_listed
    how = "are written as decimals in {}" if n["decimal"] else "differ only by leading zeroes that {} lost"
    return (
        f"\n{n['articles']} of the articles {how.format(wrong.file.name)}: write "
        f"{wrong.header[ARTICLE_ID]} there again as text, with its zeroes (H&M's ids have 10 digits)"
    )


def _digits(id_: StringValue) -> StringValue:
    return id_.re_replace(r"^0+", "").re_replace(r"\.0$", "")
