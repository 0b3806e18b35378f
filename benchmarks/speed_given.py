"""The rows that every contender of the speed bench is given, and how its lists are judged."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array, csr_matrix, save_npz
from speed_task import TRAIN, VALID, K, filled

from traindy.core.files import output_folder
from traindy.cvae.later import sampled
from traindy.evaluate.metrics import DECIMALS, hits_of, ndcg, recall
from traindy.uph import UPH


@dataclass(frozen=True)
class Given:
    """What every contender is given, and what only the bench sees."""

    folder: Path
    n_articles: int
    train: csr_array
    truth: csr_array
    """What customers with a history bought in validation that is new to them, of the known articles."""


def give(uph: UPH, valid: UPH, n_articles: int, seed: int, folder: Path) -> Given:
    """Write train.npz and valid.npz; the latter holds as many customers as the CVAE's own validation."""
    train = csr_array(uph.matrix[:, :n_articles])
    later = csr_array(valid.matrix[:, :n_articles])
    truth = csr_array(later - later.multiply(train))
    truth.eliminate_zeros()
    warm = np.diff(train.indptr) > 0
    truth = _only(truth, warm)
    watched = np.zeros(len(warm), bool)
    watched[sampled(replace(valid, matrix=truth), seed)] = True
    with output_folder(folder) as partial:
        save_npz(partial / TRAIN, csr_matrix(train))
        save_npz(partial / VALID, csr_matrix(_only(truth, watched)))
    return Given(folder, n_articles, train, truth)


def _only(matrix: csr_array, rows: np.ndarray) -> csr_array:
    """The matrix with all other rows empty, sorted. rows: bool."""
    kept = matrix.tocoo()
    inside = rows[kept.row]
    found = csr_array((kept.data[inside], (kept.row[inside], kept.col[inside])), shape=matrix.shape)
    found.sort_indices()
    return found


def judged(lists: np.ndarray, given: Given) -> dict[str, float]:
    """NDCG@20 and Recall@20 of everybody's lists on validation."""
    some = filled(given.train)
    truth = given.truth[some]
    has = filled(truth)
    hits, size = hits_of(lists[has], truth[has]), np.diff(truth[has].indptr)
    values = {"ndcg_20": ndcg(hits, size, K).mean(), "recall_20": recall(hits, size, K).mean()}
    return {name: round(float(value), DECIMALS) for name, value in values.items()}
