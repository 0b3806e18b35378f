"""What needs the lists themselves: recall at every length, and whether a higher score is bought more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import altair as alt
import numpy as np
import pandas as pd

from traindy.core.cut import read_cut
from traindy.core.params import Params
from traindy.core.vocabulary import Articles, read_articles
from traindy.evaluate.judged import EVERYBODY, Judged, judge
from traindy.evaluate.metrics import SUCCESS_AT, hits_of
from traindy.evaluate.models import all_lists, conditions
from traindy.evaluate.oracles import oracle_lists
from traindy.evaluate.queries import Queries, load_queries
from traindy.evaluate.report import FIRST
from traindy.evaluate.table import NAMES
from traindy.recommend.neutral import load_served
from traindy.report.parts import HEIGHT, WIDTH, Picture
from traindy.report.results import COMPARED, lined

LONGEST: Final = 100
BINS: Final = 10
"""Recommendations of equal number, by rising score."""


@dataclass(frozen=True)
class Ranked:
    """The models' lists for those who bought in the test."""

    articles: Articles
    queries: Queries
    judged: Judged
    lists: Mapping[str, np.ndarray]
    """By model, int32 [queries, depth]."""
    scores: np.ndarray
    """Of the CVAE's lists, float32 [queries, at most SUCCESS_AT]."""


def rank(params: Params) -> Ranked:
    """Rank the catalogue as evaluate does, but deeper."""
    articles, queries = read_articles(params.paths.split), load_queries(params.paths)
    depth = min(LONGEST, params.baselines.depth, articles.n_known)
    exclude = params.evaluate.exclude_bought
    judged = judge(queries, [depth], exclude)
    model = load_served(params, articles)
    lists = all_lists(params, model, articles, queries, depth)
    lists |= oracle_lists(params, read_cut(params.paths.split), articles, queries, depth)
    k = min(SUCCESS_AT, depth)
    scores = model.best(queries.history, conditions(model, queries), k, exclude).scores
    return Ranked(articles, queries, judged, lists, scores)


def pictures(ranked: Ranked) -> list[Picture]:
    """Both pictures."""
    hits = hits_of(ranked.lists[FIRST][ranked.judged.rows, :SUCCESS_AT], ranked.judged.truth)
    scores = ranked.scores[ranked.judged.rows]
    return [recall_picture(recall_curves(ranked)), calibration_picture(calibration(ranked, hits, scores))]


def recall_curves(ranked: Ranked) -> pd.DataFrame:
    """model, k, recall: means over all customers, for k = 1, 2, …"""
    judged = ranked.judged
    everybody = judged.groups[EVERYBODY]
    frames = []
    for model in COMPARED:
        if model in ranked.lists:
            found = hits_of(ranked.lists[model][judged.rows], judged.truth).cumsum(1) / judged.size[:, None]
            mean = found[everybody].mean(0).round(5)
            k = np.arange(1, len(mean) + 1)
            frames.append(pd.DataFrame({"model": NAMES.get(model, model), "k": k, "recall": mean}))
    return pd.concat(frames, ignore_index=True)


def recall_picture(frame: pd.DataFrame) -> Picture:
    """Lines over k."""
    chart = alt.Chart(frame).encode(
        alt.X("k:Q", title="length of the list, k"),
        alt.Y("recall:Q", title="share of what is bought, recall@k", axis=alt.Axis(format="~%")),
    )
    names = list(frame["model"].unique())
    last = frame[frame["model"] == names[0]].iloc[-1]
    title = f"A list of {last['k']} holds {last['recall']:.0%} of what a customer then buys"
    layers = alt.layer(*lined(chart, names, points=False)).properties(width=WIDTH, height=HEIGHT + 40)
    return Picture(title, layers, "Articles that were first sold in the test count, and cannot be found.")


def calibration(ranked: Ranked, hits: np.ndarray, scores: np.ndarray) -> pd.DataFrame:
    """who, tenth, score (its mean), bought (share): all places of the CVAE's lists, binned by score."""
    judged = ranked.judged
    with_history = ranked.queries.history_length[judged.rows] > 0
    who = {"with a history": with_history, "without a history": ~with_history}
    frames = [
        binned(scores[members].ravel(), hits[members].ravel()).assign(who=name)
        for name, members in who.items()
        if members.any()
    ]
    return pd.concat(frames, ignore_index=True)


def binned(scores: np.ndarray, hits: np.ndarray) -> pd.DataFrame:
    """tenth, score, bought: means over `BINS` parts of equal size, by rising score, -inf left out."""
    there = np.isfinite(scores)
    order = np.argsort(scores[there], kind="stable")
    parts = [part for part in np.array_split(order, BINS) if len(part)]
    means = [(i, scores[there][part].mean(), hits[there][part].mean()) for i, part in enumerate(parts, 1)]
    return pd.DataFrame(means, columns=["tenth", "score", "bought"])


def calibration_picture(frame: pd.DataFrame) -> Picture:
    """The share that is bought, by the score's tenth."""
    chart = alt.Chart(frame.rename(columns={"who": "model"})).encode(
        alt.X("tenth:O", title="tenth of the recommendations, by rising score", axis=alt.Axis(labelAngle=0)),
        alt.Y("bought:Q", title="share that is bought", axis=alt.Axis(format="~%")),
    )
    names = list(frame["who"].unique())
    first = frame[frame["who"] == names[0]]
    low, high = first["bought"].iloc[0], first["bought"].iloc[-1]
    title = f"Of the lowest scores {low:.1%} are bought, of the highest {high:.1%}"
    note = (
        f"The {SUCCESS_AT} recommendations of every customer. A score orders articles and is no probability. "
        "Scores with and without a history are not comparable: each has its own tenths."
    )
    return Picture(title, alt.layer(*lined(chart, names)).properties(width=WIDTH, height=HEIGHT), note)
