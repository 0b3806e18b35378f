"""A sound shop, and what is said of a change to it.

The shop of three customers and four articles (`SOUND`); each buys something on ten days.
"""

import gzip
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

T, C, A = "transactions_train.csv", "customers.csv", "articles.csv"
HEADER = "t_dat,customer_id,article_id"
ANN, BOB, CYD = (letter * 16 for letter in "abc")
FIRST, *OTHERS = (f"010000000{i}" for i in range(1, 5))
ROWS = [
    f"2020-01-{day:02d},{customer},{article}"
    for day in range(1, 11)
    for customer, article in ((ANN, FIRST), (BOB, OTHERS[day % 2]), (CYD, OTHERS[2]))
]
PEOPLE = ["customer_id,club_member_status,age", f"{ANN},ACTIVE,25", f"{BOB},,52", f"{CYD},ACTIVE,"]
THINGS = ["article_id,prod_name", *(f"{article},Shirt" for article in (FIRST, *OTHERS))]


def text(*lines: str, end: str = "\n", encoding: str = "utf-8") -> bytes:
    """A file of these lines."""
    return end.join([*lines, ""]).encode(encoding)


SOUND = {T: text(HEADER, *ROWS), C: text(*PEOPLE), A: text(*THINGS)}
COUNTS = {"split.rows.read": 30, "split.customers.total": 3, "split.articles.total": 4}


def parquet(**columns: Any) -> bytes:
    """A Parquet file of these columns."""
    table, file = pa.table(columns), io.BytesIO()
    pq.write_table(table, file)
    return file.getvalue()


def bought(*rows: str) -> dict[str, bytes]:
    """The sound transactions and these rows after them; the first of them is line 32."""
    return {T: text(HEADER, *ROWS, *rows)}


def purchases(article: str = FIRST, day: str = "2020-01-05", customer: str = ANN) -> dict[str, bytes]:
    """The sound transactions and one row more."""
    return bought(f"{day},{customer},{article}")


def people(*rows: str) -> dict[str, bytes]:
    """The sound customers and these rows after them; the first of them is line 5."""
    return {C: text(*PEOPLE, *rows)}


def renamed(old: str, new: str) -> dict[str, bytes]:
    """The sound shop with an id written otherwise wherever it stands."""
    return {name: content.replace(old.encode(), new.encode()) for name, content in SOUND.items()}


def columns_of_rows(**changed: Any) -> dict[str, Any]:
    """The sound transactions as columns, some of them changed."""
    days, customers, articles = zip(*(row.split(",") for row in ROWS), strict=True)
    return {"t_dat": days, "customer_id": customers, "article_id": articles} | changed


@dataclass(frozen=True)
class Case:
    """One change of the sound shop, and the answer."""

    name: str
    files: Mapping[str, bytes | None]
    """By name, what is written; None: left out."""
    says: tuple[str, ...] = ()
    """The error begins with the first and holds the others; empty: accepted."""
    counts: Mapping[str, Any] = field(default_factory=lambda: COUNTS)
    """Where it is accepted: entries of metrics/<stage>.json."""
    options: tuple[str, ...] = ()
    same: bool = False
    """Where it is accepted: split writes what it writes for the sound shop."""


def as_parquet(content: bytes) -> dict[str, bytes | None]:
    """The transactions as Parquet in place of CSV."""
    return {T: None, "transactions_train.parquet": content}


def zipped(content: bytes) -> dict[str, bytes | None]:
    """The transactions compressed in place of plain."""
    return {T: None, f"{T}.gz": content}


DROP = ("split.on_unknown=drop",)
UTF8 = "bytes that are not UTF-8; save it as UTF-8"
BROKEN = "copy or download it again"
HALF = gzip.compress(text(HEADER, *ROWS * 500))
LATE = [datetime.fromisoformat(f"{row[:10]}T23:59+00:00") for row in ROWS]
