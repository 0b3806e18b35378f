"""The simulated shop in H&M's raw schema."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

from traindy.simulate import real
from traindy.simulate.articles import Articles
from traindy.simulate.baskets import Rows
from traindy.simulate.customers import Customers

ROWS_AT_ONCE: Final = 2_000_000
TYPES: Final = (
    ("Dress", "Garment Full body"), ("Top", "Garment Upper body"), ("Sweater", "Garment Upper body"),
    ("Trousers", "Garment Lower body"), ("Skirt", "Garment Lower body"), ("Shirt", "Garment Upper body"),
    ("Jacket", "Garment Upper body"), ("Bikini top", "Swimwear"), ("Swimwear bottom", "Swimwear"),
    ("Bra", "Underwear"), ("Underwear bottom", "Underwear"), ("Socks", "Socks & Tights"),
    ("Bag", "Accessories"), ("Shoes", "Shoes"), ("Pyjama set", "Nightwear"), ("Shorts", "Garment Lower body"),
)  # fmt: skip
COLOURS: Final = (
    ("Black", "Dark", "Black"), ("White", "Light", "White"), ("Dark Blue", "Dark", "Blue"),
    ("Light Pink", "Dusty Light", "Pink"), ("Grey", "Medium", "Grey"), ("Red", "Bright", "Red"),
    ("Beige", "Medium Dusty", "Beige"), ("Green", "Medium", "Green"), ("Yellow", "Bright", "Yellow"),
    ("Light Blue", "Dusty Light", "Blue"), ("Dark Red", "Dark", "Red"), ("Off White", "Light", "White"),
)  # fmt: skip
PATTERNS: Final = ("Solid", "All over pattern", "Stripe", "Melange", "Denim", "Check", "Lace", "Front print")
SYLLABLES: Final = (
    "Al",
    "Be",
    "Co",
    "Di",
    "El",
    "Fa",
    "Gi",
    "Ha",
    "Io",
    "Ju",
    "Ka",
    "Li",
    "Mo",
    "Na",
    "Ol",
    "Pe",
)


def article_ids(articles: Articles, rng: np.random.Generator) -> np.ndarray:
    """Ten digits, the first seven the product's code; later products have higher codes."""
    launched = articles.appeal.argmax(0)
    first_week = np.full(int(articles.product[-1]) + 1, len(articles.appeal))
    np.minimum.at(first_week, articles.product, launched)
    rank = np.empty(len(first_week), np.int64)
    rank[np.argsort(first_week, kind="stable")] = np.arange(len(first_week))
    code = (
        108_775
        + rank * max(1, 800_000 // len(rank))
        + rng.integers(0, max(1, 800_000 // len(rank)), len(rank))
    )
    variant = np.arange(len(articles.product)) - np.searchsorted(articles.product, articles.product)
    return np.char.mod("%010d", code[articles.product] * 1000 + variant + 1)


def article_table(articles: Articles, ids: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """articles.csv: every column of H&M's file, levels nested as there."""
    n, n_products, n_lines = len(ids), int(articles.product[-1]) + 1, int(articles.line[-1]) + 1
    kind = rng.integers(0, len(TYPES), n_products)[articles.product]
    colour = rng.integers(0, len(COLOURS), n)
    pattern = rng.choice(len(PATTERNS), n_lines, p=[0.5, 0.16, 0.1, 0.06, 0.05, 0.05, 0.04, 0.04])[
        articles.line
    ]
    group = articles.group_of_style[articles.style]
    groups = np.array(list(real.INDEX_GROUPS))
    department = articles.style * 4 + articles.line % 4
    part = lambda table, place, column: np.array([row[column] for row in table])[place]  # noqa: E731
    line_names = np.array([_name(i) for i in rng.permutation(n_lines)])
    product_type, colour_name = part(TYPES, kind, 0), part(COLOURS, colour, 0)
    table = pd.DataFrame({"article_id": ids, "product_code": [i[1:7].lstrip("0") for i in ids]})
    table["prod_name"] = pd.Series(line_names[articles.line]) + " " + pd.Series(product_type).str.lower()
    table["product_type_no"], table["product_type_name"] = 250 + kind, product_type
    table["product_group_name"] = part(TYPES, kind, 1)
    table["graphical_appearance_no"] = 1_010_000 + pattern
    table["graphical_appearance_name"] = np.array(PATTERNS)[pattern]
    table["colour_group_code"], table["colour_group_name"] = colour + 1, colour_name
    for level, column in (("perceived_colour_value", 1), ("perceived_colour_master", 2)):
        names = part(COLOURS, colour, column)
        table[f"{level}_id"], table[f"{level}_name"] = np.unique(names, return_inverse=True)[1] + 1, names
    table["department_no"] = 1000 + department
    table["department_name"] = [
        f"{groups[g]} {s + 1}.{d % 4 + 1}" for g, s, d in zip(group, articles.style, department, strict=True)
    ]
    table["index_code"] = np.array(list("ABCDE"))[group]
    table["index_name"], table["index_group_no"], table["index_group_name"] = (
        groups[group],
        group + 1,
        groups[group],
    )
    table["section_no"] = articles.style + 1
    table["section_name"] = [f"{groups[g]} range {s + 1}" for g, s in zip(group, articles.style, strict=True)]
    garment = np.unique(table["product_group_name"], return_inverse=True)[1]
    table["garment_group_no"], table["garment_group_name"] = 1001 + garment, table["product_group_name"]
    texts = product_type + ' in soft, "easy-care" jersey, ' + np.char.lower(colour_name.astype(str)) + "."
    table["detail_desc"] = pd.Series(texts).mask(rng.random(n) < real.DESCRIPTION_MISSING)
    return table


def customer_table(customers: Customers, ids: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """customers.csv."""
    n = len(customers.age)
    levels = np.array(list(real.ENGAGEMENT), dtype=object)
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


def _name(number: int) -> str:
    word = SYLLABLES[number % 16] + SYLLABLES[number // 16 % 16].lower()
    return word + ("" if number < 256 else " " + _name(number // 256 - 1))
