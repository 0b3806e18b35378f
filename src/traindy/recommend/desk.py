"""Answers for one shopper at a time, who has no id: metadata, and perhaps articles bought, in; a list out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy.sparse import csr_array

from traindy.cluster import read_profiles
from traindy.cluster.levels import MISSING, to_levels
from traindy.cluster.modes import assign
from traindy.cluster.store import MODES_FILE, read_modes
from traindy.core.columns import CLUSTER
from traindy.core.errors import UserError
from traindy.core.files import read_json
from traindy.core.manifest import check_inputs
from traindy.core.params import Params
from traindy.core.vocabulary import ARTICLES_FILE, Articles, read_articles
from traindy.cvae.recommender import CvaeRecommender
from traindy.cvae.store import CONDITIONED
from traindy.recommend.explain import Because, explain
from traindy.recommend.neutral import load_served
from traindy.uph import UPH
from traindy.uph.matrix import ones


class RefusedError(UserError):
    """Something that was said cannot be: which field, and what may stand there."""

    def __init__(self, field: str, value: object, why: str, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(f"{field}={value}: {why} {', '.join(allowed)}".rstrip())
        self.field, self.value, self.allowed = field, value, allowed


@dataclass(frozen=True)
class Recommendation:
    """One place of a list."""

    article: int
    """Position in the vocabulary."""
    score: float
    because: tuple[Because, ...]
    """Of the bought articles, those that speak most for it; none without a history."""


class Desk:
    """A trained model and all that is needed to ask it about somebody unknown."""

    def __init__(
        self,
        model: CvaeRecommender,
        articles: Articles,
        metadata: Mapping[str, Any],
        profiles: pd.DataFrame,
        modes: pd.DataFrame,
    ) -> None:
        """metadata: modes.json; profiles, modes: of the cluster stage's store."""
        model.freeze()
        self.model, self.articles, self.metadata = model, articles, metadata
        self._profiles, self._modes = profiles, modes
        self._places = {tuple(row): i for i, row in enumerate(profiles.drop(columns=CLUSTER).to_numpy())}
        self._numbers = {str(name): i for i, name in enumerate(articles.ids.to_pylist())}

    @classmethod
    def open(cls, params: Params) -> "Desk":
        """Read what the stages wrote; of the customers nothing but what the clusters say."""
        paths, only = params.paths, {"split": (f"{ARTICLES_FILE}*",), "cvae": (f"{CONDITIONED}/*",)}
        check_inputs(paths, *only, "cluster", only=only)
        articles = read_articles(paths.split)
        model = load_served(params, articles)
        metadata = dict(read_json(Path(paths.cluster) / MODES_FILE))
        return cls(model, articles, metadata, read_profiles(paths.cluster)[1], read_modes(paths.cluster))

    @property
    def levels(self) -> dict[str, list[str]]:
        """What a shopper may say: by attribute, its levels as they are in the data."""
        return dict(self.metadata["levels"])

    def position(self, article_id: str, field: str = "article_id") -> int:
        """Of an article that the model knows; raises `RefusedError` for another. field: where it was said."""
        place = self._numbers.get(article_id)
        if place is None or place >= self.model.net.config.n_articles:
            raise RefusedError(field, article_id, "not in the catalogue that the model knows")
        return place

    def condition(self, said: Mapping[str, str]) -> int:
        """The model's condition for what a shopper says; what is not said counts as missing.

        said: by attribute a level, or for a banded attribute a number. Raises `UserError` for others.
        """
        levels = self._in_levels(said)
        row = tuple(levels.iloc[0])
        if not self.model.net.config.n_customer_levels:
            # A small cluster's customers went to another as a whole, so that theirs need not be the nearest.
            known = row in self._places
            return int(
                self._profiles[CLUSTER][self._places[row]] if known else assign(levels, self._modes)[0]
            )
        if row not in self._places:
            self._places[row] = self._add(levels)
        return self._places[row]

    def _in_levels(self, said: Mapping[str, str]) -> pd.DataFrame:
        if unknown := sorted(set(said) - set(self.levels)):
            raise RefusedError("attributes", unknown[0], "no such attribute; there are", tuple(self.levels))
        return pd.DataFrame([{name: self._level(name, said.get(name, MISSING)) for name in self.levels}])

    def _level(self, name: str, value: str) -> str:
        known, bands = self.levels[name], self.metadata["bands"].get(name)
        if value not in known and bands and _is_number(value):
            lowest, highest = self.metadata.get("ranges", {}).get(name, (-math.inf, math.inf))
            if not lowest <= float(value) <= highest:
                raise RefusedError(name, value, f"must lie between {lowest:g} and {highest:g}")
            raw = pd.DataFrame({name: [value]})
            value = str(to_levels(raw, {name: bands}, name)[name][0])
        if value not in known:
            or_number = "a number, or " if bands else ""
            raise RefusedError(name, value, f"must be {or_number}one of", tuple(known))
        return value

    def _add(self, levels: pd.DataFrame) -> int:
        """A condition for a combination of levels that no customer has."""
        net, first = self.model.net, self.model.net.config.n_clusters
        parts = [int(assign(levels, self._modes)[0])]
        for name in levels.columns:
            known = sorted(self._profiles[name].unique())
            parts.append(first + known.index(levels[name][0]))
            first += len(known)
        net.conditions = torch.cat([net.conditions, net.conditions.new_tensor([parts])])
        return len(net.conditions) - 1

    def recommend(
        self,
        said: Mapping[str, str],
        bought: Sequence[str],
        k: int,
        draw: int | None = None,
        reasons: int = 2,
    ) -> list[Recommendation]:
        """The k best articles; with a history its articles are left out. draw: a seed for other ones."""
        condition = np.array([self.condition(said)])
        own = np.unique([self.position(article, "bought") for article in bought]).astype(np.int64)
        history = self._history(own)
        found = self.model.best(history, condition, k, exclude_bought=True, draw=draw)
        listed = [
            (int(a), float(s)) for a, s in zip(found.articles[0], found.scores[0], strict=True) if a >= 0
        ]
        why = explain(self.model, own, int(condition[0]), [article for article, _ in listed], reasons)
        return [Recommendation(a, s, because) for (a, s), because in zip(listed, why, strict=True)]

    def _history(self, own: np.ndarray) -> UPH:
        # Bought today, once each: a shopper says neither when nor how often.
        day = self.model.evidence.cut or 0
        matrix: csr_array = ones(own, np.array([0, len(own)]), (1, self.articles.n_all))
        return UPH(matrix, np.full(len(own), day, np.int32), np.ones(len(own), np.int32))


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
