"""The control of an experiment: what is left when a customer's cluster says nothing of the customer."""

import logging
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from traindy.core.columns import CUSTOMER
from traindy.core.vocabulary import CUSTOMERS_FILE

log = logging.getLogger("traindy")


def shuffle_customers(folder: Path, seed: int) -> None:
    """Permute the rows of customers.parquet among the customers: all that is known of one goes to another.

    Whole rows, so that what stands beside the cluster stays with it; clusters keep their sizes.
    """
    file = folder / CUSTOMERS_FILE
    table = pq.read_table(file)
    order = np.random.default_rng(seed).permutation(len(table))
    place = table.column_names.index(CUSTOMER)
    if file.is_dir():  # the parts that Spark wrote
        shutil.rmtree(file)
    pq.write_table(table.take(order).set_column(place, table.schema.field(CUSTOMER), table[CUSTOMER]), file)
    log.warning("warning: cluster.shuffle=true: clusters are shuffled among customers and say nothing")
