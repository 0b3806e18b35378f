"""Recommendations for every customer, some at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.progress import Progress

from traindy.core.columns import ARTICLE_ID, CUSTOMER_ID
from traindy.core.errors import UserError
from traindy.cvae.ranking import Lists
from traindy.cvae.recommender import CvaeRecommender
from traindy.uph import UPH

AT_ONCE: Final = 32_768
"""Customers whose lists are held at a time."""
WARM, COLD = "warm", "cold"
"""Whether a customer's history was folded in, or its condition alone was asked."""
FILE: Final = "recommendations.parquet"


@dataclass(frozen=True)
class Shop:
    """Everybody, with what is known of them."""

    customer_ids: pa.ChunkedArray
    article_ids: pa.ChunkedArray
    history: UPH
    """Purchases before the cut, all customers."""
    conditions: np.ndarray
    """int [customers], of the model."""

    def with_history(self, n_articles: int) -> np.ndarray:
        """Who bought one of the first n_articles: bool [customers]."""
        known: np.ndarray = np.diff(self.history.matrix[:, :n_articles].tocsr().indptr) > 0
        return known


def on_sale(history: UPH, n_articles: int, cut: int | None, articles: str | int) -> np.ndarray | None:
    """Which of the first n_articles may be recommended, bool; None: all.

    articles: "all", or a number of days before the cut in which an article must have been sold.
    """
    if isinstance(articles, str):
        return None
    if cut is None:
        raise UserError(f"recommend.articles={articles}: the split has no cut in time; use all")
    sold = np.zeros(max(n_articles, history.n_articles), bool)
    sold[history.matrix.indices[history.day >= cut - articles]] = True
    if not sold[:n_articles].any():
        raise UserError(f"recommend.articles={articles}: nothing was sold in these days; use more, or all")
    return sold[:n_articles]


def lists(
    model: CvaeRecommender, shop: Shop, k: int, exclude_bought: bool, allowed: np.ndarray | None
) -> Iterator[tuple[slice, Lists]]:
    """Every customer's list, in the order of their positions, with a progress bar on a terminal."""
    n, warm = shop.history.n_customers, shop.with_history(model.net.config.n_articles)
    # All at once: a condition is asked over its samples, which takes as long for one customer as for all.
    conditions = np.unique(shop.conditions[~warm])
    of_condition = model.best_without_history(k, conditions, allowed)
    screen = Console(stderr=True)
    with Progress(console=screen, disable=not screen.is_terminal) as bar:
        task = bar.add_task("customers", total=n)
        for first in range(0, n, AT_ONCE):
            some = slice(first, min(first + AT_ONCE, n))
            known, cold = np.flatnonzero(warm[some]), np.flatnonzero(~warm[some])
            mine = shop.conditions[some]
            found = Lists(np.empty((len(mine), k), np.int32), np.empty((len(mine), k), np.float32))
            rows = shop.history.rows(first + known)
            _fill(found, known, model.best(rows, mine[known], k, exclude_bought, allowed))
            alike = np.searchsorted(conditions, mine[cold])
            _fill(found, cold, Lists(of_condition.articles[alike], of_condition.scores[alike]))
            yield some, found
            bar.advance(task, some.stop - some.start)


def _fill(lists: Lists, rows: np.ndarray, found: Lists) -> None:
    lists.articles[rows], lists.scores[rows] = found.articles, found.scores


def table(shop: Shop, some: slice, found: Lists, cold: np.ndarray) -> pa.Table:
    """Some customers' lists as rows: customer_id, article_id, rank from 1, score, reason.

    cold: bool, of these customers.
    """
    row, place = np.nonzero(found.articles >= 0)
    customers = shop.customer_ids.slice(some.start, some.stop - some.start).combine_chunks()
    reasons = pa.DictionaryArray.from_arrays(pa.array(cold[row].astype(np.int8)), [WARM, COLD])
    return pa.table(
        {
            CUSTOMER_ID: pa.DictionaryArray.from_arrays(pa.array(row.astype(np.int32)), customers),
            ARTICLE_ID: shop.article_ids.take(pa.array(found.articles[row, place])),
            "rank": (place + 1).astype(np.int16),
            "score": found.scores[row, place],
            "reason": reasons,
        }
    )


def write_parquet(
    folder: Path, model: CvaeRecommender, shop: Shop, k: int, exclude_bought: bool, allowed: np.ndarray | None
) -> tuple[np.ndarray, dict[str, int]]:
    """Write recommendations.parquet; returns the lists, int32 [customers, k], and what was written.

    Scores are comparable within a customer's list, and say nothing across customers.
    """
    kept = np.empty((shop.history.n_customers, k), np.int32)
    cold = ~shop.with_history(model.net.config.n_articles)
    counts = {"customers": len(kept), WARM: int((~cold).sum()), COLD: int(cold.sum()), "rows": 0}
    writer = None
    try:
        for some, found in lists(model, shop, k, exclude_bought, allowed):
            part = table(shop, some, found, cold[some])
            writer = writer or pq.ParquetWriter(folder / FILE, part.schema)
            writer.write_table(part)
            kept[some] = found.articles
            counts["rows"] += len(part)
    finally:
        if writer is not None:
            writer.close()
    return kept, counts
