"""metrics/evaluate.json: the CVAE's figures at the top, each group's and each other model's below; and
metrics/headline.json, the few of them that DVC shows."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from traindy.evaluate.bootstrap import interval, resampled_means
from traindy.evaluate.judged import EVERYBODY, GROUPS, Judged
from traindy.evaluate.metrics import DECIMALS, SUCCESS_AT, coverage

COVERAGE: Final = f"coverage_{SUCCESS_AT}"
ACCURACY: Final = f"ndcg_{SUCCESS_AT}"
COMPARED_ON: Final = (f"recall_{SUCCESS_AT}", ACCURACY)
COMPARED_FOR: Final = (EVERYBODY, *GROUPS)
HEADLINES: Final = ("recall_1", "recall_30", *COMPARED_ON, COVERAGE)
FIRST: Final = "cvae"
"""The model that stands at the top, and that the others are compared with."""

Figures = Mapping[str, np.ndarray]


def report(
    judged: Judged,
    lists: Mapping[str, np.ndarray],
    figures: Mapping[str, Figures],
    n_known: int,
    resamples: int,
    seed: int,
) -> dict[str, Any]:
    """The report as it is written; lists [queries, depth] and figures (`Judged.figures`) of every model."""
    ceiling = judged.ceiling(n_known)
    bootstrap = _Bootstrap(judged, figures, resamples, seed)
    of_models = {
        name: _of_model(judged, lists[name], figures[name], n_known) | {"intervals": bootstrap.of(name)}
        for name in figures
    }
    first = of_models.pop(FIRST)
    for group, members in judged.groups.items():
        place = first if group == EVERYBODY else first["groups"][group]
        place["ceiling"] = _means(ceiling, members)
    others = [name for name in figures if name != FIRST]
    groups = first.pop("groups")
    return first | {
        "groups": groups,
        "models": of_models,
        "differences": {name: bootstrap.difference(name) for name in others},
    }


def headline(content: Mapping[str, Any]) -> dict[str, Any]:
    """The CVAE's success rates for everybody, and the groups' NDCG; content: metrics/evaluate.json."""
    of_groups = {
        group: {ACCURACY: content["groups"][group][ACCURACY]}
        for group in GROUPS
        if group in content["groups"]
    }
    return {name: content[name] for name in HEADLINES} | of_groups


def _of_model(judged: Judged, lists: np.ndarray, figures: Figures, n_known: int) -> dict[str, Any]:
    of_groups = {}
    for group, members in judged.groups.items():
        shown = lists[judged.rows[members], :SUCCESS_AT]
        of_groups[group] = (
            _means(figures, members)
            | {COVERAGE: round(coverage(shown, n_known), DECIMALS)}
            | {"customers": int(members.sum())}
        )
    return of_groups.pop(EVERYBODY) | {"groups": of_groups}


def _means(figures: Figures, members: np.ndarray) -> dict[str, float]:
    return {name: round(float(values[members].mean()), DECIMALS) for name, values in figures.items()}


class _Bootstrap:
    """One set of resamples for all models, groups and metrics."""

    def __init__(self, judged: Judged, figures: Mapping[str, Figures], resamples: int, seed: int) -> None:
        self.groups = [name for name in COMPARED_FOR if name in judged.groups]
        self.columns = [(model, name) for model, values in figures.items() for name in values]
        values = np.stack([figures[model][name] for model, name in self.columns], 1)
        members = np.stack([judged.groups[name] for name in self.groups], 1)
        self.means = resampled_means(values, members, resamples, seed)

    def of(self, model: str) -> dict[str, list[float]]:
        """Intervals of all a model's metrics over everybody."""
        everybody = interval(self.means[:, 0])
        return {
            name: _rounded(everybody[:, column])
            for column, (owner, name) in enumerate(self.columns)
            if owner == model
        }

    def difference(self, model: str) -> dict[str, dict[str, list[float]]]:
        """Paired intervals of the first model's figure minus this one's, by group and metric."""
        return {
            group: {name: _rounded(interval(self._apart(g, model, name))) for name in COMPARED_ON}
            for g, group in enumerate(self.groups)
        }

    def _apart(self, group: int, model: str, name: str) -> np.ndarray:
        mine, other = self.columns.index((FIRST, name)), self.columns.index((model, name))
        return self.means[:, group, mine] - self.means[:, group, other]


def _rounded(values: np.ndarray) -> list[float]:
    return [round(float(value), DECIMALS) for value in values]
