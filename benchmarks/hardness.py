"""`python benchmarks/hardness.py [key=value …]`: is a week of the simulated shop as hard as H&M's last one?

Simulates a shop of H&M's size, keeps its last seven days as raw files, holds out 30 % of each customer's
articles through the pipeline's own split, and sets the Recall@20 of popularity and of EASE (bought articles
excluded, the whole catalogue ranked) beside those of H&M's last week. Exits with 1 where one lies outside
`ALLOWED`. On two cores it takes about ten minutes and 4 GB; overrides are params.yaml's, such as a seed.
With --docs DOCS the figures go to DOCS/accuracy/hardness.json, for `accuracy.py table`.
"""

import argparse
import logging
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import torch

from traindy.baselines.fit import Shop, fitted
from traindy.core.config import load_params
from traindy.core.engine import open_engine
from traindy.core.files import write_json
from traindy.core.params import Params
from traindy.core.vocabulary import PERIODS, read_articles, read_customers
from traindy.evaluate.metrics import hits_of, recall
from traindy.simulate.articles import WEEK
from traindy.simulate.baskets import Rows
from traindy.simulate.shop import Shop as Simulated
from traindy.simulate.shop import make_shop, write_shop
from traindy.split.shop import split_shop, write_split
from traindy.uph import load, merge
from traindy.uph.build import write

REAL: Final = {"popularity": 0.040, "ease": 0.178}
"""Recall@20 on H&M's last complete week: 68,984 customers, 17,986 articles."""
ALLOWED: Final = 0.3
"""Share of the real figure by which the simulated one may differ."""
K: Final = 20
SETTINGS: Final = (
    "simulate.customers=1371980", "simulate.articles=105542", "split.by=per_customer",
    "split.test_fraction=0.3", "split.held_out=0",
    "baselines.ease_max_articles=30000", f"baselines.models=[{','.join(REAL)}]",
)  # fmt: skip


def last_week(shop: Simulated) -> Simulated:
    """The shop with the rows of its last seven days alone."""
    recent = shop.rows.day >= shop.settings.days - WEEK
    rows = Rows(shop.rows.customer[recent], shop.rows.day[recent], shop.rows.article[recent])
    return replace(shop, rows=rows)


def recalls(params: Params, folder: Path) -> dict[str, float]:
    """Recall@20 by model on the raw files in `data.dir`; `folder` is for what lies between."""
    torch.set_num_threads(params.engine.threads)
    with open_engine(params.engine, scratch=folder / "scratch") as engine:
        write_split(engine, split_shop(engine, params), folder)
        articles, n_customers = read_articles(folder), len(read_customers(folder).ids)
        for period in PERIODS:
            shape = n_customers, articles.n_all
            file = folder / f"{period}.parquet"
            write(engine, file, folder / period, shape, params.build_uph.shard_customers)
    train, valid, test = (load(folder / period) for period in ("train", "valid", "test"))
    before, clusters = merge(train, valid), np.zeros(n_customers, np.int32)
    asked = np.flatnonzero(np.diff(test.matrix.indptr))
    history, truth = before.rows(asked), test.rows(asked).matrix
    shop = Shop(before, clusters, articles, articles.n_known, cut=None)
    size = np.diff(truth.indptr)
    return {
        name: float(recall(hits_of(model.rank(history, clusters[asked], K, True), truth), size, K).mean())
        for name, model in fitted(shop, params.baselines, params.engine.threads)
    }


def outside(found: Mapping[str, float]) -> list[str]:
    """The models whose recall is not within `ALLOWED` of the real one; one that is missing is."""
    return [
        name for name, real in REAL.items() if not abs(found.get(name, 0) - real) <= ALLOWED * real + 1e-9
    ]


def main() -> None:
    """Simulate, measure, print; see the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--docs", type=Path, help="where the figures go")
    parser.add_argument("overrides", nargs="*", help="of params.yaml, key=value")
    asked = parser.parse_args()
    logging.getLogger("traindy").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory() as scratch:
        raw, between = Path(scratch, "raw"), Path(scratch, "split")
        params = load_params([*SETTINGS, *asked.overrides, f"data.dir={raw}"])
        raw.mkdir()
        between.mkdir()
        week = last_week(make_shop(params.simulate))
        write_shop(week, raw)
        customers, articles = (len(np.unique(part)) for part in (week.rows.customer, week.rows.article))
        del week
        print(f"{customers:,} customers, {articles:,} articles in the week", flush=True)
        found = recalls(params, between)
    if asked.docs:
        recall_20 = {name: round(value, 4) for name, value in found.items()}
        content = {"customers": customers, "articles": articles, "recall_20": recall_20}
        content |= {"real": REAL, "allowed": ALLOWED, "outside": outside(found)}
        write_json(asked.docs / "accuracy/hardness.json", content)
    print(f"{'Recall@20':12} simulated  real  allowed")
    for name, real in REAL.items():
        low, high = (1 - ALLOWED) * real, (1 + ALLOWED) * real
        print(f"{name:12} {found.get(name, 0):9.3f}  {real:.3f}  {low:.3f} to {high:.3f}")
    if wrong := outside(found):
        print(f"outside: {', '.join(wrong)}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
