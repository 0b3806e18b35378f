"""The simulated shop's customers and transactions in H&M's raw schema."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

from traindy.simulate import real
from traindy.simulate.baskets import Rows
from traindy.simulate.customers import ENGAGEMENT, Customers

ROWS_AT_ONCE: Final = 2_000_000


def customer_table(customers: Customers, ids: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """customers.csv."""
    n = len(customers.age)
    levels = np.array(list(ENGAGEMENT), dtype=object)
    fn, active, news = levels[customers.engagement].T
    codes = np.array(hex_ids(max(1, round(n / real.CUSTOMERS_A_POSTAL_CODE)), rng), dtype=object)
    code = np.where(rng.random(n) < real.DEFAULT_POSTAL_CODE, 0, rng.integers(0, len(codes), n))
    age = np.char.mod("%d.0", customers.age).astype(object)
    age[customers.age < 0] = None
    table = {"customer_id": ids, "FN": fn, "Active": active}
    table |= {"club_member_status": np.array(list(real.CLUB), dtype=object)[customers.club]}
    table |= {"fashion_news_frequency": news, "age": age, "postal_code": codes[code]}
    return pd.DataFrame(table).replace("", None)


def write_table(table: pd.DataFrame, file: Path) -> None:
    """A small table as CSV, empty where missing."""
    table.to_csv(file, index=False, lineterminator="\n")


def write_transactions(
    rows: Rows, file: Path, first_day: np.datetime64, customers: np.ndarray, articles: np.ndarray,
    price: np.ndarray, rng: np.random.Generator,
) -> float:  # fmt: skip
    """transactions_train.csv by day, as Kaggle's file is; online or shop for a whole basket.

    Returns the share of rows that were bought online.
    """
    names = {
        "customer_id": pa.array(customers, pa.string()),
        "article_id": pa.array(articles.tolist(), pa.string()),
    }
    online_by_customer = rng.beta(1.5, 1.5 * (1 / real.ONLINE - 1), len(customers))
    options = pacsv.WriteOptions(quoting_style="none", quoting_header="none")
    writer, bought_online = None, 0
    try:
        for part in _by_day(rows):
            customer, article = rows.customer[part], rows.article[part]
            basket = np.unique(customer * np.int64(1 << 16) + rows.day[part], return_inverse=True)[1]
            online = rng.random(int(basket.max()) + 1)[basket] < online_by_customer[customer]
            bought_online += int(online.sum())
            table = pa.table(
                {
                    "t_dat": pa.array((first_day + rows.day[part].astype(int)).astype("datetime64[D]")),
                    "customer_id": names["customer_id"].take(pa.array(customer)),
                    "article_id": names["article_id"].take(pa.array(article)),
                    "price": price[article],
                    "sales_channel_id": np.where(online, 2, 1).astype(np.int8),
                }
            )
            writer = writer or pacsv.CSVWriter(file, table.schema, write_options=options)
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()
    return bought_online / max(len(rows.day), 1)


def _by_day(rows: Rows) -> Iterator[np.ndarray]:
    """The rows' places in the order of their days, some at a time, never a day in two parts."""
    order = np.argsort(rows.day, kind="stable")
    days = rows.day[order]
    start = 0
    while start < len(order):
        end = min(start + ROWS_AT_ONCE, len(order))
        end = int(np.searchsorted(days, days[end - 1], side="right"))
        yield order[start:end]
        start = end


def hex_ids(n: int, rng: np.random.Generator) -> list[str]:
    """n random ids of 64 hexadecimal characters."""
    text = rng.bytes(32 * n).hex()
    return [text[i : i + 64] for i in range(0, len(text), 64)]
