"""The catalogue: styles, product lines, products and their colour variants, and how they sell over time."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from traindy.simulate import real

STYLES: Final = {"Ladieswear": 22, "Divided": 10, "Menswear": 3, "Baby/Children": 3, "Sport": 2}
"""A style is a range of one index group that the same people like."""
PRODUCTS_A_LINE: Final = 2.0
BASE_SPREAD: Final = (1.4, 0.9, 0.9)
"""Standard deviations of log appeal: among lines, among a line's products, among a product's variants."""
BASE_CAP: Final = 60.0
"""Appeal at which an article sells half of what its draw would have it: no shop can stock more."""
BASE_FLOOR: Final = 0.05
"""Appeal of an article that nobody asks for: what hangs in a shop is bought now and then."""
BASICS: Final = 0.12
"""Share of lines that stay for years."""
LIFE_DAYS: Final = 130.0
OLDEST: Final = 0.75
"""Lives that the oldest line has behind it on the first day: what is older is in no catalogue any more."""
VARIANT_DAYS: Final = 30.0
"""Days within which the variants of a line come one after another, none after the last day."""
WEEK: Final = 7


@dataclass(frozen=True)
class Articles:
    """The catalogue in the order of styles, lines and products; per article unless said otherwise."""

    style: np.ndarray
    line: np.ndarray
    product: np.ndarray
    price: np.ndarray
    group_of_style: np.ndarray
    """Index group (place in `real.INDEX_GROUPS`) of each style."""
    appeal: np.ndarray
    """float32 [weeks, articles]: what sells in proportion to what."""

    @property
    def n_styles(self) -> int:
        """Styles."""
        return len(self.group_of_style)

    def share_of_style(self) -> np.ndarray:
        """float64 [weeks, articles]: an article's part in the appeal of its style, week by week."""
        first = np.searchsorted(self.style, np.arange(self.n_styles))
        total = np.add.reduceat(self.appeal.astype(float), first, axis=1)
        return self.appeal / np.maximum(total, 1e-30)[:, self.style]


def make_articles(n: int, days: int, rng: np.random.Generator) -> Articles:
    """Draw a catalogue of n articles for so many days."""
    line, product = _lines(n, rng)
    group_of_style = np.repeat(np.arange(len(STYLES)), list(STYLES.values()))
    n_lines = int(line[-1]) + 1
    # Every style has a line at least, or nothing could be bought in it; a tiny shop has fewer styles.
    n_styles = min(n_lines, len(group_of_style))
    group_of_style = group_of_style[np.linspace(0, len(group_of_style) - 1, n_styles).astype(int)]
    style_of_line = np.sort(np.arange(n_lines) % n_styles)
    style = style_of_line[line]
    uniform = np.array([0.0, *real.PRICE_QUANTILES, 1.0])
    prices = np.log([0.0066, *real.PRICE_QUANTILES.values(), 0.2])
    n_products = int(product[-1]) + 1
    rank = (rng.permutation(n_products) + 0.5) / n_products
    price = np.exp(np.interp(rank, uniform, prices))[product]
    appeal = _appeal(style, line, product, days, rng)
    return Articles(style, line, product, np.round(price, 6), group_of_style, appeal)


def _lines(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Line and product of each article; products have 1, 2, … variants, lines 1, 2, … products."""
    variants = rng.geometric(1 / real.ARTICLES_A_PRODUCT, n).clip(max=12)
    product = np.repeat(np.arange(n), variants)[:n]
    sizes = rng.geometric(1 / PRODUCTS_A_LINE, n).clip(max=8)
    line = np.repeat(np.arange(n), sizes)[product]
    return line, product


def _appeal(
    style: np.ndarray, line: np.ndarray, product: np.ndarray, days: int, rng: np.random.Generator
) -> np.ndarray:
    n, n_lines, n_products = len(line), int(line[-1]) + 1, int(product[-1]) + 1
    launch = rng.uniform(-OLDEST * LIFE_DAYS, days - VARIANT_DAYS, n_lines)
    length = LIFE_DAYS * rng.lognormal(0, 0.4, n_lines)
    basic = rng.random(n_lines) < BASICS
    launch[basic], length[basic] = rng.uniform(-400, 0, basic.sum()), rng.uniform(400, 900, basic.sum())
    base = np.exp(
        rng.normal(0, BASE_SPREAD[0], n_lines)[line]
        + rng.normal(0, BASE_SPREAD[1], n_products)[product]
        + rng.normal(0, BASE_SPREAD[2], n)
    )
    base = base / (1 + base / BASE_CAP) + BASE_FLOOR
    start = launch[line] + rng.uniform(0, VARIANT_DAYS, n)
    phase, depth = rng.uniform(0, 1, style[-1] + 1), rng.uniform(0.1, 0.8, style[-1] + 1)
    appeal = np.empty((-(-days // WEEK), n), np.float32)
    for week in range(len(appeal)):
        day = (week + 0.5) * WEEK
        age = np.maximum(day - start, 0) / length[line]
        life = np.where(age > 0, 4 * age * np.exp(1 - 4 * age), 0)  # rises in a quarter of its length, fades
        season = 1 + depth * np.cos(2 * np.pi * (day / 365.25 - phase))
        # A trace for all, so that a style always has something to sell.
        appeal[week] = base * ((life + 1e-6 * (day > start)) * season[style] + 1e-12)
    return appeal
