"""What the tests of several parts need: the repository's parameters, raw files of a tiny shop, a browser."""

import csv
import gzip
import os
import shutil
import subprocess
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


@pytest.fixture(scope="session")
def chromium():
    """The path of Debian's Chromium; installed where it is missing and this may install it."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None and shutil.which("apt-get") and os.geteuid() == 0:
        install = "apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium"
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(
            ["timeout", "300", "sh", "-c", install], env=environment, capture_output=True, check=False
        )
        found = shutil.which("chromium")
    if found is None:
        pytest.skip("Chromium is missing: apt-get install chromium")
    return found


@pytest.fixture(scope="session")
def browser(chromium):
    """A browser of its own for all tests; each opens its own contexts."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="pip install '.[dev]'")
    with sync_api.sync_playwright() as playwright:
        # Root has no sandbox, and containers little shared memory.
        options = ["--no-sandbox", "--disable-dev-shm-usage"]
        opened = playwright.chromium.launch(executable_path=chromium, args=options)
        yield opened
        opened.close()
