"""Fits every baseline on what it may see."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.sparse import csr_array, vstack

from traindy.baselines.als import Als
from traindy.baselines.ease import Ease, EaseByCustomers, add_levels, gram_matrix, level_rows
from traindy.baselines.mult_vae import MultVae
from traindy.baselines.neighbours import CoOccurrence, ItemKnn
from traindy.baselines.past import PastPurchases
from traindy.baselines.popularity import ClusterPopularity, Popularity, by_popularity, count
from traindy.baselines.ranking import Recommender
from traindy.baselines.rec_vae import RecVae
from traindy.core.params import Baselines
from traindy.core.vocabulary import Articles
from traindy.uph import UPH

log = logging.getLogger("traindy")


@dataclass(frozen=True)
class Shop:
    """What baselines are fitted on: purchases before a day, of customers that may be trained on."""

    uph: UPH
    clusters: np.ndarray
    articles: Articles
    n_articles: int
    """Articles known before the day."""
    cut: int | None
    """That day, days since 1970-01-01; None where the cut is not one in time."""

    def left_out(self, settings: Baselines) -> dict[str, str]:
        """See `left_out`."""
        return left_out(self.articles, self.n_articles, self.uph.n_buyers, settings)


def fitted(shop: Shop, settings: Baselines, threads: int) -> Iterator[tuple[str, Recommender]]:
    """`baselines.models` by name, fitted when its turn comes, so that one is in memory at a time."""
    makers, skipped = _makers(shop, settings, threads), shop.left_out(settings)
    for name in settings.models:
        if name not in skipped:
            yield name, makers[name]()


def _makers(shop: Shop, settings: Baselines, threads: int) -> dict[str, Callable[[], Recommender]]:
    days = settings.popularity_days
    since = None if shop.cut is None or days is None else shop.cut - days
    n, uph = shop.n_articles, shop.uph
    popular = by_popularity(count(uph, n, since), count(uph, n, None))
    return {
        "popularity": partial(Popularity, popular),
        "popularity_cluster": partial(
            ClusterPopularity, uph, shop.clusters, n, since, settings.cluster_shrinkage
        ),
        "past_purchases": partial(PastPurchases, popular, settings.past_half_life_days),
        "item_knn": partial(ItemKnn, uph, popular, n, settings.knn_neighbours, settings.knn_shrinkage),
        "co_occurrence": partial(
            CoOccurrence,
            uph,
            popular,
            n,
            settings.cooccurrence_neighbours,
            settings.cooccurrence_customer_power,
            settings.cooccurrence_article_power,
        ),
        "als": partial(Als, uph, popular, n, settings, threads),
        "ease": partial(_ease, shop, popular, settings, {}),
        "ease_attributes": partial(_ease, shop, popular, settings, settings.ease_attributes),
        "mult_vae": partial(MultVae, uph, popular, n, settings),
        "rec_vae": partial(RecVae, uph, popular, n, settings),
    }


def left_out(articles: Articles, n_articles: int, n_customers: int, settings: Baselines) -> dict[str, str]:
    """The baselines that a shop is too large for, and why: EASE inverts the smaller of two matrices.

    n_articles: known before the day; n_customers: with a purchase before it.
    """
    found, most = dict[str, str](), settings.ease_max_articles
    levels = sum(len(articles.attributes[name].drop_null().unique()) for name in _known(articles, settings))
    for name, more in (("ease", 0), ("ease_attributes", levels)):
        if name in settings.models and min(n_articles, n_customers + more) > most:
            rows = f"{n_customers + more:,} customers" + (" and levels of attributes" if more else "")
            found[name] = (
                f"{n_articles:,} articles and {rows} are both more than baselines.ease_max_articles={most:,}"
            )
    return found


def _known(articles: Articles, settings: Baselines) -> dict[str, float]:
    weights, names = settings.ease_attributes, articles.attributes.column_names
    return {name: weights[name] for name in weights if name in names}


def _ease(shop: Shop, popular: np.ndarray, settings: Baselines, weights: dict[str, float]) -> Recommender:
    known = _known(shop.articles, settings) if weights else {}
    if unknown := sorted(weights.keys() - known.keys()):
        log.warning(
            "warning: baselines.ease_attributes weighs %s, not in data.article_attributes; EASE goes without",
            ", ".join(unknown),
        )
    n, levels = shop.n_articles, level_rows(shop.articles.attributes, shop.n_articles, known)
    rows = csr_array(vstack([shop.uph.buyers().matrix[:, :n], *levels], format="csr"))
    if rows.shape[0] < n:
        return EaseByCustomers(rows, popular, settings.ease_lambda)
    gram = gram_matrix(shop.uph, n)
    add_levels(gram, levels)
    return Ease(gram, popular, settings.ease_lambda)
