"""docs/fairness.md from the figures of tradeoff.py."""

from collections.abc import Mapping
from typing import Any, Final

from cells import short, table

from traindy.evaluate.table import NAMES

METRIC: Final = "ndcg_20"
SECTIONS, TYPES, INDEX = "section_name", "product_type_name", "index_group_name"
CATEGORIES: Final = (SECTIONS, TYPES, INDEX)
"""Of those in metrics/fairness.json the ones that are shown."""
AGE, CLUSTER = "age", "cluster"

INTRO: Final = """# Fairness and typecasting

Written by `python benchmarks/tradeoff.py` from the default shop, which is simulated: `evaluate` writes
the same figures of any shop to `metrics/fairness.json`, and the model card sums them up (`git log`
says of which fit those here are; third digits change with it). Groups of fewer
than {least} customers are not shown. The data has no gender; the index group that a customer bought most
from is a proxy for it, named `{proxy}`, and no more than that.

## What is measured

- **Accuracy by group**, with 95 % intervals over customers. The *gap* is the best served group's figure
  minus the worst served one's. The largest of many differences is large by chance alone: *by chance* is
  the 95th percentile of the gap when customers are shuffled among the groups.
- **Typecasting ratio.** With p_g(c) the average share of category c in the lists of 20 of group g's
  customers, two groups overlap by the sum over c of min(p_g(c), p_h(c)), and are 1 minus that apart. The
  distance is the mean over all pairs of groups, weighted by their customers; from it goes the same
  distance with the customers shuffled. The ratio is this distance of the lists over the same of what the
  customers buy in the test: 1 where lists differ between groups as purchases do, above 1 where they
  typecast, 0 where they do not know the groups. Empty where purchases differ no more than twice what
  they would by chance.
- **Concentration** of what is shown and of what is bought: Gini, share of the known articles shown at
  all, share of all showings on the 1 % shown most. Lists of 20 are longer than what customers buy, so
  coverage flatters the lists.
- **Near-duplicates**: of all places in the lists, those whose product stands in the list before, in
  another colour or size (*within*), and those of a product that the customer has in another one (*of
  bought*). Customers who order two colours to send one back are the carbon side of recommendations."""

DIAL: Final = """
## Turning it down

`fairness.neutrality` moves what a customer's condition says towards what it says of all customers on
average: at 1 only what somebody bought tells people apart. It takes no training: `dvc exp run -S
fairness.neutrality=0.7` runs evaluate, recommend and the model card again, and the app follows. In
parentheses: the 95 % interval of the paired difference from neutrality 0.

What it costs is accuracy for customers without a history. The share of the catalogue that is shown stays
between {least:.1%} and {most:.1%}.

![Accuracy against typecasting, and against coverage, along the parameter](fairness.svg)

"""


def page(report: Mapping[str, Any], curve: Mapping[str, Any]) -> str:
    """docs/fairness.md."""
    points = [of["concentration"]["coverage"] for name, of in curve["points"].items() if name[0].isdigit()]
    dial = DIAL.format(least=min(points), most=max(points))
    intro = INTRO.format(least=report["least_customers"], proxy=report["proxy_for_gender"])
    parts = [intro, f"\n## The default shop\n\n{report['customers']:,} customers of the test.\n"]
    parts += ["\n### Accuracy by group: largest gaps, NDCG@20\n\n", gaps(report)]
    parts += ["\n### Typecasting ratio\n\n", ratios(report)]
    parts += ["\n### Concentration and near-duplicates\n\n", shown(report), dial, along(curve)]
    return "".join(parts)


def gaps(report: Mapping[str, Any]) -> str:
    """By grouping and model: the worst and the best served group."""
    rows = []
    for grouping, of in report["accuracy"].items():
        for model in ("cvae", "popularity"):
            gap = of["gaps"][model][METRIC]
            worst, best = (
                f"{gap[end]} {short(of['groups'][gap[end]][model][METRIC]['mean'])}"
                for end in ("lowest", "highest")
            )
            ends = " to ".join(_signed(end) for end in gap["interval"])
            rows.append(
                [
                    grouping,
                    NAMES[model],
                    worst,
                    best,
                    f"{short(gap['gap'])} ({ends})",
                    short(gap["by_chance"]),
                ]
            )
    return table(["groups by", "model", "served worst", "served best", "gap", "by chance"], rows)


def ratios(report: Mapping[str, Any]) -> str:
    """By category and grouping: each model's ratio."""
    rows = []
    for category in CATEGORIES:
        for grouping, each in report["typecasting"].get(category, {}).items():
            found = [_ratio(model["ratio"]) for model in each["models"].values()]
            if any(found):
                rows.append([category, grouping, short(each["bought"]["distance"]), *found])
    models = list(next(iter(next(iter(report["typecasting"].values())).values()))["models"])
    return table(["categories", "groups by", "bought, distance", *(NAMES[model] for model in models)], rows)


def shown(report: Mapping[str, Any]) -> str:
    """What is shown and what is bought."""
    rows = []
    for name, of in report["concentration"].items():
        twice = (report["near_duplicates"] or {}).get(name, {})
        cells = [short(of[key]) for key in ("gini", "coverage", "head")]
        rows.append([NAMES.get(name, name), *cells, *(f"{twice[key]:.1%}" for key in twice)])
    return table(["", "Gini", "coverage", "head", "near-duplicates within", "of bought"], rows)


def along(curve: Mapping[str, Any]) -> str:
    """The curve as a table."""
    rows = []
    for name, of in curve["points"].items():
        accuracy = [_with_loss(of[METRIC][group], name) for group in ("all", "warm", "cold")]
        cast = of["typecasting"]
        places = ((SECTIONS, AGE), (TYPES, AGE), (INDEX, AGE), (SECTIONS, CLUSTER))
        found = [_ratio(cast.get(category, {}).get(grouping)) for category, grouping in places]
        twice = of["near_duplicates"] or {}
        other = [short(of["concentration"]["coverage"]), f"{twice['within']:.1%}" if twice else ""]
        rows.append([name, *accuracy, *found, *other])
    head = ["neutrality", *(f"NDCG@20 {group}" for group in ("all", "warm", "cold"))]
    head += ["sections by age", "product types by age", "index groups by age", "sections by cluster"]
    return table([*head, "coverage", "near-duplicates"], rows)


def _with_loss(of: list[float], name: str) -> str:
    mean, low, high = of
    return short(mean) if name == "0" else f"{short(mean)} ({_signed(low)} to {_signed(high)})"


def _signed(value: float) -> str:
    return f"{value:+.4f}".replace("0.", ".", 1)


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
