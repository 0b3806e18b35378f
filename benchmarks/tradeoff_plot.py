"""The figure of docs/fairness.md."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tradeoff_page import AGE, METRIC, SECTIONS

PANELS: Final = (("typecasting", "all"), ("typecasting", "cold"), ("coverage", "all"))
X: Final = {"typecasting": "typecasting ratio, sections by age", "coverage": "share of the catalogue"}
LABELLED: Final = ("0", "0.5", "0.7", "0.9", "1")
NO_CONDITION: Final = "no condition"


def plot(curve: Mapping[str, Any], file: Path) -> None:
    """Accuracy along the parameter, told apart by shapes. Popularity stands in the table alone."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams |= {"svg.hashsalt": "traindy", "svg.fonttype": "none", "font.size": 9}
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(1, len(PANELS), figsize=(9, 3.2), layout="constrained")
    for panel, (kind, group) in zip(panels, PANELS, strict=True):
        points = list(_points(curve, kind, group))
        dial = [point for point in points if point[0][0].isdigit()]
        panel.plot(*_apart(dial), "o-", color="black", markersize=4, label="fairness.neutrality")
        for name, x, y in dial:
            if name in LABELLED and kind == "typecasting":
                panel.annotate(
                    name, (x, y), xytext=(0, 5), textcoords="offset points", fontsize=7, ha="right"
                )
        other = [point for point in points if point[0] == NO_CONDITION]
        panel.plot(*_apart(other), "s", color="white", markeredgecolor="black", label="CVAE, no condition")
        panel.set(xlabel=X[kind], ylabel=f"NDCG@20, {group} customers")
        panel.set_ylim(0, 1.15 * max(y for *_, y in points))
        panel.grid(alpha=0.3)
        if kind == "typecasting":
            panel.axvline(1, color="gray", linestyle="--", linewidth=0.8)
        else:
            panel.set_xlim(0, 1.3 * max(x for _, x, _ in points))
    panels[0].legend(loc="lower right", fontsize=7)
    figure.savefig(file, metadata={"Date": None})
    plt.close(figure)


def _points(curve: Mapping[str, Any], kind: str, group: str) -> Iterator[tuple[str, float, float]]:
    for name, of in curve["points"].items():
        ratio = of["typecasting"].get(SECTIONS, {}).get(AGE)
        x = ratio if kind == "typecasting" else of["concentration"][kind]
        if x is not None and not name.startswith("popularity"):
            yield name, x, of[METRIC][group][0]


def _apart(points: list[tuple[str, float, float]]) -> tuple[list[float], list[float]]:
    return [x for _, x, _ in points], [y for *_, y in points]
