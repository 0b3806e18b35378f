"""From a folder with three raw files to the rows of train, valid, test and fold_in, and the vocabularies."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
import numpy as np
from ibis.expr.types import Table

from traindy.core.columns import ARTICLE, ARTICLE_ID, CUSTOMER, CUSTOMER_ID, DAY, GROUP, PHASE
from traindy.core.cut import Cut, write_cut
from traindy.core.engine import Engine
from traindy.core.errors import UserError
from traindy.core.params import Params
from traindy.core.vocabulary import ARTICLES_FILE, CUSTOMERS_FILE, ArticlePhase, CustomerGroup
from traindy.split.counts import check_files, count_by, split_counts
from traindy.split.folds import by_customer, by_time, hold_out, time_cut
from traindy.split.kept import kept
from traindy.split.names import FOLD, LISTED, Fold
from traindy.split.purchases import Shop, read_purchases, wanted_transactions
from traindy.split.source import find, open_source
from traindy.split.standing import FILES, group_customers, phase_articles
from traindy.split.vocabulary import read_articles, read_customers, wanted_articles, wanted_customers

log = logging.getLogger("traindy")

TRANSACTIONS, CUSTOMERS, ARTICLES = "transactions_train", "customers", "articles"
"""The raw files' names, without their suffix."""

FOLD_IN = "fold_in"


@dataclass(frozen=True)
class SplitShop:
    """A shop that was read, checked and cut; nothing of it is written yet."""

    shop: Shop
    rows: Table
    """customer, _listed, day, fold."""
    groups: Table
    """`standing.group_customers`."""
    phases: Table
    """`standing.phase_articles`."""
    cut: Cut
    counts: dict[str, Any]
    """What metrics/split.json says."""


def split_shop(engine: Engine, params: Params) -> SplitShop:
    """Read, check and cut the shop in `data.dir`; intermediate tables stay with the engine.

    Raises `UserError` for whatever the raw files or the cut have wrong.
    """
    shop = open_shop(engine, params)
    purchases, dropped = read_purchases(engine, shop, params)
    rows, cut = _with_folds(engine, purchases, shop, params)
    rows = engine.keep(rows, "rows")
    groups = group_customers(rows, shop.known_customers, params.split.held_out, params.split.seed)
    phases = phase_articles(rows, shop.known_articles, everything=params.split.catalogue == "all")
    groups, phases = engine.keep(groups, "groups"), engine.keep(phases, "phases")
    by_group = count_by(engine, groups, GROUP, CustomerGroup)
    by_phase = count_by(engine, phases, PHASE, ArticlePhase)
    check_files(by_group, params.split)
    counts = split_counts(by_group, by_phase, dropped)
    return SplitShop(shop, rows, groups, phases, cut, counts | {"days": cut.dates})


def open_shop(engine: Engine, params: Params) -> Shop:
    """Find and open the three files, and read the customers and the articles."""
    folder = Path(params.data.dir)
    if folder == Path(params.paths.simulated):
        remedy = "run `dvc repro simulate` to make the simulated shop"
    else:
        remedy = "put the shop's files there (README: Kaggle's H&M files) or correct data.dir"
    files = {stem: find(folder, stem, remedy) for stem in (TRANSACTIONS, CUSTOMERS, ARTICLES)}
    transactions = open_source(engine, files[TRANSACTIONS], wanted_transactions(params))
    customers = open_source(engine, files[CUSTOMERS], wanted_customers(params))
    articles = open_source(engine, files[ARTICLES], wanted_articles(params))
    whose = kept(params)
    known_customers = read_customers(engine, customers, whose)
    return Shop(transactions, customers, articles, known_customers, read_articles(engine, articles), whose)


def write_split(engine: Engine, split: SplitShop, folder: Path) -> None:
    """Write the four files of transactions, the two vocabularies and cut.json to an existing folder."""
    for name in FILES:
        engine.write(_rows_of(split, name), folder / f"{name}.parquet")
    customers = split.shop.known_customers.join(split.groups.select(CUSTOMER, GROUP), CUSTOMER)
    customers = customers.relocate(CUSTOMER, CUSTOMER_ID, GROUP)
    engine.write(customers.order_by(CUSTOMER), folder / CUSTOMERS_FILE)
    articles = split.shop.known_articles.join(split.phases.select(LISTED, ARTICLE, PHASE), LISTED).drop(
        LISTED
    )
    articles = articles.relocate(ARTICLE, ARTICLE_ID, PHASE)
    engine.write(articles.order_by(ARTICLE), folder / ARTICLES_FILE)
    write_cut(folder, split.cut)


def _with_folds(engine: Engine, purchases: Table, shop: Shop, params: Params) -> tuple[Table, Cut]:
    split, customers, articles = params.split, shop.known_customers, shop.known_articles
    if split.by in ("fraction", "date"):
        sold = engine.fetch(purchases.group_by(DAY).aggregate(rows=purchases.count()).order_by(DAY))
        days, rows = (np.array([row[name] for row in sold], np.int64) for name in (DAY, "rows"))
        cut = time_cut(days, rows, split)
        return by_time(purchases, cut), cut
    if split.horizon_days:
        raise UserError(
            f"split.horizon_days={split.horizon_days}: not with split.by={split.by}; set it to null"
        )
    cut = Cut(split.by, None, None, None)
    if split.by == "per_customer":
        log.warning(
            "split: split.by=per_customer leaks time: what is learnt from may come after what is tested"
        )
        return by_customer(purchases, customers, articles, split), cut
    (valid,) = engine.fetch(
        purchases.filter(purchases[FOLD] == str(Fold.VALID)).aggregate(rows=ibis._.count())
    )
    if valid["rows"]:
        return purchases, cut
    shares = {Fold.VALID: split.share_of_validation}
    return hold_out(purchases, shares, split.seed, customers, articles), cut


def _rows_of(split: SplitShop, file: str) -> Table:
    """customer, article, day of one of `FILES`, sorted by customer, day and article."""
    folds, group = FILES[file]
    rows = split.rows.filter(split.rows[FOLD].isin([str(fold) for fold in folds]))
    if group:
        rows = rows.semi_join(split.groups.filter(split.groups[GROUP] == str(group)), CUSTOMER)
    rows = rows.join(split.phases.select(LISTED, ARTICLE), LISTED)
    return rows.select(CUSTOMER, ARTICLE, DAY).order_by(CUSTOMER, DAY, ARTICLE)
