"""What the tests of several parts need: the repository's parameters, and raw files of a tiny shop."""

import csv
import gzip
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from omegaconf import OmegaConf

from traindy.core.config import validate
from traindy.core.params import Params

ROOT = Path(__file__).parents[1]

# Tiny matrices are slower on several threads; stages that the tests start set their own number.
os.environ["OMP_NUM_THREADS"] = "1"

Rows = Sequence[Mapping[str, object]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What shares fixtures that take long runs in one process: a file, and all of tests/pipeline."""
    for item in items:
        shared = item.path.parent if item.path.parent.name == "pipeline" else item.path
        item.add_marker(pytest.mark.xdist_group(str(shared)))


def _write_table(file: Path, rows: Rows) -> None:
    names = list(rows[0])
    if file.suffix == ".parquet":
        pq.write_table(pa.table({name: [row[name] for row in rows] for name in names}), file)
        return
    with (gzip.open if file.suffix == ".gz" else open)(file, "wt", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _write_shop(
    folder: Path, transactions: Rows, customers: Rows, articles: Rows, suffix: str = ".csv"
) -> Path:
    """The raw files of a shop: dicts of column and value (None: empty). Returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for stem, rows in (
        ("transactions_train", transactions),
        ("customers", customers),
        ("articles", articles),
    ):
        _write_table(folder / f"{stem}{suffix}", rows)
    return folder


@pytest.fixture(scope="session")
def write_shop() -> Callable[..., Path]:
    """`write_shop(folder, transactions, customers, articles, suffix=".csv")`."""
    return _write_shop


@pytest.fixture(scope="session")
def params() -> Callable[..., Params]:
    """`params("split.by=given", …)`: the repository's params.yaml with overrides in YAML, validated.

    Without the command line's way round, which takes ten times as long.
    """
    raw = OmegaConf.to_container(OmegaConf.load(ROOT / "params.yaml"))

    def changed(*overrides: str) -> Params:
        config = OmegaConf.create(raw)
        for key, _, value in (override.partition("=") for override in overrides):
            OmegaConf.update(config, key, yaml.safe_load(value), merge=False)
        return validate(OmegaConf.to_container(config))

    return changed
