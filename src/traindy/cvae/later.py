"""Purchases that come after a day: what weights are fitted to, and epochs and evidence are judged by."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.sparse import csr_array

from traindy.cvae.distributed import ALONE, Processes
from traindy.evaluate.metrics import ideal_gain
from traindy.uph import UPH

K: Final = 20
"""Of the lists that weights and evidence are judged by."""
AT_MOST: Final = 20_000
"""Customers ranked; after each epoch more would tell little and take longer than the epoch."""
CUSTOMERS: Final = 4096
PAIRS: Final = 50_000_000
"""Pairs of a customer and an article that the weights are fitted to: a dozen numbers need no more."""


@dataclass(frozen=True)
class Later:
    """Customers, and what they bought after the day that net and evidence end at."""

    history: UPH
    conditions: np.ndarray
    """int [customers]"""
    truth: csr_array
    """customers x articles, 1 where bought"""

    def rows(self, customers: np.ndarray) -> "Later":
        """Some of them: positions, in the given order."""
        return Later(
            self.history.rows(customers), self.conditions[customers], csr_array(self.truth[customers])
        )

    def with_history(self) -> "Later":
        """Those of them who have one."""
        return self.rows(np.flatnonzero(np.diff(self.history.matrix.indptr)))

    def of_new(self) -> "Later":
        """The same, less what they had bought before."""
        truth = csr_array(self.truth - self.truth.multiply(self.history.matrix))
        truth.eliminate_zeros()
        truth.sort_indices()
        return replace(self, truth=truth)

    def of_who_buys_new(self) -> "Later":
        """The same of those alone whom that leaves something; unchanged where it leaves nobody anything."""
        new = self.of_new()
        left = np.flatnonzero(np.diff(new.truth.indptr))
        return new.rows(left) if len(left) else self

    def drawn(self, n_articles: int, seed: int) -> "Later":
        """As many with a history of the first `n_articles` as weights are fitted to."""
        known = np.flatnonzero(np.diff(self.history.matrix[:, :n_articles].tocsr().indptr))
        most = min(CUSTOMERS, PAIRS // n_articles)
        return self.rows(np.sort(np.random.default_rng(seed).permutation(known)[:most]))

    def counts(self, n_articles: int) -> csr_array:
        """What was bought of the first `n_articles`, each purchase weighing what it adds to the customer's
        NDCG@20 in the first place of a list: float32 [customers, n_articles]."""
        counts = csr_array(self.truth[:, :n_articles])
        lengths = np.diff(counts.indptr)
        counts.data = np.repeat(1 / ideal_gain(lengths.clip(min=1), K), lengths).astype(np.float32)
        return counts


def later_of(
    history: UPH, truth: UPH, conditions: np.ndarray, seed: int, processes: Processes = ALONE
) -> Later | None:
    """Who bought something in `truth`, at most `AT_MOST` of them, in the first process; None in the others.

    conditions: int [customers], of everybody.
    """
    customers = sampled(truth, seed, processes)
    before, bought = (processes.gathered(of.rows(customers)) for of in (history, truth))
    return Later(before, conditions[customers], bought.matrix) if before and bought else None


def sampled(truth: UPH, seed: int, processes: Processes = ALONE) -> np.ndarray:
    """Positions of the customers that are ranked, of those who bought something: rising."""
    customers = np.flatnonzero(processes.total(np.diff(truth.matrix.indptr)))
    if len(customers) > AT_MOST:
        customers = np.sort(np.random.default_rng(seed).choice(customers, AT_MOST, replace=False))
    return customers
