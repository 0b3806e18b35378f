"""The simulated shop beside the real one, statistic by statistic."""

import numpy as np

from traindy.simulate import real
from traindy.simulate.customers import ENGAGEMENT
from traindy.simulate.pairs import Statistics, pair, quantiles, shares
from traindy.simulate.report_sales import last_week, sales
from traindy.simulate.shop import Shop

Report = dict[str, Statistics]


def compare(shop: Shop, online_share: float) -> Report:
    """{topic: {statistic: {simulated, real}}}; online_share is known when the rows are written.

    The topics that end in `_at_full_size` depend on how many customers and articles there are, and are to be
    read beside the real figures at H&M's size only.
    """
    return {
        "rows_a_customer": _rows_a_customer(shop),
        "shopping_days": _shopping_days(shop),
        "rows": _rows(shop) | {"online_share": pair(online_share, real.ONLINE)},
        "weekday_share": shares(np.bincount(shop.calendar.weekday[shop.rows.day], minlength=7), _weekdays()),
        "index_group_share": _index_groups(shop),
        "price": quantiles(shop.articles.price[shop.rows.article], real.PRICE_QUANTILES, digits=5),
        "metadata": _metadata(shop),
        "mean_rows_by_attribute": _by_attribute(shop),
        "sales_an_article_at_full_size": sales(shop),
        "last_week_at_full_size": last_week(shop),
    }


def _weekdays() -> dict[str, float]:
    return dict(zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), real.WEEKDAYS, strict=True))


def _per_customer(shop: Shop) -> np.ndarray:
    return np.bincount(shop.rows.customer, minlength=len(shop.customer_ids))


def _rows_a_customer(shop: Shop) -> Statistics:
    rows = _per_customer(shop)
    rows = np.sort(rows[rows > 0])
    return {
        "mean": pair(rows.mean(), real.MEAN_ROWS),
        **quantiles(rows, real.ROWS_A_CUSTOMER),
        "one_row_share": pair((rows == 1).mean(), real.ONE_ROW),
        "top_tenth_share": pair(rows[-len(rows) // 10 :].sum() / rows.sum(), real.TOP_TENTH),
        "never_buy_share": pair(1 - len(rows) / len(shop.customer_ids), round(real.NEVER_BUY, 4)),
    }


def _shopping_days(shop: Shop) -> Statistics:
    n_days = shop.settings.days
    baskets, size = np.unique(shop.rows.customer * np.int64(n_days) + shop.rows.day, return_counts=True)
    owner, day = baskets // n_days, baskets % n_days
    days = np.unique(owner, return_counts=True)[1]
    gaps = np.diff(day)[np.diff(owner) == 0]
    gap = {f"gap_{name}": pair for name, pair in quantiles(gaps, real.GAPS).items()}
    return {
        "mean": pair(days.mean(), real.MEAN_DAYS),
        "median": pair(np.median(days), real.MEDIAN_DAYS),
        "one_day_share": pair((days == 1).mean(), real.ONE_DAY),
        "mean_basket": pair(size.mean(), real.MEAN_BASKET),
        "median_basket": pair(np.median(size), real.MEDIAN_BASKET),
        **gap,
    }


def _rows(shop: Shop) -> Statistics:
    n_days, n_articles = shop.settings.days, np.int64(len(shop.article_ids))
    # In place: at H&M's size each of these arrays takes 250 MB.
    key = shop.rows.customer.astype(np.int64)
    for factor, part in ((n_days, shop.rows.day), (n_articles, shop.rows.article)):
        key *= factor
        key += part
    bought, units = np.unique(key, return_counts=True)
    del key
    owned = (bought // n_articles // n_days) * n_articles + bought % n_articles
    order = np.argsort(owned, kind="stable")  # keys rise by day within a customer
    later = np.zeros(len(owned), bool)
    later[order[1:]] = owned[order[1:]] == owned[order[:-1]]
    total = len(shop.rows.day)
    return {
        "count_a_customer_and_year": pair(
            365.25 * total / n_days / len(shop.customer_ids), round(31_788_324 / 1_371_980 / 734 * 365.25, 2)
        ),
        "duplicate_share": pair(1 - len(bought) / total, real.DUPLICATE_ROWS),
        "bought_again_later_share": pair(units[later].sum() / total, real.REPEATED_LATER),
    }


def _index_groups(shop: Shop) -> Statistics:
    group = shop.articles.group_of_style[shop.articles.style[shop.rows.article]]
    published = {name.lower().replace("/", "_"): share for name, share in real.INDEX_GROUPS.items()}
    return shares(np.bincount(group, minlength=len(published)), published)


def _metadata(shop: Shop) -> Statistics:
    fn, active, news = (np.array(level)[shop.customers.engagement] for level in zip(*ENGAGEMENT, strict=True))
    club = np.array(list(real.CLUB))[shop.customers.club]
    age = shop.customers.age
    found = {
        "fn_missing": (fn == "").mean(),
        "active_missing": (active == "").mean(),
        "news_none": (news == "NONE").mean(),
        "news_regularly": (news == "Regularly").mean(),
        "club_active": (club == "ACTIVE").mean(),
        "club_pre_create": (club == "PRE-CREATE").mean(),
        "age_mean": age[age >= 0].mean(),
        "age_missing": (age < 0).mean(),
    }
    return {name: pair(found[name], published) for name, published in real.METADATA.items()}


def _by_attribute(shop: Shop) -> Statistics:
    rows, c = _per_customer(shop), shop.customers
    fn = np.array([fn for fn, *_ in ENGAGEMENT])[c.engagement]
    club = np.array(list(real.CLUB))[c.club]

    def mean(chosen: np.ndarray, published: float) -> dict[str, float]:
        return pair(rows[chosen & (rows > 0)].mean() if (chosen & (rows > 0)).any() else 0, published)

    ages = {
        f"age_{low}_{high}": mean((c.age >= low) & (c.age <= high), p)
        for (low, high), p in real.ROWS_BY_AGE.items()
    }
    fns = {f"fn_{level or 'missing'}": mean(fn == level, p) for level, p in real.ROWS_BY_FN.items()}
    clubs = {
        level.lower().replace("-", "_"): mean(club == level, p) for level, p in real.ROWS_BY_CLUB.items()
    }
    return fns | {f"club_{name}": pair for name, pair in clubs.items()} | ages
