"""How sales spread over articles, in the simulated shop and in the real one."""

from typing import Any

import numpy as np

from traindy.simulate import real
from traindy.simulate.articles import WEEK
from traindy.simulate.pairs import Statistics, pair
from traindy.simulate.shop import Shop


def sales(shop: Shop) -> Statistics:
    """Rows an article over the whole period, of those that sold."""
    units = np.bincount(shop.rows.article, minlength=len(shop.article_ids))
    sold = units[units > 0]
    found = {"mean": sold.mean(), "sd": sold.std(), "max": sold.max()}
    found |= {name: np.quantile(sold, q) for name, q in (("p25", 0.25), ("median", 0.5), ("p75", 0.75))}
    found_pairs = {name: pair(found[name], published, 1) for name, published in real.SALES_AN_ARTICLE.items()}
    never = pair((units == 0).mean(), round(real.NEVER_SELL, 4))
    return found_pairs | {"never_sold_share": never}


def last_week(shop: Shop) -> Statistics:
    """How the sales of the last seven days spread over articles and customers."""
    recent = shop.rows.day >= shop.settings.days - WEEK
    sales = np.sort(np.bincount(shop.rows.article[recent], minlength=len(shop.article_ids)))[::-1]
    rows = np.unique(shop.rows.customer[recent], return_counts=True)[1]
    if not len(rows):
        return {}
    found: dict[str, Any] = {
        "articles_sold_share": (sales > 0).mean(),
        "gini_sold": _gini(sales[sales > 0]),
        "gini_catalogue": _gini(sales),
        "top_100_articles_share": sales[:100].sum() / sales.sum(),
        "top_1000_articles_share": sales[:1000].sum() / sales.sum(),
        "mean_rows_a_customer": rows.mean(),
        "median_rows_a_customer": np.median(rows),
        "p90_rows_a_customer": np.quantile(rows, 0.9),
        "p99_rows_a_customer": np.quantile(rows, 0.99),
    }
    return {name: pair(found[name], round(published, 4)) for name, published in real.WEEK.items()}


def _gini(values: np.ndarray) -> float:
    rising = np.sort(values)
    n = len(rising)
    return float((2 * np.arange(1, n + 1) - n - 1) @ rising / (n * rising.sum()))
