"""Recall on new, rare and popular articles: by the purchases that the models were fitted on."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_array

from traindy.core.params import Paths
from traindy.evaluate.bands import Band
from traindy.evaluate.judged import EVERYBODY, Judged
from traindy.evaluate.metrics import DECIMALS, SUCCESS_AT, hits_of
from traindy.uph import load, merge

BANDS: Final = (Band(0, 0), Band(1, 4), Band(5, 49), Band(50, None))
UNKNOWN: Final = "unknown"
"""Articles outside the known catalogue: bought in the test they are misses of every model."""


def training_purchases(paths: Paths) -> np.ndarray:
    """How many of the customers trained on bought each article before the test: int64 [articles]."""
    fitted_on = merge(*(load(f"{paths.uph}/{period}") for period in ("train", "valid")))
    return np.bincount(fitted_on.matrix.indices, minlength=fitted_on.n_articles)


def article_bands(
    judged: Judged, lists: Mapping[str, np.ndarray], purchases: np.ndarray, n_known: int
) -> dict[str, Any]:
    """By band: its articles, the true (customer, article) pairs, and each model's recall_20.

    lists: int [queries, 20 or more] by model; purchases: int [articles]; articles [0, n_known) are known.
    Every customer is asked about once, and every pair counts the same: recall is the share of all the band's
    pairs that stand in the first 20. None where nothing of the band was bought, left out for `UNKNOWN`.
    """
    band = np.stack([band.holds(purchases) for band in BANDS]).argmax(0)
    band[n_known:] = len(BANDS)
    once = judged.groups[EVERYBODY]
    truth, rows = judged.truth[once], judged.rows[once]
    articles, pairs = _sizes(band), _sizes(band[truth.indices])
    report: dict[str, Any] = {
        name: {"articles": int(articles[place]), "pairs": int(pairs[place])}
        for place, name in enumerate([*(band.name for band in BANDS), UNKNOWN])
    }
    recall = {model: _recall(band, truth, shown[rows, :SUCCESS_AT]) for model, shown in lists.items()}
    for place, known in enumerate(BANDS):
        report[known.name][f"recall_{SUCCESS_AT}"] = {model: of[place] for model, of in recall.items()}
    return report


def _recall(band: np.ndarray, truth: csr_array, shown: np.ndarray) -> list[float | None]:
    found, pairs = _sizes(band[shown[hits_of(shown, truth)]]), _sizes(band[truth.indices])
    return [round(float(f / p), DECIMALS) if p else None for f, p in zip(found, pairs, strict=True)]


def _sizes(band: np.ndarray) -> np.ndarray:
    return np.bincount(band, minlength=len(BANDS) + 1)
