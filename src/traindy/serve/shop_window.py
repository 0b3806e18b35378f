"""What the app shows of a desk: articles, segments in words, lists; those without a history are kept."""

import hashlib
import re
import threading
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from traindy.recommend.desk import Desk, Recommendation
from traindy.recommend.similar import similar
from traindy.serve import words
from traindy.serve.schemas import Answer, Article, Recommended, Segment, Similar

FOUND: Final = 12
"""Articles that a search shows."""
KEPT: Final = 4096
"""Lists without a history that are kept."""
PICTURE: Final = re.compile(r"\d{10}")
NAME: Final = "prod_name"
COLOUR: Final = "colour_group_name"
"""H&M's columns; an article of another shop is called by its id."""


class Window:
    """A desk, ready to be asked by many at a time."""

    def __init__(self, desk: Desk, images: Path | None) -> None:
        self.desk, self.images = desk, images
        self.opened = time.time()
        self._one_at_a_time = threading.Lock()
        n = desk.model.net.config.n_articles
        self._ids = [str(i) for i in desk.articles.ids.slice(0, n).to_pylist()]
        columns = desk.articles.attributes.column_names
        names = desk.articles.attributes[NAME].slice(0, n).to_pylist() if NAME in columns else self._ids
        self._names = [str(name or place) for name, place in zip(names, self._ids, strict=True)]
        both = zip(self._names, self._ids, strict=True)
        self._lowered = [f"{name.lower()} {place}" for name, place in both]
        self.hash = hashlib.sha256(desk.model.articles().cpu().numpy().tobytes()).hexdigest()[:16]
        self._kept = lru_cache(KEPT)(self._without_history)

    def article(self, place: int) -> Article:
        """For the API."""
        row = self.desk.articles.attributes.slice(place, 1).to_pylist()[0]
        return Article(article_id=self._ids[place], name=self._names[place], attributes=row)

    def ask(self, said: Mapping[str, object], bought: Sequence[str], k: int, seed: int | None) -> Answer:
        """The list, with the segment and the reason in words."""
        texts = {name: _as_text(value) for name, value in said.items()}
        with self._one_at_a_time:  # it may add a condition to the net
            condition = self.desk.condition(texts)
        if bought:
            with self._one_at_a_time:
                found = self.desk.recommend(texts, bought, k, seed)
        else:
            found = list(self._kept(tuple(sorted(texts.items())), k, seed))
        cluster = int(self.desk.model.net.conditions[condition, 0])
        reason = "Because of what you bought" if bought else words.popular_with(texts)
        return Answer(segment=cluster, reason=reason, recommendations=[self._shown(each) for each in found])

    def _without_history(
        self, said: tuple[tuple[str, str], ...], k: int, seed: int | None
    ) -> tuple[Recommendation, ...]:
        with self._one_at_a_time:
            return tuple(self.desk.recommend(dict(said), [], k, seed))

    def _shown(self, each: Recommendation) -> Recommended:
        because = [self._ids[reason.article] for reason in each.because]
        return Recommended(article=self.article(each.article), score=each.score, because=because)

    def search(self, text: str) -> list[Article]:
        """Articles whose name or id holds the text, the first of them."""
        wanted, found = text.strip().lower(), []
        for place, name in enumerate(self._lowered if wanted else ()):
            if wanted in name:
                found.append(self.article(place))
                if len(found) == FOUND:
                    break
        return found

    def similar(self, article_id: str, k: int) -> list[Similar]:
        """The nearest articles."""
        nearest, cosine = similar(self.desk.model.articles(), self.desk.position(article_id), k)
        pairs = zip(nearest.tolist(), cosine.tolist(), strict=True)
        return [Similar(article=self.article(place), cosine=value) for place, value in pairs]

    def segments(self) -> list[Segment]:
        """The clusters."""
        return [self.segment(each["cluster"]) for each in self.desk.metadata["clusters"]]

    def segment(self, cluster: int) -> Segment:
        """One of them, with what its typical customer is shown."""
        each = self.desk.metadata["clusters"][cluster]
        top = [self.article(one.article) for one in self._kept(tuple(sorted(each["mode"].items())), 5, None)]
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


def _as_text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
