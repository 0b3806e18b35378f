"""What the app shows of a desk: articles, segments in words, lists; those without a history are kept."""

import hashlib
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from traindy.core.kept import Kept
from traindy.recommend.desk import Desk, Recommendation, Shopper
from traindy.recommend.similar import similar
from traindy.serve import words
from traindy.serve.names import Names
from traindy.serve.schemas import MAX_K, Answer, Article, Recommended, Segment, Similar

FOUND: Final = 12
"""Articles that a search shows."""
KEPT: Final = 2048
"""Lists that are kept: those without a history."""
CARDS: Final = 8192
"""Articles whose attributes are kept as text."""
PICTURE: Final = re.compile(r"\d{10}")
WRITTEN_OUT: Final = 1e15
"""Larger numbers are no level's, and would make a long message."""
NAME: Final = "prod_name"
"""H&M's column; an article of another shop is called by its id."""


@dataclass(frozen=True)
class Near:
    """The question what resembles an article, by its position."""

    article: int


Asked = Shopper | Near
Found = list[Recommendation]
"""A list; of `Near` its scores are cosines."""


class Window:
    """A desk, ready to be asked by many: what takes time is in `find`, and for one thread."""

    def __init__(self, desk: Desk, images: Path | None) -> None:
        self.desk, self.images = desk, images
        self.opened = time.time()
        n = desk.model.net.config.n_articles
        self._ids = [str(i) for i in desk.articles.ids.slice(0, n).to_pylist()]
        columns = desk.articles.attributes.column_names
        names = desk.articles.attributes[NAME].slice(0, n).to_pylist() if NAME in columns else self._ids
        self._names = [str(name or place) for name, place in zip(names, self._ids, strict=True)]
        self._search = Names([f"{name} {id_}" for name, id_ in zip(self._names, self._ids, strict=True)])
        self.hash = _hash(desk)
        self.article = lru_cache(CARDS)(self._article)
        self._kept: Kept[Asked, Found] = Kept(KEPT)
        self._ahead = [Shopper(condition) for condition in reversed(desk.likely()[:KEPT])]

    def _article(self, place: int) -> Article:
        row = self.desk.articles.attributes.slice(place, 1).to_pylist()[0]
        return Article(article_id=self._ids[place], name=self._names[place], attributes=row)

    def shopper(self, said: Mapping[str, object], bought: Sequence[str], seed: int | None) -> Shopper:
        """Somebody in the model's terms; raises `RefusedError` for what cannot be."""
        return self.desk.shopper({name: as_text(value) for name, value in said.items()}, bought, seed)

    def kept(self, asked: Asked) -> Found | None:
        """A list that is at hand."""
        return self._kept.get(asked)

    def find(self, asked: Sequence[tuple[Asked, int]]) -> list[Found]:
        """Answers, each of so many articles or more: one pass over the catalogue for all with a history."""
        with_history = [(each, k) for each, k in asked if isinstance(each, Shopper) and each.bought]
        distinct = list(dict.fromkeys(each for each, _ in with_history))
        deepest = max((k for _, k in with_history), default=0)
        lists = self.desk.recommend_all(distinct, deepest) if distinct else []
        found: dict[Asked, Found] = dict(zip(distinct, lists, strict=True))
        return [found[each] if each in found else self._kept_or_found(each) for each, _ in asked]

    def ahead(self) -> bool:
        """Find one of the lists that are likely to be asked for; whether there was one left."""
        if self._ahead:
            self._kept_or_found(self._ahead.pop())
        return bool(self._ahead)

    @property
    def left(self) -> int:
        """Lists that are still to be found ahead."""
        return len(self._ahead)

    def _kept_or_found(self, asked: Asked) -> Found:
        found = self._kept.get(asked)
        if found is None:
            found = (
                self._near(asked) if isinstance(asked, Near) else self.desk.recommend_all([asked], MAX_K)[0]
            )
            self._kept.put(asked, found)
        return found

    def _near(self, near: Near) -> Found:
        nearest, cosine = similar(self.desk.model.articles(), near.article, MAX_K)
        return [Recommendation(*each, ()) for each in zip(nearest.tolist(), cosine.tolist(), strict=True)]

    def answer(self, said: Mapping[str, object], shopper: Shopper, found: Found) -> Answer:
        """A list in words."""
        cluster = int(self.desk.model.net.conditions[shopper.condition, 0])
        texts = {name: as_text(value) for name, value in said.items()}
        reason = "Because of what you bought" if shopper.bought else words.popular_with(texts)
        return Answer(segment=cluster, reason=reason, recommendations=[self._shown(each) for each in found])

    def _shown(self, each: Recommendation) -> Recommended:
        because = [self._ids[reason.article] for reason in each.because]
        return Recommended(article=self.article(each.article), score=round(each.score, 4), because=because)

    def search(self, text: str) -> list[Article]:
        """Articles whose name or id holds the text, the first of them."""
        return [self.article(place) for place in self._search.holding(text, FOUND)]

    def similar(self, found: Found) -> list[Similar]:
        """Near articles in words."""
        return [Similar(article=self.article(each.article), cosine=each.score) for each in found]

    def segment(self, cluster: int, found: Found) -> Segment:
        """A cluster in words. found: what its typical customer is shown."""
        each = self.desk.metadata["clusters"][cluster]
        top = [self.article(one.article) for one in found]
        sizes = {"cluster": cluster, "customers": each["customers"]}
        return Segment(**sizes, mode=each["mode"], words=words.segment(each), top=top)

    def picture(self, article_id: str) -> Path | None:
        """The file of an article's picture, in H&M's layout; None if there is none.

        The id is looked up and its form checked, so that no path can be made of it.
        """
        if self.images is None or not PICTURE.fullmatch(article_id):
            return None
        self.desk.position(article_id)
        file = self.images / article_id[:3] / f"{article_id}.jpg"
        return file if file.is_file() else None


def _hash(desk: Desk) -> str:
    """Of what a list depends on, but for the evidence's tables."""
    digest = hashlib.sha256(repr(desk.model.weights).encode())
    tables = {**desk.model.net.state_dict(), "table": desk.model.articles()}
    for name, part in sorted(tables.items()):
        digest.update(name.encode())
        digest.update(part.cpu().contiguous().numpy())
    return digest.hexdigest()[:16]


def as_text(value: object) -> str:
    """A level as the data has it: 28.0 as 28, and a large or a small number without an exponent."""
    if not isinstance(value, float):
        return str(value)
    return (
        np.format_float_positional(value, precision=6, trim="-") if abs(value) < WRITTEN_OUT else f"{value:g}"
    )
