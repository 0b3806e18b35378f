"""How well a label is guessed from features, by one who knows the labels of others."""

import warnings
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from scipy.linalg.lapack import dpstrf
from scipy.sparse import csr_array
from scipy.stats import binomtest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from traindy.evaluate.metrics import DECIMALS

JUDGED: Final = 1 / 3
"""Share of the customers on whom the guesses are judged; the others are what the attacker learns from."""
LEAST: Final = 20
"""Customers of a level without whom it is left out."""
STRENGTH: Final = 0.1
"""Inverse of the penalty on the weights; near the best for every source on the simulated shop."""
SPANNED: Final = 1e-9
"""Smallest squared length that is a direction, and not rounding; features are 1 and 0."""
MAJORITY: Final = "majority"


def guesses(
    sources: Mapping[str, np.ndarray | csr_array], labels: np.ndarray, seed: int
) -> dict[str, Any] | None:
    """By source: how often a logistic regression on it guesses a customer's level.

    accuracy, with its 95 % interval (Wilson); auc: one level against the rest, weighted by their customers,
    0.5 is a guess. `MAJORITY` always guesses the most frequent level.

    sources: features [customers, any], float; labels: text [customers]. None if there are no two levels.
    """
    _, code, counts = np.unique(labels.astype(str), return_inverse=True, return_counts=True)
    chosen = np.flatnonzero((counts >= LEAST)[code])
    if (counts >= LEAST).sum() < 2:
        return None
    learned, judged = train_test_split(chosen, test_size=JUDGED, random_state=seed, stratify=code[chosen])
    most = np.bincount(code[learned]).argmax()
    found = {MAJORITY: _accuracy(code[judged] == most) | {"auc": 0.5}}
    for name, features in sources.items():
        found[name] = _attack(features, code, learned, judged)
    return {"levels": int((counts >= LEAST).sum()), "customers": len(judged), "sources": found}


def rotated(features: np.ndarray | csr_array) -> np.ndarray | csr_array:
    """The same rows in coordinates of their own span, no more than there are rows: float64 [rows, some].

    A penalty on the squares of the weights is the same in all of them, and so is what is guessed; but there
    are a few thousand customers, and a hundred thousand articles. Where fewer articles than customers are in
    use, the rows stay as they are, sparse, without the columns that nobody has.
    """
    sparse = csr_array(features, dtype=np.float64)
    sparse = csr_array(sparse[:, np.unique(sparse.indices)])
    if sparse.shape[1] <= sparse.shape[0]:
        return sparse
    # Cholesky with pivots: any factor of the products of rows will do, and this one costs a fiftieth of eigh.
    factor, order, rank, _ = dpstrf((sparse @ sparse.T).toarray(), tol=SPANNED, lower=1)
    turned = np.empty((len(factor), rank))
    turned[order - 1] = np.tril(factor)[:, :rank]
    return turned


def _attack(
    features: np.ndarray | csr_array, code: np.ndarray, learned: np.ndarray, judged: np.ndarray
) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # near enough
        model = LogisticRegression(C=STRENGTH, max_iter=100).fit(features[learned], code[learned])
    probability, true = model.predict_proba(features[judged]), code[judged]
    guessed = model.classes_[probability.argmax(1)]
    if len(model.classes_) == 2:
        auc = roc_auc_score(true == model.classes_[1], probability[:, 1])
    else:
        auc = roc_auc_score(true, probability, multi_class="ovr", average="weighted")
    return _accuracy(guessed == true) | {"auc": round(float(auc), DECIMALS)}


def _accuracy(right: np.ndarray) -> dict[str, Any]:
    ends = binomtest(int(right.sum()), len(right)).proportion_ci(method="wilson")
    return {
        "accuracy": round(float(right.mean()), DECIMALS),
        "interval": [round(float(end), DECIMALS) for end in (ends.low, ends.high)],
    }
