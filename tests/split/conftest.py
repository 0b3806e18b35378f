"""A tiny shop, and `split` run on it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from traindy.core.cut import Cut, read_cut
from traindy.core.engine import open_engine
from traindy.core.files import output_folder
from traindy.split.shop import split_shop, write_split

FILES = ("train", "valid", "test", "fold_in")


@dataclass(frozen=True)
class Result:
    """What a split wrote."""

    folder: Path
    counts: dict[str, Any]

    def table(self, name: str) -> list[dict]:
        """The rows of one output."""
        return pq.read_table(self.folder / f"{name}.parquet").to_pylist()

    def ids(self, name: str) -> list[tuple[str, str, int]]:
        """(customer_id, article_id, day) of one output's transactions."""
        customers = [row["customer_id"] for row in self.table("customers")]
        articles = [row["article_id"] for row in self.table("articles")]
        return [(customers[r["customer"]], articles[r["article"]], r["day"]) for r in self.table(name)]

    @property
    def cut(self) -> Cut:
        """cut.json."""
        return read_cut(self.folder)

    @property
    def files(self) -> dict[str, bytes]:
        """Every output's bytes."""
        return {file.name: file.read_bytes() for file in sorted(self.folder.iterdir())}


@pytest.fixture(scope="session")
def split(params):
    """`split(raw_folder, out_folder, *overrides)`: reads no attributes unless told to."""

    def run(raw: Path, out: Path, *overrides: str) -> Result:
        plain = ("cluster.attributes=[]", "cluster.bands={}", "data.article_attributes=[]")
        small = ("split.held_out=0", "split.valid_fraction=.2")
        chosen = params(f"data.dir={raw}", *plain, *small, *overrides)
        with output_folder(out) as folder, open_engine(chosen.engine, folder / "scratch") as engine:
            result = split_shop(engine, chosen)
            write_split(engine, result, folder)
        return Result(out, result.counts)

    return run


@pytest.fixture(scope="session")
def shop_of(write_shop):
    """`shop_of(folder, [(date, customer, article), …])`: a shop whose files hold what is bought."""

    def write(
        folder: Path, purchases: list[tuple], customers=None, articles=None, suffix=".csv", **columns
    ) -> Path:
        names = ("t_dat", "customer_id", "article_id", *columns.get("more", ()))
        rows = [dict(zip(names, purchase, strict=True)) for purchase in purchases]
        customers = customers or sorted({row["customer_id"] for row in rows})
        articles = articles or sorted({row["article_id"] for row in rows})
        return write_shop(
            folder,
            rows,
            [{"customer_id": c} for c in customers],
            [{"article_id": a} for a in articles],
            suffix,
        )

    return write
