"""Whose rows are read at all: a share of the customers, and nobody who is forgotten."""

import logging
from dataclasses import dataclass
from typing import Final

import ibis
import pandas as pd
from ibis.expr.types import Table

from traindy.core.columns import CUSTOMER_ID
from traindy.core.forgotten import HASH, read_forgotten
from traindy.core.params import Params
from traindy.split.shares import in_share

log = logging.getLogger("traindy")

HASHED: Final = "_hashed"


@dataclass(frozen=True)
class Kept:
    """The customers that are read."""

    fraction: float
    """`data.fraction`."""
    forgotten: Table | None
    """`HASHED`: hashes of the ids that are left out, if there are any."""

    def rows(self, table: Table) -> Table:
        """The rows of these customers, and rows without a customer: these are to be found."""
        id_ = table[CUSTOMER_ID]
        table = table.filter(in_share(self.fraction, "data.fraction", id_) | id_.isnull())
        if self.forgotten is None:
            return table
        return table.mutate(**{HASHED: id_.hexdigest(HASH)}).anti_join(self.forgotten, HASHED).drop(HASHED)

    @property
    def why_none(self) -> str:
        """What to do if nothing is left."""
        if self.fraction < 1:
            return f" with data.fraction={self.fraction}; raise it"
        if self.forgotten is not None:
            return " but those of customers who are forgotten"
        return "; a header alone is not enough"


def kept(params: Params) -> Kept:
    """What the parameters and the list in `paths.forgotten` say."""
    hashes = read_forgotten(params.paths.forgotten)
    if hashes:
        log.info("split: %d customers are on the list of those to be forgotten", len(hashes))
    forgotten = ibis.memtable(pd.DataFrame({HASHED: hashes})) if hashes else None
    return Kept(params.data.fraction, forgotten)
