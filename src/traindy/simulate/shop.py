"""The whole shop: catalogue, customers and rows, from a seed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from traindy.core.params import Simulate
from traindy.simulate.articles import Articles, make_articles
from traindy.simulate.baskets import Rows, make_rows
from traindy.simulate.catalogue import article_ids, article_table
from traindy.simulate.customers import Customers, make_customers
from traindy.simulate.days import Calendar
from traindy.simulate.files import customer_table, hex_ids, write_table, write_transactions
from traindy.simulate.shelves import Shelves

CUSTOMERS_AT_ONCE: Final = 50_000


@dataclass(frozen=True)
class Shop:
    """A simulated shop before it is written."""

    first_day: np.datetime64
    calendar: Calendar
    articles: Articles
    article_ids: np.ndarray
    customers: Customers
    customer_ids: np.ndarray
    rows: Rows
    settings: Simulate


def make_shop(settings: Simulate) -> Shop:
    """Draw a shop; rows are drawn for some customers at a time, so that memory grows with the rows alone."""
    rng = np.random.default_rng(settings.seed)
    first_day = np.datetime64(settings.first_day)
    articles = make_articles(settings.articles, settings.days, rng)
    customers = make_customers(settings.customers, articles.group_of_style, rng)
    shelves, calendar = Shelves(articles), Calendar(first_day, settings.days)
    parts = [
        make_rows(articles, customers, shelves, slice(first, first + CUSTOMERS_AT_ONCE), calendar, rng)
        for first in range(0, settings.customers, CUSTOMERS_AT_ONCE)
    ]
    rows = Rows(
        *(np.concatenate([getattr(p, name) for p in parts]) for name in ("customer", "day", "article"))
    )
    ids = article_ids(articles, rng)
    names = hex_ids(settings.customers, np.random.default_rng([settings.seed, 0]))
    return Shop(first_day, calendar, articles, ids, customers, np.array(names, dtype=object), rows, settings)


def write_shop(shop: Shop, folder: Path) -> float:
    """Write the three raw files; returns the share of rows that were bought online."""
    # A stream of its own each, so that a change in one file's columns leaves the others as they are.
    streams = [np.random.default_rng([shop.settings.seed, i]) for i in (1, 2, 3)]
    write_table(article_table(shop.articles, shop.article_ids, streams[0]), folder / "articles.csv")
    customers = customer_table(shop.customers, shop.customer_ids, streams[1])
    write_table(customers, folder / "customers.csv")
    file = folder / "transactions_train.csv"
    return write_transactions(
        shop.rows, file, shop.first_day, shop.customer_ids, shop.article_ids, shop.articles.price, streams[2]
    )
