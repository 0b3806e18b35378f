"""All baselines of the report by name, each fitted when its turn comes."""

from collections.abc import Callable, Iterator

import pyarrow as pa

from traindy.baselines.als import als
from traindy.baselines.ease import ease, ease_with_attributes
from traindy.baselines.knn import item_knn
from traindy.baselines.popularity import popularity, popularity_in_cluster
from traindy.baselines.ranking import Recommender
from traindy.baselines.training import Training
from traindy.core.params import Baselines


def baselines(
    data: Training, attributes: pa.Table, settings: Baselines, threads: int
) -> Iterator[tuple[str, Recommender | str]]:
    """Each baseline's name, and the fitted model or, if it is left out, the reason.

    attributes: of all articles, in the order of their positions.
    """
    popular = popularity(data, settings.popularity_days)
    lam, weights = settings.ease_lambda, settings.ease_attributes
    fits: dict[str, Callable[[], Recommender]] = {
        "popularity": lambda: popular,
        "popularity_cluster": lambda: popularity_in_cluster(
            data, settings.popularity_days, settings.cluster_shrinkage
        ),
        "item_knn": lambda: item_knn(data, settings.knn_neighbours, threads, popular),
        "als": lambda: als(data, settings, threads, popular),
        "ease": lambda: ease(data, lam, popular),
        "ease_attributes": lambda: ease_with_attributes(data, attributes, weights, lam, popular),
    }
    reason = too_large(data.n_articles, settings.ease_max_articles)
    for name, fit in fits.items():
        yield name, reason if reason and name.startswith("ease") else fit()


def too_large(n_articles: int, most: int) -> str | None:
    """Why EASE is left out, or None if it is not."""
    if n_articles <= most:
        return None
    memory = 2 * 4 * n_articles**2 / 1e9
    return (
        f"inverts articles x articles: {n_articles:,} are more than baselines.ease_max_articles={most} "
        f"(it would take about {memory:.0f} GB)"
    )
