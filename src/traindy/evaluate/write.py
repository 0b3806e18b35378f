"""Each customer's figures on disk."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from traindy.core.columns import CLUSTER, CUSTOMER, GROUP
from traindy.evaluate.judged import Judged

PER_CUSTOMER_FILE: Final = "per_customer.parquet"


def write_per_customer(folder: Path, judged: Judged, figures: Mapping[str, Mapping[str, np.ndarray]]) -> None:
    """Write per_customer.parquet: a row for each model and judged query, held-out customers twice."""
    queries, rows = judged.queries, judged.rows
    facts = {
        CUSTOMER: queries.customers[rows].astype(np.int32),
        GROUP: pa.array(queries.groups[rows], pa.string()).dictionary_encode(),
        CLUSTER: queries.clusters[rows].astype(np.int32),
        "history_length": queries.history_length[rows].astype(np.int32),
    }
    tables = [
        pa.table({"model": pa.array([model] * len(rows)).dictionary_encode()} | facts | dict(values))
        for model, values in figures.items()
    ]
    pq.write_table(pa.concat_tables(tables).unify_dictionaries(), folder / PER_CUSTOMER_FILE)
