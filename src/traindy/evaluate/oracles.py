"""What can be known at most: the simulated shop's own truth, ranked on the same terms as the models."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from traindy.baselines.ranking import SCORES_AT_ONCE, best
from traindy.core.cut import Cut
from traindy.core.manifest import check_inputs
from traindy.core.params import Params
from traindy.core.vocabulary import Articles, read_customers
from traindy.evaluate.queries import Queries

AT_MOST: Final = 500_000_000
"""Scores, of queries x articles. They are dense sums in double precision: at H&M's full size they would take
longer than all stages together."""
log = logging.getLogger("traindy")


class Scores(Protocol):
    """A view of the truth."""

    def scores(self, rows: np.ndarray) -> np.ndarray:
        """Expected purchases of the known articles by these customers: float [rows, n_known]."""
        ...


def oracle_lists(
    params: Params, cut: Cut, articles: Articles, queries: Queries, depth: int
) -> Iterator[tuple[str, np.ndarray]]:
    """Each oracle's lists, int32 [queries, depth]; none unless the data is a small simulated shop."""
    of_truth = Path(params.data.dir).resolve() == Path(params.paths.simulated).resolve()
    if not (of_truth and params.evaluate.oracles):
        return
    if (scores := len(queries.customers) * articles.n_known) > AT_MOST:
        log.warning("warning: no oracles: %d scores each, more than %d", scores, AT_MOST)
        return
    from traindy.simulate.oracle import load_truth, segment, segment_now, true_taste

    check_inputs(params.paths, "truth")
    truth = load_truth(params.paths.truth)
    customer_ids = read_customers(params.paths.split).ids.take(queries.customers).combine_chunks()
    article_ids = articles.ids.slice(0, articles.n_known).combine_chunks()
    window = cut.test_start, cut.test_end
    views = {
        "oracle_taste": true_taste,
        "oracle_segment": segment,
        "oracle_segment_now": segment_now,
    }
    for name, view in views.items():
        oracle = view(truth, customer_ids, article_ids, window)
        yield name, rank(oracle, queries, articles.n_known, depth, params.evaluate.exclude_bought)


def rank(oracle: Scores, queries: Queries, n_known: int, depth: int, exclude_bought: bool) -> np.ndarray:
    """The `depth` articles with the highest scores for each query: int32 [queries, depth]."""
    lists = np.empty((len(queries.customers), depth), np.int32)
    for rows in np.array_split(np.arange(len(lists)), -(-len(lists) * n_known // SCORES_AT_ONCE) or 1):
        scores = np.array(oracle.scores(rows), np.float32)
        if exclude_bought:
            bought = queries.history.rows(rows).matrix
            row = np.repeat(np.arange(len(rows)), np.diff(bought.indptr))
            known = bought.indices < n_known  # a held-out customer's may be others
            scores[row[known], bought.indices[known]] = -np.inf
        lists[rows] = best(scores, depth)
    return lists
