"""The two vocabularies that split writes: which position stands for which customer and article."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from traindy.core.columns import ARTICLE, ARTICLE_ID, CUSTOMER, CUSTOMER_ID, GROUP, PHASE
from traindy.core.errors import UserError
from traindy.core.files import parquet_parts

CUSTOMERS_FILE = "customers.parquet"
ARTICLES_FILE = "articles.parquet"
PERIODS = ("train", "valid", "test", "fold_in")
"""The parts of a split, each a Parquet file of purchases and later a folder of UPH shards."""
EARLIER = "earlier"
"""One more folder of UPH shards, where the cut is one in time: what was bought before `Cut.earlier`."""


class CustomerGroup(StrEnum):
    """What the models know of a customer when the test begins."""

    WARM = "warm"
    """Has purchases before the test, and was trained on."""
    HELD_OUT = "held_out"
    """Has purchases before the test, and was kept out of training whole."""
    COLD = "cold"
    """Has no purchase before the test."""


class ArticlePhase(StrEnum):
    """From when on an article can be recommended."""

    TRAIN = "train"
    """Sold before the validation window (or `split.catalogue: all`)."""
    VALID = "valid"
    """First sold in the validation window."""
    LATER = "later"
    """Not sold before the test: bought there, it is a miss that no model can avoid."""


@dataclass(frozen=True)
class Customers:
    """All customers of the shop, in the order of their positions (by customer_id)."""

    ids: pa.ChunkedArray
    """customer_id, text."""
    groups: np.ndarray
    """`CustomerGroup` of each, as text."""
    attributes: pa.Table
    """The raw metadata, text, null where missing."""


@dataclass(frozen=True)
class Articles:
    """All articles of the file, in the order of their positions: by phase, then by article_id.

    So what can be recommended at a time is a range of positions that starts at 0.
    """

    ids: pa.ChunkedArray
    """article_id, text."""
    attributes: pa.Table
    """The raw attributes, text, null where missing."""
    n_train: int
    """Articles [0, n_train) are known when the validation window begins."""
    n_known: int
    """Articles [0, n_known) are known when the test begins."""

    @property
    def n_all(self) -> int:
        """Articles in the file, those included that no model could know."""
        return len(self.ids)


def read_customers(split_folder: str | Path) -> Customers:
    """Read the customer vocabulary of a split."""
    table = _read(Path(split_folder) / CUSTOMERS_FILE, CUSTOMER)
    return Customers(
        ids=table[CUSTOMER_ID],
        groups=table[GROUP].to_numpy(),
        attributes=table.drop_columns([CUSTOMER, CUSTOMER_ID, GROUP]),
    )


def count_customers(split_folder: str | Path) -> int:
    """How many customers a split has, read off the file's footer; its rows stay where they are."""
    parts = parquet_parts(Path(split_folder) / CUSTOMERS_FILE)
    try:
        return sum(pq.read_metadata(part).num_rows for part in parts)
    except (pa.ArrowException, OSError) as error:
        raise UserError(f"{parts[0]}: not readable as Parquet ({error}); run `dvc repro split`") from None


def read_articles(split_folder: str | Path) -> Articles:
    """Read the article vocabulary of a split."""
    table = _read(Path(split_folder) / ARTICLES_FILE, ARTICLE)
    in_phase = {phase: pc.sum(pc.equal(table[PHASE], phase.value)).as_py() or 0 for phase in ArticlePhase}
    n_train = in_phase[ArticlePhase.TRAIN]
    return Articles(
        ids=table[ARTICLE_ID],
        attributes=table.drop_columns([ARTICLE, ARTICLE_ID, PHASE]),
        n_train=n_train,
        n_known=n_train + in_phase[ArticlePhase.VALID],
    )


def _read(file: Path, position: str) -> pa.Table:
    try:
        table = pq.read_table(file)
    except FileNotFoundError:
        raise UserError(f"{file}: not found; run `dvc repro split` to make it") from None
    except (pa.ArrowException, OSError) as error:
        raise UserError(f"{file}: not readable as Parquet ({error}); run `dvc repro split`") from None
    if not np.array_equal(table[position].to_numpy(), np.arange(len(table))):
        raise UserError(f"{file}: column {position} is not 0, 1, 2, …; run `dvc repro split`")
    return table
