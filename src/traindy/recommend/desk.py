"""Answers for one shopper at a time, who has no id: metadata, and perhaps articles bought, in; a list out."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import torch
from scipy.sparse import csr_array

from traindy.cluster import read_profiles
from traindy.cluster.modes import assign
from traindy.cluster.store import MODES_FILE, read_modes
from traindy.core.columns import CLUSTER
from traindy.core.errors import UserError
from traindy.core.files import read_json
from traindy.core.manifest import check_inputs
from traindy.core.params import Params
from traindy.core.vocabulary import ARTICLES_FILE, Articles, read_articles
from traindy.cvae.conditions import by_attributes, by_cluster
from traindy.cvae.net import CvaeNet
from traindy.cvae.recommender import CvaeRecommender
from traindy.cvae.store import CONDITIONED, CONFIG
from traindy.recommend.attributes import Attributes, RefusedError
from traindy.recommend.explain import Because, explain
from traindy.recommend.neutral import load_served
from traindy.uph import UPH
from traindy.uph.matrix import ones

ADDED: Final = 20_000
"""Conditions that nobody has and that are kept for who asked for them: anybody can ask for any."""


@dataclass(frozen=True)
class Shopper:
    """Somebody in the model's terms."""

    condition: int
    bought: tuple[int, ...] = ()
    """Positions, rising, each once."""
    draw: int | None = None
    """The seed of one z to rank by; None: their mean."""


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
        written: float | None = None,
    ) -> None:
        """metadata: modes.json; profiles, modes: of the cluster stage's store. written: when the model was,
        in seconds since 1970; None: now."""
        self.written = time.time() if written is None else written
        model.freeze()
        self.attributes = Attributes(metadata)
        self.model, self.articles, self.metadata = model, articles, metadata
        self._profiles, self._modes = profiles, modes
        rows = map(tuple, profiles.drop(columns=CLUSTER).to_numpy())
        by_profile = model.net.config.n_customer_levels > 0
        numbers = range(len(profiles)) if by_profile else profiles[CLUSTER].tolist()
        self._places = dict(zip(rows, numbers, strict=True))
        self._most = len(self._places) + ADDED
        self._numbers = {str(name): i for i, name in enumerate(articles.ids.to_pylist())}

    @classmethod
    def open(cls, params: Params) -> "Desk":
        """Read what the stages wrote, of the customers nothing but what the clusters say.

        Refuses a model that was trained on other articles or clusters.
        """
        paths, only = params.paths, {"split": (f"{ARTICLES_FILE}*",), "cvae": (f"{CONDITIONED}/*",)}
        check_inputs(paths, *only, "cluster", only=only)
        articles = read_articles(paths.split)
        folder = Path(paths.cvae) / CONDITIONED
        model = load_served(params, articles)
        metadata = dict(read_json(Path(paths.cluster) / MODES_FILE))
        profiles = read_profiles(paths.cluster)[1]
        if not fits(model.net, profiles):
            raise UserError(f"{folder}: was trained on other clusters than {paths.cluster}; run `dvc repro`")
        written = (folder / CONFIG).stat().st_mtime
        return cls(model, articles, metadata, profiles, read_modes(paths.cluster), written)

    def position(self, article_id: str, field: str = "article_id") -> int:
        """Of an article that the model knows; raises `RefusedError` for another. field: where it was said."""
        place = self._numbers.get(article_id)
        if place is None or place >= self.model.net.config.n_articles:
            raise RefusedError(field, article_id, "not in the catalogue that the model knows")
        return place

    def shopper(self, said: Mapping[str, str], bought: Sequence[str], draw: int | None = None) -> Shopper:
        """Somebody by what is said of her; raises `RefusedError` for what cannot be."""
        own = sorted({self.position(article, "bought") for article in bought})
        return Shopper(self.condition(said), tuple(own), draw)

    def condition(self, said: Mapping[str, str]) -> int:
        """The model's condition for what a shopper says, see `Attributes.row`.

        Not for several threads at a time: it may add a condition to the net.
        """
        row, names = self.attributes.row(said), list(self.attributes.levels)
        if row in self._places:
            return self._places[row]
        cluster = int(assign(pd.DataFrame([row], columns=names), self._modes)[0])
        if len(self._places) >= self._most:  # what is usual in the cluster, as if the rest were not known
            row = tuple(self._modes.loc[cluster, names])
        if row not in self._places:
            self._places[row] = self._add(pd.DataFrame([row], columns=names), cluster)
        return self._places[row]

    def likely(self) -> list[int]:
        """Conditions, those that are asked for most first: of the clusters' modes, of who says nothing, of
        who says one thing, and those that customers have."""
        said = [{name: level} for name, levels in self.attributes.levels.items() for level in levels]
        first = [
            self.condition(each) for each in [*(c["mode"] for c in self.metadata["clusters"]), {}, *said]
        ]
        return list(dict.fromkeys([*first, *self._places.values()]))

    def _add(self, levels: pd.DataFrame, cluster: int) -> int:
        """The condition of a combination of levels that no customer has: one row."""
        net, first = self.model.net, self.model.net.config.n_clusters
        if not net.config.n_customer_levels:
            return cluster
        parts = [cluster]
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
        return self.recommend_all([self.shopper(said, bought, draw)], k, reasons)[0]

    def recommend_all(
        self, shoppers: Sequence[Shopper], k: int, reasons: int = 2
    ) -> list[list[Recommendation]]:
        """The k best articles for each of several: one pass over the catalogue for all with a history."""
        conditions = np.array([each.condition for each in shoppers])
        owned = [np.array(each.bought, np.int64) for each in shoppers]
        draws = [each.draw for each in shoppers]
        found = self.model.best(self._history(owned), conditions, k, exclude_bought=True, draws=draws)
        answers = []
        for row, (condition, own) in enumerate(zip(conditions.tolist(), owned, strict=True)):
            length = int((found.articles[row] >= 0).sum())
            listed, scores = found.articles[row, :length].tolist(), found.scores[row, :length].tolist()
            why = explain(self.model, own, condition, listed, reasons)
            answers.append([Recommendation(*each) for each in zip(listed, scores, why, strict=True)])
        return answers

    def _history(self, owned: Sequence[np.ndarray]) -> UPH:
        # Bought today, once each: a shopper says neither when nor how often.
        day = self.model.evidence.cut or 0
        indptr = np.cumsum([0, *map(len, owned)])
        matrix: csr_array = ones(np.concatenate(owned), indptr, (len(owned), self.articles.n_all))
        return UPH(matrix, np.full(matrix.nnz, day, np.int32), np.ones(matrix.nnz, np.int32))


def fits(net: CvaeNet, profiles: pd.DataFrame) -> bool:
    """Whether a net's conditions are made of these profiles."""
    by_profile = net.config.n_customer_levels > 0
    nobody = np.zeros(0, np.int32)
    made = by_attributes(nobody, profiles) if by_profile else by_cluster(profiles[CLUSTER].to_numpy())
    return torch.equal(made.parts, net.conditions.cpu())
