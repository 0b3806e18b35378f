"""The groups that fairness is reported for: by cluster, by each clustering attribute, by what is bought."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from traindy.core.vocabulary import Articles
from traindy.evaluate.concentration import indicator
from traindy.evaluate.typecasting import Grouping

LEAST: Final = 100
"""Smaller groups are not shown: their figures would be noise, and could be about somebody."""
PROXY: Final = "index_group_name"
"""H&M's data has no gender. Which index group a customer buys most is a proxy for it, and only that: parents
buy children's clothes, and Ladieswear is bought for others."""
PROXY_GROUPS: Final = "index_group_bought_most"
MOST_LEVELS: Final = 150
"""Categories are attributes with 2 to so many levels: finer ones are nearly the articles themselves."""


def groupings(
    profiles: pd.DataFrame, profile: np.ndarray, history: csr_array, articles: Articles, least: int = LEAST
) -> Iterator[Grouping]:
    """Customers by the columns of `profiles`, and by the index group they bought most if articles have one.

    profile: int [customers], rows of `profiles`; history: customers x articles. Groupings with fewer than two
    groups of `least` customers are left out.
    """
    labels = {str(name): profiles[name].to_numpy()[profile] for name in profiles}
    if PROXY in articles.attributes.column_names:
        labels[PROXY_GROUPS] = _bought_most(history, articles)
    for name, of_customer in labels.items():
        grouping = grouped(name, of_customer, least)
        if len(grouping.levels) > 1:
            yield grouping


def grouped(name: str, labels: np.ndarray, least: int) -> Grouping:
    """Customers by label; empty text: no group."""
    values, counts = np.unique(labels.astype(str), return_counts=True)
    kept = [str(v) for v, n in zip(values, counts, strict=True) if n >= least and v]
    levels = sorted(kept, key=lambda level: (not level.startswith("<"), level))
    return Grouping(name, levels, pd.Index(levels).get_indexer(labels.astype(str)))


def _bought_most(history: csr_array, articles: Articles) -> np.ndarray:
    code, levels = category(articles, PROXY)
    counts = (history @ indicator(code)).toarray()
    return np.where(counts.any(1), np.array(levels, object)[counts.argmax(1)], "")


def category(articles: Articles, attribute: str) -> tuple[np.ndarray, Sequence[str]]:
    """Each article's level of an attribute, int [articles], and the levels; missing is one of its own."""
    values = articles.attributes[attribute].to_pandas().fillna("missing")
    code, levels = pd.factorize(values, sort=True)
    return code, [str(level) for level in levels]


def categories(articles: Articles) -> dict[str, np.ndarray]:
    """By attribute that is coarse enough to be a category: each article's level, int [articles]."""
    found = {name: category(articles, name) for name in articles.attributes.column_names}
    return {name: code for name, (code, levels) in found.items() if 2 <= len(levels) <= MOST_LEVELS}
