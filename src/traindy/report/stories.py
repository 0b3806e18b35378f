"""A few customers as stories: what they bought, what is recommended, what they then bought."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from traindy.cluster import read_profiles
from traindy.cluster.levels import MISSING
from traindy.core.columns import CLUSTER
from traindy.core.params import Params
from traindy.core.vocabulary import Articles
from traindy.evaluate.metrics import SUCCESS_AT, hits_of
from traindy.evaluate.queries import WITHHELD
from traindy.evaluate.report import FIRST
from traindy.report.curves import Ranked
from traindy.report.parts import Section
from traindy.serve.words import label, level

NAMES: Final = ("Ada", "Bruno", "Chloe", "Dario", "Edda", "Femi", "Greta", "Hugo", "Ines", "Jaro")
"""Pseudonyms; the last `COLD` are given to customers without a history."""
COLD: Final = 2
SHOWN: Final = 8
"""Articles bought, before and then, that are shown of each."""
LEAST: Final = 3
"""Articles that a customer has at least bought before, and buys in the test."""


@dataclass(frozen=True)
class Line:
    """An article, and whether it stands in the other list too."""

    article: str
    hit: bool = False
    new: bool = False
    """First sold in the test."""


@dataclass(frozen=True)
class Story:
    """One customer. Nothing in it is an id."""

    name: str
    words: str
    """What is known of the customer."""
    bought: Sequence[Line]
    n_bought: int
    recommended: Sequence[Line]
    then: Sequence[Line]
    n_then: int


def section(params: Params, ranked: Ranked) -> Section:
    """Draw customers by lot and tell their stories."""
    profiles = read_profiles(params.paths.cluster)[1].drop(columns=CLUSTER)
    chosen = choose(ranked)
    told = [
        tell(ranked, row, name, _said(profiles.iloc[int(ranked.queries.profiles[row])].to_dict()))
        for row, name in zip(chosen, NAMES[len(NAMES) - COLD - (len(chosen) - COLD) :], strict=False)
    ]
    lucky = sum(any(line.hit for line in story.recommended) for story in told)
    words = (
        f"Drawn by lot: {len(NAMES) - COLD} customers who bought at least {LEAST} articles before the test "
        f"and {LEAST} in it, and {COLD} without a history; the names are made up. A tick marks what was "
        f"recommended and then bought: {lucky} of these {len(told)} bought something of their {SUCCESS_AT}. "
        "New is what was first sold in the test, which no model can recommend."
    )
    return Section("stories", "Ten customers", words, stories=told)


def choose(ranked: Ranked) -> list[int]:
    """Rows of the queries: some with a history, then `COLD` without; fewer where the shop has fewer."""
    queries, judged = ranked.queries, ranked.judged
    length, random = queries.history_length[judged.rows], np.random.default_rng(0)
    once = queries.groups[judged.rows] != WITHHELD
    pools = (once & (length >= LEAST) & (judged.size >= LEAST), once & (length == 0))
    chosen: list[int] = []
    for pool, wanted in zip(pools, (len(NAMES) - COLD, COLD), strict=True):
        found = judged.rows[np.flatnonzero(pool)]
        chosen += random.choice(found, min(wanted, len(found)), replace=False).tolist()
    return chosen


def tell(ranked: Ranked, row: int, name: str, words: str) -> Story:
    """The story of one query; row: its place among all of them."""
    n_known = ranked.articles.n_known
    place = int(np.searchsorted(ranked.judged.rows, row))
    truth = ranked.judged.truth[[place]]
    history = ranked.queries.history.rows(np.array([row]))
    before = history.matrix.indices[np.argsort(-history.day, kind="stable")]
    listed = ranked.lists[FIRST][row, :SUCCESS_AT]
    hits = hits_of(listed[None, :], truth)[0]
    found = set(listed[hits].tolist())
    then = sorted(truth.indices.tolist(), key=lambda article: (article not in found, article))
    lines = [
        Line(_article(ranked.articles, a), bool(hit)) for a, hit in zip(listed, hits, strict=True) if a >= 0
    ]
    return Story(
        name=name,
        words=words,
        bought=[Line(_article(ranked.articles, a)) for a in before[:SHOWN]],
        n_bought=len(before),
        recommended=lines,
        then=[Line(_article(ranked.articles, a), a in found, a >= n_known) for a in then[:SHOWN]],
        n_then=len(then),
    )


def _said(profile: dict[str, str]) -> str:
    said = [f"{label(name)}: {level(value)}" for name, value in profile.items() if value != MISSING]
    return ", ".join(said) or "says nothing of themselves"


def _article(articles: Articles, place: int) -> str:
    """Its name and what tells it from its like, else its id."""
    row = articles.attributes.slice(int(place), 1).to_pylist()[0]
    shown = [row.get(name) for name in ("prod_name", "colour_group_name")]
    return ", ".join(str(value) for value in shown if value) or f"article {articles.ids[int(place)]}"
