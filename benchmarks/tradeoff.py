"""What less typecasting costs: accuracy and coverage along fairness.neutrality, on the shop that has run.

python benchmarks/tradeoff.py        after `make repro`; writes docs/fairness.json, .md and .svg
"""

import argparse
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from scratch import ROOT
from start import start
from tradeoff_page import page
from tradeoff_plot import plot

from traindy.baselines.lists import read_lists
from traindy.cluster import read_profiles
from traindy.core.config import load_params
from traindy.core.files import read_json, write_json, write_text
from traindy.core.params import Params
from traindy.core.vocabulary import Articles, read_articles
from traindy.cvae.store import UNCONDITIONED, load_recommender
from traindy.evaluate.bootstrap import interval, resampled_means
from traindy.evaluate.fairness import fairness, shown
from traindy.evaluate.judged import EVERYBODY, Judged, judge
from traindy.evaluate.metrics import SUCCESS_AT
from traindy.evaluate.models import conditions
from traindy.evaluate.queries import Queries, load_queries
from traindy.recommend.neutral import load_served

NEUTRALITIES: Final = (0.0, 0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
GROUPS: Final = (EVERYBODY, "warm", "cold")
METRIC: Final = f"ndcg_{SUCCESS_AT}"
CVAE: Final = "cvae"
log = logging.getLogger("traindy")


def lists(params: Params, articles: Articles, queries: Queries) -> Iterator[tuple[str, np.ndarray]]:
    """Each point's name and lists: the CVAE by neutrality, the CVAE without its condition, popularity."""
    exclude = params.evaluate.exclude_bought
    for neutrality in NEUTRALITIES:
        changed = load_params([f"fairness.neutrality={neutrality}"])
        model = load_served(changed, articles)
        yield f"{neutrality:g}", model.rank(queries.history, conditions(model, queries), SUCCESS_AT, exclude)
    model = load_recommender(Path(params.paths.cvae) / UNCONDITIONED, articles)
    yield "no condition", model.rank(queries.history, conditions(model, queries), SUCCESS_AT, exclude)
    kept = read_lists(params.paths.baselines, len(queries.customers), exclude)
    for name in ("popularity", "popularity_cluster"):
        yield name.replace("_", " within the "), kept[name]


def measure(params: Params) -> dict[str, Any]:
    """By point: NDCG@20 by group with the interval of its loss, and what `fairness` says of its lists."""
    articles, queries = read_articles(params.paths.split), load_queries(params.paths)
    judged = judge(queries, [SUCCESS_AT], params.evaluate.exclude_bought)
    profiles = read_profiles(params.paths.cluster)[1]
    points: dict[str, Any] = {}
    whole: Mapping[str, np.ndarray] | None = None
    for name, of in lists(params, articles, queries):
        figures = judged.figures(of)
        whole = figures if whole is None else whole
        seen = shown(judged, {CVAE: of}, articles, profiles)
        found = fairness(judged, {CVAE: figures}, seen, articles, 10, params.evaluate.seed)
        points[name] = {
            METRIC: {group: _against(judged, group, figures, whole, params) for group in GROUPS},
            "typecasting": {
                category: {group: each["models"][CVAE]["ratio"] for group, each in of_category.items()}
                for category, of_category in found["typecasting"].items()
            },
            "concentration": found["concentration"][CVAE],
            "near_duplicates": (found["near_duplicates"] or {}).get(CVAE),
        }
        log.info("= %s: %s", name, points[name])
    return {"customers": int(judged.groups[EVERYBODY].sum()), "points": points}


def _against(
    judged: Judged,
    group: str,
    figures: Mapping[str, np.ndarray],
    whole: Mapping[str, np.ndarray],
    params: Params,
) -> list[float]:
    """The mean, and the two ends of the interval of its difference from neutrality 0."""
    members = judged.groups[group]
    apart = (figures[METRIC] - whole[METRIC])[members, None]
    settings = params.evaluate
    drawn = resampled_means(apart, np.ones((len(apart), 1), bool), settings.bootstrap, settings.seed)
    low, high = interval(drawn[:, 0, 0])
    return [round(float(x), 5) for x in (figures[METRIC][members].mean(), low, high)]


def main(arguments: Sequence[str]) -> None:
    """Run the command line, from the project's root."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--docs", type=Path, default=ROOT / "docs", help="where page and figure go")
    parser.add_argument("--page-only", action="store_true", help="render again what was measured")
    asked = parser.parse_args(arguments)
    params, file = load_params([]), asked.docs / "fairness.json"
    torch.set_num_threads(params.engine.threads)
    if not asked.page_only:
        write_json(file, measure(params))
    curve = read_json(file)
    plot(curve, file.with_suffix(".svg"))
    report = read_json(Path(params.paths.metrics) / "fairness.json")
    write_text(file.with_suffix(".md"), page(report, curve))


if __name__ == "__main__":
    start(main)
