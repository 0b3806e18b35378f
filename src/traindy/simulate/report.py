"""The simulated shop beside the real one, statistic by statistic."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from traindy.simulate import real
from traindy.simulate.articles import WEEK
from traindy.simulate.shop import Shop

Report = dict[str, dict[str, dict[str, float]]]
LAST_WEEK: Final = slice(-WEEK, None)


def compare(shop: Shop, online_share: float) -> Report:
    """{topic: {statistic: {simulated, real}}}; online_share is known when the rows are written.

    The topics that end in `_at_full_size` depend on how many customers and articles there are, and are to be
    read beside the real figures at H&M's size only.
    """
    return {
        "rows_a_customer": _rows_a_customer(shop),
        "shopping_days": _shopping_days(shop),
        "rows": _rows(shop) | {"online_share": _pair(online_share, real.ONLINE)},
        "weekday_share": _shares(np.bincount(shop.calendar.weekday[shop.rows.day], minlength=7), _weekdays()),
        "month_share": _shares(np.bincount(_months(shop), minlength=12), _named(real.MONTHS)),
        "index_group_share": _index_groups(shop),
        "price": _quantiles(shop.articles.price[shop.rows.article], real.PRICE_QUANTILES, digits=5),
        "metadata": _metadata(shop),
        "mean_rows_by_attribute": _by_attribute(shop),
        "sales_an_article_at_full_size": _sales(shop),
        "last_week_at_full_size": _last_week(shop),
    }


def _pair(simulated: float, published: float, digits: int = 4) -> dict[str, float]:
    return {"simulated": round(float(simulated), digits), "real": published}


def _quantiles(
    values: np.ndarray, published: Mapping[float, float], digits: int = 4
) -> dict[str, dict[str, float]]:
    found = np.quantile(values, list(published)) if len(values) else np.zeros(len(published))
    return {
        f"p{round(100 * q)}": _pair(x, p, digits) for (q, p), x in zip(published.items(), found, strict=True)
    }


def _shares(counts: np.ndarray, published: Mapping[str, float]) -> dict[str, dict[str, float]]:
    total = sum(published.values())
    return {
        name: _pair(100 * count / max(counts.sum(), 1), round(100 * p / total, 2), 2)
        for (name, p), count in zip(published.items(), counts, strict=True)
    }


def _weekdays() -> dict[str, float]:
    return dict(zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), real.WEEKDAYS, strict=True))


def _named(months: tuple[float, ...]) -> dict[str, float]:
    return {f"{month:02d}": share for month, share in enumerate(months, start=1)}


def _months(shop: Shop) -> np.ndarray:
    dates = shop.first_day + shop.rows.day.astype(int)
    return dates.astype("datetime64[M]").astype(int) % 12


def _per_customer(shop: Shop) -> np.ndarray:
    return np.bincount(shop.rows.customer, minlength=len(shop.customer_ids))


def _rows_a_customer(shop: Shop) -> dict[str, dict[str, float]]:
    rows = _per_customer(shop)
    rows = np.sort(rows[rows > 0])
    return {
        "mean": _pair(rows.mean(), real.MEAN_ROWS),
        **_quantiles(rows, real.ROWS_A_CUSTOMER),
        "one_row_share": _pair((rows == 1).mean(), real.ONE_ROW),
        "top_tenth_share": _pair(rows[-len(rows) // 10 :].sum() / rows.sum(), real.TOP_TENTH),
        "never_buy_share": _pair(1 - len(rows) / len(shop.customer_ids), round(real.NEVER_BUY, 4)),
    }


def _shopping_days(shop: Shop) -> dict[str, dict[str, float]]:
    n_days = shop.settings.days
    baskets, size = np.unique(shop.rows.customer * np.int64(n_days) + shop.rows.day, return_counts=True)
    owner, day = baskets // n_days, baskets % n_days
    days = np.unique(owner, return_counts=True)[1]
    gaps = np.diff(day)[np.diff(owner) == 0]
    gap = {f"gap_{name}": pair for name, pair in _quantiles(gaps, real.GAPS).items()}
    return {
        "mean": _pair(days.mean(), real.MEAN_DAYS),
        "median": _pair(np.median(days), real.MEDIAN_DAYS),
        "one_day_share": _pair((days == 1).mean(), real.ONE_DAY),
        "mean_basket": _pair(size.mean(), real.MEAN_BASKET),
        "median_basket": _pair(np.median(size), real.MEDIAN_BASKET),
        **gap,
    }


def _rows(shop: Shop) -> dict[str, dict[str, float]]:
    n_days, n_articles = shop.settings.days, np.int64(len(shop.article_ids))
    day_key = shop.rows.customer * np.int64(n_days) + shop.rows.day
    bought, units = np.unique(day_key * n_articles + shop.rows.article, return_counts=True)
    pair = (bought // n_articles // n_days) * n_articles + bought % n_articles
    later = np.ones(len(pair), bool)
    later[np.unique(pair, return_index=True)[1]] = False  # keys rise by day within a customer
    total = len(shop.rows.day)
    return {
        "count_a_customer_and_year": _pair(
            365.25 * total / n_days / len(shop.customer_ids), round(31_788_324 / 1_371_980 / 734 * 365.25, 2)
        ),
        "duplicate_share": _pair(1 - len(bought) / total, real.DUPLICATE_ROWS),
        "bought_again_later_share": _pair(units[later].sum() / total, real.REPEATED_LATER),
    }


def _index_groups(shop: Shop) -> dict[str, dict[str, float]]:
    group = shop.articles.group_of_style[shop.articles.style[shop.rows.article]]
    published = {name.lower().replace("/", "_"): share for name, share in real.INDEX_GROUPS.items()}
    return _shares(np.bincount(group, minlength=len(published)), published)


def _metadata(shop: Shop) -> dict[str, dict[str, float]]:
    fn, active, news = (
        np.array(level)[shop.customers.engagement] for level in zip(*real.ENGAGEMENT, strict=True)
    )
    club = np.array(list(real.CLUB))[shop.customers.club]
    age = shop.customers.age
    return {
        "fn_missing": _pair((fn == "").mean(), 0.6524),
        "active_missing": _pair((active == "").mean(), 0.6615),
        "news_none": _pair((news == "NONE").mean(), 0.6397),
        "news_regularly": _pair((news == "Regularly").mean(), 0.3480),
        "club_active": _pair((club == "ACTIVE").mean(), 0.9275),
        "club_pre_create": _pair((club == "PRE-CREATE").mean(), 0.0678),
        "age_mean": _pair(age[age >= 0].mean(), 36.4),
        "age_missing": _pair((age < 0).mean(), real.AGE_MISSING),
    }


def _by_attribute(shop: Shop) -> dict[str, dict[str, float]]:
    rows, c = _per_customer(shop), shop.customers
    fn = np.array([fn for fn, *_ in real.ENGAGEMENT])[c.engagement]
    club = np.array(list(real.CLUB))[c.club]

    def mean(chosen: np.ndarray, published: float) -> dict[str, float]:
        return _pair(rows[chosen & (rows > 0)].mean() if (chosen & (rows > 0)).any() else 0, published)

    ages = {
        f"age_{low}_{high}": mean((c.age >= low) & (c.age <= high), p)
        for (low, high), p in real.ROWS_BY_AGE.items()
    }
    fns = {f"fn_{level or 'missing'}": mean(fn == level, p) for level, p in real.ROWS_BY_FN.items()}
    clubs = {
        level.lower().replace("-", "_"): mean(club == level, p) for level, p in real.ROWS_BY_CLUB.items()
    }
    return fns | {f"club_{name}": pair for name, pair in clubs.items()} | ages


def _sales(shop: Shop) -> dict[str, dict[str, float]]:
    sales = np.bincount(shop.rows.article, minlength=len(shop.article_ids))
    sold = sales[sales > 0]
    found = {"mean": sold.mean(), "sd": sold.std(), "max": sold.max()}
    found |= {name: np.quantile(sold, q) for name, q in (("p25", 0.25), ("median", 0.5), ("p75", 0.75))}
    pairs = {name: _pair(found[name], published, 1) for name, published in real.SALES_AN_ARTICLE.items()}
    never = _pair((sales == 0).mean(), round(real.NEVER_SELL, 4))
    return pairs | {"never_sold_share": never}


def _last_week(shop: Shop) -> dict[str, dict[str, float]]:
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
    return {name: _pair(found[name], round(published, 4)) for name, published in real.WEEK.items()}


def _gini(values: np.ndarray) -> float:
    rising = np.sort(values)
    n = len(rising)
    return float((2 * np.arange(1, n + 1) - n - 1) @ rising / (n * rising.sum()))
