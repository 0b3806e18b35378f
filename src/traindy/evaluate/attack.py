"""What an attack on membership needs: a score for each customer, and how well it tells members."""

from typing import Any, Final

import numpy as np
from scipy.sparse import csr_array
from scipy.special import logsumexp
from scipy.stats import rankdata

from traindy.baselines.ranking import SCORES_AT_ONCE
from traindy.cvae.recommender import CvaeRecommender
from traindy.evaluate.metrics import DECIMALS
from traindy.uph import UPH

FALSE_ALARMS: Final = 0.01
LEAST: Final = 20
"""Members, and non-members, without which nothing is said."""


def attack(scores: np.ndarray, member: np.ndarray) -> dict[str, Any] | None:
    """auc: how often a member scores above another customer, ties half; 0.5 is a guess. interval: 95 %.
    caught: share of members found while one in a hundred others is taken for one (Carlini et al. 2022).

    scores: float [customers]; member: bool [customers]. None where either are fewer than 20.
    """
    m, n = int(member.sum()), int((~member).sum())
    if min(m, n) < LEAST:
        return None
    auc = (rankdata(scores)[member].sum() - m * (m + 1) / 2) / (m * n)
    above = scores[member] > np.quantile(scores[~member], 1 - FALSE_ALARMS, method="higher")
    half = 1.96 * _standard_error(auc, m, n)
    return {
        "auc": round(float(auc), DECIMALS),
        "interval": [round(float(end), DECIMALS) for end in (max(0.0, auc - half), min(1.0, auc + half))],
        "caught": round(float(above.mean()), DECIMALS),
        "members": m,
        "others": n,
    }


def _standard_error(auc: float, m: int, n: int) -> float:
    """Of an area under the curve: Hanley & McNeil 1982, equation 2."""
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc) + (m - 1) * (q1 - auc**2) + (n - 1) * (q2 - auc**2)
    return float(np.sqrt(max(0.0, variance) / (m * n)))


def halves(history: UPH, seed: int) -> tuple[UPH, csr_array]:
    """Each history's articles at random: one half that is shown, and the smaller one that is hidden."""
    random = np.random.default_rng(seed)
    matrix, lengths = history.matrix, np.diff(history.matrix.indptr)
    row = np.repeat(np.arange(len(lengths)), lengths)
    order = np.lexsort((random.random(len(row)), row))  # shuffled within each row
    place = np.arange(len(row)) - matrix.indptr[row]
    shown = np.zeros(len(row), bool)
    shown[order] = place < -(-lengths[row] // 2)
    first, second = _entries(matrix, row, shown), _entries(matrix, row, ~shown)
    return UPH(first, history.day[shown], history.count[shown]), second


def _entries(matrix: csr_array, row: np.ndarray, chosen: np.ndarray) -> csr_array:
    values = matrix.data[chosen], (row[chosen], matrix.indices[chosen])
    return csr_array(values, shape=matrix.shape)


def mean_log_probability(
    model: CvaeRecommender, history: UPH, conditions: np.ndarray, asked: csr_array, exclude_bought: bool
) -> np.ndarray:
    """The served scores as probabilities over the catalogue; the mean logarithm of those of each row's asked
    articles: float64 [rows], NaN where nothing is asked.

    asked: rows x articles; articles that the model does not know do not count.
    """
    n = model.net.config.n_articles
    result = np.empty(history.n_customers)
    for rows in np.array_split(np.arange(len(result)), -(-len(result) * n // SCORES_AT_ONCE) or 1):
        found = model.best(history.rows(rows), conditions[rows], n, exclude_bought)
        scores = np.full((len(rows), n), -np.inf)
        place = found.articles >= 0
        scores[np.nonzero(place)[0], found.articles[place]] = found.scores[place]
        scores -= logsumexp(scores, axis=1, keepdims=True)
        result[rows] = row_means(asked[rows, :n].tocsr(), scores)
    return result


def row_means(asked: csr_array, values: np.ndarray) -> np.ndarray:
    """The mean value of each row's articles: float64 [rows], NaN for none. values: [rows or 1, articles]."""
    lengths = np.diff(asked.indptr)
    row = np.repeat(np.arange(len(lengths)), lengths)
    found = values[0 if len(values) == 1 else row, asked.indices]
    sums = np.bincount(row, found, len(lengths))
    return np.divide(sums, lengths, out=np.full(len(lengths), np.nan), where=lengths > 0)
