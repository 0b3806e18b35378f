"""From the evaluation of each seed to the figures of a dataset: means, deviations, paired intervals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow.parquet as pq

from traindy.core.columns import CUSTOMER, GROUP
from traindy.core.files import read_json
from traindy.core.vocabulary import CustomerGroup
from traindy.evaluate.bootstrap import interval, resampled_means
from traindy.evaluate.judged import EVERYBODY
from traindy.evaluate.metrics import DECIMALS
from traindy.evaluate.queries import WITHHELD
from traindy.evaluate.report import COMPARED_FOR, COMPARED_ON, COVERAGE, FIRST
from traindy.evaluate.table import GROUPS
from traindy.evaluate.write import PER_CUSTOMER_FILE

METRICS: Final = ("recall_20", "ndcg_20", "recall_1", "recall_30")
"""Each customer has them; coverage beside them is a list's property."""
COLD: Final = CustomerGroup.COLD.value
Figures = dict[str, dict[str, dict[str, float]]]
"""By model, group and metric."""


@dataclass(frozen=True)
class Run:
    """The evaluation of one seed under one policy."""

    figures: Figures
    customers: dict[str, int]
    """By group."""
    ceiling: dict[str, float]
    """Of everybody, by metric."""
    facts: dict[str, Any]
    customer: np.ndarray
    """Position of each judged query: int [queries]."""
    group: np.ndarray
    """Its group, as text."""
    values: dict[str, np.ndarray]
    """By model: float64 [queries, METRICS]."""


def read_run(folder: Path) -> Run:
    """Read evaluate.json and per_customer.parquet."""
    content = read_json(folder / "evaluate.json")
    models = {FIRST: content, **content["models"]}
    table = pq.read_table(folder / PER_CUSTOMER_FILE).to_pandas()
    parts = {str(model): part for model, part in table.groupby("model", sort=False, observed=True)}
    first = parts[FIRST]
    wanted = (EVERYBODY, *GROUPS)
    counts = {name: each["customers"] for name, each in _by_group(content, wanted).items()}
    return Run(
        {name: _picked(each, wanted) for name, each in models.items()},
        counts,
        {name: content["ceiling"][name] for name in METRICS},
        {name: content[name] for name in ("catalogue", "cut", "exclude_bought")},
        first[CUSTOMER].to_numpy(),
        first[GROUP].to_numpy().astype(str),
        {name: part[list(METRICS)].to_numpy(float) for name, part in parts.items()},
    )


def _by_group(model: Mapping[str, Any], wanted: Iterable[str]) -> dict[str, Any]:
    groups = {EVERYBODY: model, **model["groups"]}
    return {name: groups[name] for name in wanted if name in groups}


def _picked(model: Mapping[str, Any], wanted: Iterable[str]) -> dict[str, dict[str, float]]:
    groups = _by_group(model, wanted)
    return {name: {m: each[m] for m in (*METRICS, COVERAGE)} for name, each in groups.items()}


def pool(folds: Sequence[Run]) -> Run:
    """The folds' cold customers as one group.

    Who is cold in several folds is so without them, and is left out: every customer counts once.
    """
    cold = [np.flatnonzero(run.group == COLD) for run in folds]
    customer = np.concatenate([run.customer[rows] for run, rows in zip(folds, cold, strict=True)])
    who, times = np.unique(customer, return_counts=True)
    once = np.isin(customer, who[times == 1])
    values = {
        model: np.concatenate([run.values[model][rows] for run, rows in zip(folds, cold, strict=True)])[once]
        for model in folds[0].values
    }
    group = np.full(int(once.sum()), COLD)
    means = {model: dict(zip(METRICS, each.mean(0).tolist(), strict=True)) for model, each in values.items()}
    figures = {model: {COLD: each} for model, each in means.items()}
    return Run(figures, {COLD: len(group)}, {}, folds[0].facts, customer[once], group, values)


def summary(runs: Sequence[Run], resamples: int, seed: int) -> dict[str, Any]:
    """The figures of a policy over its seeds' runs, as docs/accuracy/<dataset>.json holds them."""
    first = runs[0]
    return {
        **first.facts,
        "customers": first.customers,
        "ceiling": first.ceiling,
        "models": {model: _over_seeds([run.figures[model] for run in runs]) for model in first.figures},
        "differences": differences(runs, resamples, seed),
    }


def _over_seeds(seeds: Sequence[dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    """By group and metric the mean, and where the seeds differ their standard deviation."""
    found: dict[str, dict[str, float]] = {}
    for group, names in seeds[0].items():
        values = {name: np.array([figures[group][name] for figures in seeds]) for name in names}
        found[group] = {name: round(float(v.mean()), DECIMALS) for name, v in values.items()}
        if any(np.ptp(v) > 0 for v in values.values()):
            found[group] |= {f"{n}_sd": round(float(v.std(ddof=1)), DECIMALS) for n, v in values.items()}
    return found


def differences(runs: Sequence[Run], resamples: int, seed: int) -> dict[str, Any]:
    """CVAE minus each other model, by group and metric: mean, and the low and high end of its 95 % interval.

    A customer's figure is the mean over the seeds; the customers are drawn, all models with the same draws.
    """
    mean = {name: np.mean([run.values[name] for run in runs], axis=0) for name in runs[0].values}
    columns = [METRICS.index(name) for name in COMPARED_ON]
    others = [name for name in mean if name != FIRST]
    apart = np.concatenate([(mean[FIRST] - mean[name])[:, columns] for name in others], axis=1)
    group = runs[0].group
    every = {name: group != WITHHELD if name == EVERYBODY else group == name for name in COMPARED_FOR}
    members = {name: rows for name, rows in every.items() if rows.any()}
    drawn = interval(resampled_means(apart, np.stack(list(members.values()), 1), resamples, seed))
    found: dict[str, Any] = {name: {} for name in others}
    for g, (label, rows) in enumerate(members.items()):
        middle = apart[rows].mean(0)
        for i, name in enumerate(others):
            found[name][label] = {
                metric: [round(float(v), DECIMALS) for v in (middle[c], *drawn[:, g, c])]
                for c, metric in enumerate(COMPARED_ON, start=i * len(COMPARED_ON))
            }
    return found
