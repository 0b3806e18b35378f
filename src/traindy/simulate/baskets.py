"""Who buys what when: baskets and their rows."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from traindy.simulate import real
from traindy.simulate.articles import WEEK, Articles
from traindy.simulate.customers import Customers
from traindy.simulate.days import Calendar, shopping_days
from traindy.simulate.shelves import Shelves

BASKET_MEDIAN: Final = 2.10
BASKET_SPREAD: Final = 0.957
REDRAWN: Final = 14
"""Times that a row is drawn anew if the customer has its article already: second units and repeats are
planted apart, in the published shares."""
SAME_LINE: Final = 0.32
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


def make_rows(
    articles: Articles, customers: Customers, shelves: Shelves, chosen: slice, calendar: Calendar,
    rng: np.random.Generator,
) -> Rows:  # fmt: skip
    """All rows of the customers `chosen`."""
    owner, day = shopping_days(customers.days[chosen], calendar, rng)
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
    return Rows(
        (buyer + chosen.start).astype(np.int32), day[basket].astype(np.int16), article.astype(np.int32)
    )


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
