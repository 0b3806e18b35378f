"""Who is asked about at test: every customer with a purchase there, with what the models may know of them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import csr_array

from traindy.cluster import read_clusters, read_profiles
from traindy.core.params import Paths
from traindy.core.vocabulary import CustomerGroup, read_customers
from traindy.uph import UPH, empty, load, merge, stack

WITHHELD: Final = "held_out_withheld"
"""A held-out customer asked about a second time, as if its history did not exist: cold by design."""


@dataclass(frozen=True)
class Queries:
    """Customers with a purchase in the test, in the order of their positions; then the withheld ones."""

    customers: np.ndarray
    """int64 [queries]: positions."""
    groups: np.ndarray
    """`CustomerGroup` or `WITHHELD` of each, as text."""
    clusters: np.ndarray
    """int32 [queries]."""
    profiles: np.ndarray
    """int32 [queries]: of the metadata."""
    history: UPH
    """Rows: what was bought before the test, validation window included; empty where withheld."""
    bought: csr_array
    """queries x articles: all distinct articles bought in the test."""

    @property
    def history_length(self) -> np.ndarray:
        """Distinct articles of the history: int [queries]."""
        return np.diff(self.history.matrix.indptr)

    def truth(self, exclude_bought: bool) -> csr_array:
        """What a list is judged by, queries x articles.

        With `exclude_bought` articles of the history do not count: they are not recommended either. Articles
        that were first sold in the test do count, as misses that no model can avoid.
        """
        if not exclude_bought:
            return self.bought
        new = csr_array(self.bought - self.bought.multiply(self.history.matrix))
        new.eliminate_zeros()
        new.sort_indices()
        return new


def load_queries(paths: Paths) -> Queries:
    """Read split, clusters and UPH."""
    groups, clusters = read_customers(paths.split).groups, read_clusters(paths.cluster)
    profiles, _ = read_profiles(paths.cluster)
    test = load(f"{paths.uph}/test")
    before = merge(*(load(f"{paths.uph}/{period}") for period in ("train", "valid", "fold_in")))
    asked = np.flatnonzero(np.diff(test.matrix.indptr))
    again = asked[groups[asked] == CustomerGroup.HELD_OUT]
    customers = np.concatenate([asked, again])
    return Queries(
        customers=customers,
        groups=np.concatenate([groups[asked], np.full(len(again), WITHHELD, dtype=object)]),
        clusters=clusters[customers],
        profiles=profiles[customers],
        history=stack(before.rows(asked), empty(len(again), before.n_articles)),
        bought=test.rows(customers).matrix,
    )
