"""What the simulator knows and the models may not: its parameters, in factored form."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.numpy import save_file

from traindy.simulate.articles import WEEK
from traindy.simulate.oracle import ARTICLES, CUSTOMERS, PARAMETERS
from traindy.simulate.shop import Shop


def write_truth(shop: Shop, folder: Path) -> None:
    """Tastes and segments by customer; each article's style, and its share of the style's appeal by week."""
    pq.write_table(
        pa.table({"customer_id": shop.customer_ids, "segment": shop.customers.segment}), folder / CUSTOMERS
    )
    pq.write_table(
        pa.table({"article_id": shop.article_ids.astype(str), "style": shop.articles.style}),
        folder / ARTICLES,
    )
    weeks = len(shop.articles.appeal)
    rows_a_week = np.bincount(shop.rows.day // WEEK, minlength=weeks)[:weeks]
    tensors = {
        "taste": shop.customers.taste,
        "segment_taste": shop.customers.segment_taste.astype(np.float32),
        "share_of_style": shop.articles.share_of_style().astype(np.float32),
        "rows_a_week": rows_a_week.astype(np.float32),
        "first_day": np.array([shop.first_day.astype("datetime64[D]").astype(np.int64)]),
    }
    save_file(tensors, folder / PARAMETERS)
