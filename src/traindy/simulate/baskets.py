"""Who buys what when: shopping days, baskets, rows."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from traindy.simulate import real
from traindy.simulate.articles import WEEK, Articles
from traindy.simulate.customers import Customers

GAP_SPREAD: Final = 1.08
"""Standard deviation of the log of the days between shopping days."""
LIGHT_GAP: Final = 50.0
"""Median gap of customers who come too seldom to fill the two years."""
BASKET_MEDIAN: Final = 2.10
BASKET_SPREAD: Final = 0.957
REDRAWN: Final = 8
"""Times that a row is drawn anew if the customer has its article already: second units and repeats are
planted apart, in the published shares."""
SAME_LINE: Final = 0.42
"""Chance that a further unit of a basket is from the line of its first article."""
SAME_STYLE: Final = 0.3
"""Chance that a basket keeps the style of the customer's last one."""
AGAIN: Final = 0.126
"""Chance that a further unit is the unit before it once more."""


@dataclass(frozen=True)
class Rows:
    """Transactions by customer and day."""

    customer: np.ndarray
    day: np.ndarray
    """0-based day of the shop."""
    article: np.ndarray
    """Place in `Articles`."""


class Shelves:
    """Draws articles of a style or of a line in proportion to their appeal in a week, all at once."""

    def __init__(self, articles: Articles) -> None:
        weeks, self.n = articles.appeal.shape
        cumulative = np.cumsum(articles.appeal.astype(float), axis=1)
        # One rising sequence: week w lies between w and w + 1.
        self.total = cumulative[:, -1:]
        self.level = (cumulative / self.total + np.arange(weeks)[:, None]).ravel()
        self.style_ends = np.searchsorted(articles.style, np.arange(articles.n_styles + 1))
        self.line_ends = np.searchsorted(articles.line, np.arange(int(articles.line[-1]) + 2))

    def draw(
        self, week: np.ndarray, shelf: np.ndarray, ends: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """One article from shelf `shelf` (a style or a line, whose articles lie between `ends`)."""
        low = np.where(ends[shelf] > 0, self.level[week * self.n + ends[shelf] - 1], week)
        high = self.level[week * self.n + ends[shelf + 1] - 1]
        at = np.searchsorted(self.level, low + (high - low) * rng.random(len(week)), side="right")
        return np.clip(at - week * self.n, ends[shelf], ends[shelf + 1] - 1)


def make_rows(
    articles: Articles, customers: Customers, shelves: Shelves, chosen: slice, calendar: "Calendar",
    rng: np.random.Generator,
) -> Rows:  # fmt: skip
    """All rows of the customers `chosen`."""
    owner, day = _shopping_days(customers.days[chosen], calendar, rng)
    size = 1 + np.floor(BASKET_MEDIAN * rng.lognormal(0, BASKET_SPREAD, len(day)) - 0.2).clip(0, 120).astype(
        int
    )
    style = _styles(customers.taste[chosen], owner, rng)
    basket = np.repeat(np.arange(len(day)), size)
    first = np.concatenate([[True], basket[1:] != basket[:-1]]) if len(basket) else np.zeros(0, bool)
    week = day[basket] // WEEK
    anchor = shelves.draw(day // WEEK, style, shelves.style_ends, rng)
    article = anchor[basket]
    in_line = ~first & (rng.random(len(basket)) < SAME_LINE)
    buyer, taste = owner[basket], customers.taste[chosen]

    def draw(rows: np.ndarray, from_line: np.ndarray) -> None:
        lined, free = rows[from_line], rows[~from_line]
        article[lined] = shelves.draw(
            week[lined], articles.line[anchor[basket[lined]]], shelves.line_ends, rng
        )
        style_of_free = _draw_styles(taste, buyer[free], rng)
        article[free] = shelves.draw(week[free], style_of_free, shelves.style_ends, rng)

    further = np.flatnonzero(~first)
    draw(further, in_line[further])
    for attempt in range(REDRAWN):
        known = _bought_before(buyer, article, shelves.n)
        draw(known, in_line[known] & (attempt < REDRAWN // 2))
    article = _again(article, ~first & (rng.random(len(basket)) < AGAIN))
    article = _return(article, basket, buyer, shelves.n, rng)
    return Rows((buyer + chosen.start).astype(np.int32), day[basket].astype(np.int16), article)


class Calendar:
    """The rhythm of the year and of the week: from even time to the shop's days."""

    def __init__(self, first_day: np.datetime64, days: int) -> None:
        dates = first_day + np.arange(days)
        month = dates.astype("datetime64[M]").astype(int) % 12
        self.days = days
        self.weekday = (dates.astype("datetime64[D]").astype(int) + 3) % 7  # 1970-01-01 was a Thursday
        # The weekday's part comes with `place`, by moving rows within their week.
        weight = np.array(real.MONTHS)[month]
        self.cumulative = np.concatenate([[0.0], np.cumsum(weight)]) / weight.sum()
        self.week_cumulative = np.cumsum(real.WEEKDAYS) / sum(real.WEEKDAYS)

    def place(self, even: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Even time in [0, 1) as days: more where the year and the week are busy."""
        day = np.searchsorted(self.cumulative, even, side="right") - 1
        day = day.clip(0, self.days - 1)
        wanted = np.searchsorted(self.week_cumulative, rng.random(len(day)), side="right").clip(max=6)
        moved = day - self.weekday[day] + wanted
        return np.where((moved >= 0) & (moved < self.days), moved, day)


def _shopping_days(
    n_days: np.ndarray, calendar: Calendar, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Customer (within the chosen) and day of each basket, distinct, in order."""
    owner = np.repeat(np.arange(len(n_days)), n_days)
    first = np.cumsum(n_days) - n_days
    gap = LIGHT_GAP * rng.lognormal(0, GAP_SPREAD, len(owner)) / calendar.days
    gap[first[n_days > 0]] = 0
    elapsed = np.cumsum(gap)
    elapsed -= elapsed[first.clip(max=max(len(owner) - 1, 0))][owner] if len(owner) else 0
    span = np.zeros(len(n_days))
    span[n_days > 0] = elapsed[(first + n_days - 1)[n_days > 0]]
    # Everybody comes first somewhere in the period; who comes often has little room to do so late.
    start = rng.random(len(n_days)) ** 2.2 * (1 - np.minimum(span, 1.0) * 0.92)
    room = (1 - start) * rng.uniform(0.9, 1.0, len(n_days))
    squeeze = np.minimum(1.0, room / np.maximum(span, 1e-9))
    even = _evenly(start[owner] + elapsed * squeeze[owner])
    day = calendar.place(even, rng)
    key = np.unique(owner * np.int64(calendar.days) + day)
    return key // calendar.days, key % calendar.days


def _evenly(time: np.ndarray) -> np.ndarray:
    """Times in [0, 1], in the same order, but equally many in every part: the calendar makes the rhythm."""
    if not len(time):
        return time
    grid = np.linspace(0, 1, 257)
    return np.interp(time, np.quantile(time, grid), grid * (1 - 1e-9))


def _draw_styles(taste: np.ndarray, owner: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A style from the taste of each owner; owner rises."""
    cumulative = np.cumsum(taste, axis=1, dtype=float)
    level = (cumulative / cumulative[:, -1:] + np.arange(len(taste))[:, None]).ravel()
    at = np.searchsorted(level, owner + rng.random(len(owner)), side="right") - owner * taste.shape[1]
    return at.clip(0, taste.shape[1] - 1)


def _styles(taste: np.ndarray, owner: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The style of each basket: drawn from the taste, or that of the customer's basket before."""
    drawn = _draw_styles(taste, owner, rng)
    new = rng.random(len(owner)) >= SAME_STYLE
    new[:1] = True
    new[1:] |= owner[1:] != owner[:-1]
    return drawn[np.maximum.accumulate(np.where(new, np.arange(len(owner)), 0))]


def _bought_before(buyer: np.ndarray, article: np.ndarray, n_articles: int) -> np.ndarray:
    """Rows whose article the same customer has in an earlier row, in the rows' order."""
    key = buyer * np.int64(n_articles) + article
    order = np.argsort(key, kind="stable")
    return np.sort(order[1:][key[order[1:]] == key[order[:-1]]])


def _again(article: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Rows that are a further unit of the row before them."""
    kept = np.maximum.accumulate(np.where(chosen, 0, np.arange(len(article))))
    return article[kept]


def _return(
    article: np.ndarray, basket: np.ndarray, buyer: np.ndarray, n_articles: int, rng: np.random.Generator
) -> np.ndarray:
    """Rows that become an article of an earlier day of the same customer: as many as the published share
    lacks, since a few came about by themselves."""
    basket_start, buyer_start = np.searchsorted(basket, basket), np.searchsorted(buyer, buyer)
    later = basket_start > buyer_start
    again = _bought_before(buyer, article, n_articles)
    same_day = _bought_before(basket, article, n_articles)
    lacking = 0.93 * real.REPEATED_LATER * len(article) - (len(again) - len(same_day))
    chosen = later & (rng.random(len(article)) < max(lacking, 0) / max(later.sum(), 1))
    earlier = buyer_start + (rng.random(len(article)) * (basket_start - buyer_start)).astype(np.int64)
    return article[np.where(chosen, earlier, np.arange(len(article)))]
