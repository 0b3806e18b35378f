"""The sections on how good the lists are, and for whom."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from traindy.card.facts import Facts
from traindy.card.markdown import between, figure, share, table
from traindy.evaluate.table import GROUPS, NAMES

METRICS: Final = {
    "recall_1": "recall_1",
    "recall_30": "recall_30",
    "recall_20": "Recall@20",
    "ndcg_20": "NDCG@20",
}
CATEGORIES: Final = ("section_name", "product_type_name", "index_group_name")
"""Shown where there are any of them; else the first ones that there are."""
MODELS: Final = ("cvae", "popularity")
"""Whose gaps between groups are shown."""


def accuracy(facts: Facts) -> str:
    """Metrics with intervals, of the model and of what it must beat; by group."""
    found = facts.evaluate
    everything = {"cvae": found, **found["models"]}
    ordered = sorted(everything, key=lambda name: list(NAMES).index(name) if name in NAMES else len(NAMES))
    rows = [[_name(name), *_with_intervals(everything[name])] for name in ordered]
    groups = {"all": found, **{name: found["groups"][name] for name in GROUPS if name in found["groups"]}}
    by_group = [
        [GROUPS.get(name, name), f"{of['customers']:,}", *(figure(of[metric]) for metric in METRICS)]
        for name, of in groups.items()
    ]
    differences = [
        [
            _name(name),
            *(
                between(of[group]["ndcg_20"], signed=True) if group in of else "-"
                for group in ("all", "cold")
            ),
        ]
        for name, of in found["differences"].items()
        if not name.startswith("oracle")
    ]
    policy = "excluded" if found["exclude_bought"] else "allowed"
    return (
        f"{found['customers']:,} customers of the test, the whole catalogue of {found['catalogue']:,} "
        f"articles ranked, articles bought before {policy}; 95 % intervals over customers. recall_1: one of "
        "the 20 recommended articles is bought; recall_30: 30 % of them are. Oracles know the simulated "
        "truth.\n\n"
        + table(["model", *METRICS.values()], rows)
        + "\nThe CVAE by group; the numbers are articles bought before:\n\n"
        + table(["customers", "how many", *METRICS.values()], by_group)
        + "\nNDCG@20 of the CVAE minus the other's, paired 95 % intervals:\n\n"
        + table(["other", "all customers", "without a history"], differences)
    )


def _with_intervals(of: Mapping[str, Any]) -> list[str]:
    return [f"{figure(of[metric])} ({between(of['intervals'][metric])})" for metric in METRICS]


def _name(model: str) -> str:
    return NAMES.get(model, model)


def groups(facts: Facts) -> str:
    """Who is served how well, who is typecast, what is shown too often."""
    found = facts.fairness
    proxy = found["proxy_for_gender"]
    gender = (
        f"The data has no gender. `{proxy}`, the index group that a customer bought most from, is a proxy "
        "for it and no more."
        if proxy
        else "The data has no gender, and nothing that stands for it."
    )
    if not found["accuracy"]:
        least = found["least_customers"]
        return f"{gender} No attribute has two groups of {least} customers: nothing to compare.\n"
    return (
        f"{gender} Groups of fewer than {found['least_customers']} customers are not shown. *By chance*: "
        "the gap that customers shuffled among the groups stay below in 95 % of cases.\n\n"
        + table(
            ["groups by", "model", "worst", "best", "gap in NDCG@20", "by chance"], _gaps(found["accuracy"])
        )
        + "\nTypecasting ratio: how far the groups' lists are apart in categories, over how far their "
        "purchases are. Above 1 the lists typecast. Left out where purchases hardly differ.\n\n"
        + table(["categories", "groups by", *map(_name, _models(found))], _ratios(found))
        + "\nHow concentrated lists and purchases are, and how much of both is another article of the same "
        "product, in the same list or bought before:\n\n"
        + table(
            ["", "Gini", "coverage", "head", "twice in a list", "of a product bought"], _concentration(found)
        )
    )


def _gaps(accuracy: Mapping[str, Any]) -> Iterator[list[str]]:
    for grouping, of in accuracy.items():
        for model in [model for model in MODELS if model in of["gaps"]]:
            gap = of["gaps"][model]["ndcg_20"]
            ends = [
                f"{gap[end]}: {figure(of['groups'][gap[end]][model]['ndcg_20']['mean'])}"
                for end in ("lowest", "highest")
            ]
            size = f"{figure(gap['gap'])} ({between(gap['interval'], signed=True)})"
            yield [grouping, _name(model), *ends, size, figure(gap["by_chance"])]


def _models(found: Mapping[str, Any]) -> list[str]:
    return [name for name in found["concentration"] if name != "bought"]


def _ratios(found: Mapping[str, Any]) -> Iterator[list[str]]:
    cast = found["typecasting"]
    chosen = [name for name in CATEGORIES if name in cast] or list(cast)[: len(CATEGORIES)]
    for category in chosen:
        for grouping, of in cast[category].items():
            found_here = [of["models"][model]["ratio"] for model in _models(found)]
            if any(ratio is not None for ratio in found_here):
                yield [category, grouping, *("-" if r is None else f"{r:.2f}" for r in found_here)]


def _concentration(found: Mapping[str, Any]) -> Iterator[list[str]]:
    for name, of in found["concentration"].items():
        twice = (found["near_duplicates"] or {}).get(name)
        shares = [share(twice[key]) for key in ("within", "of_bought")] if twice else ["-", "-"]
        yield [_name(name), *(figure(of[key]) for key in ("gini", "coverage", "head")), *shares]
