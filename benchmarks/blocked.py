"""Validation purchases for data whose test comes later in time but which holds no days.

Held out one by one at random, an article leaves those in the row that were bought on the same trip, and they
give it away; the test has trips of its own. So a customer's validation purchases are one of its articles,
drawn at random, and those of its others that most go with it: a blocked hold-out (Roberts et al. 2017,
Cross-validation strategies for data with temporal, spatial, hierarchical, or phylogenetic structure).
"""

from typing import Final

import numpy as np
from scipy.sparse import csr_array

POWER: Final = 0.4
"""Of an article's popularity, by which nearness is divided: so much that what is held out is as popular as
what is left, by the mean of the logarithm. By the cosine (.5) it is less, and popularity would seem to speak
against an article."""


class Together:
    """What goes together, by the cosine of articles' columns."""

    def __init__(self, pairs: csr_array) -> None:
        """pairs: customers x articles, float32, 1 where bought."""
        self.by_article = csr_array(pairs.T)
        self.pairs, self.popularity = pairs, np.diff(self.by_article.indptr)

    def nearness(self, article: int, others: np.ndarray) -> np.ndarray:
        """Customers in common with one article over popularity to the `POWER`: float [others], in order."""
        common = self._common(np.array([article]), others)[0]
        return np.asarray(common / self.popularity[others] ** POWER)

    def cosines(self, articles: np.ndarray, others: np.ndarray) -> np.ndarray:
        """Of two articles of one customer, who does not count: float [articles, others]."""
        lengths = np.sqrt(np.outer(self.popularity[articles], self.popularity[others]))
        return np.asarray((self._common(articles, others) - 1) / lengths)

    def _common(self, articles: np.ndarray, others: np.ndarray) -> np.ndarray:
        return np.asarray((self.by_article[articles] @ self.pairs).tocsc()[:, others].toarray())


def blocked(
    pairs: csr_array, share: float, seed: int, together: Together | None = None, of_customers: float = 1.0
) -> np.ndarray:
    """Which entries of `pairs` are validation: bool [entries], in the order of its sorted indices.

    Of n >= 2 articles max(1, share * n) are, rounded, but never all; of one none. Among those that go equally
    with the one that is drawn the lower number comes first.

    pairs: customers x articles, float32, 1 where bought, indices sorted. together: None: what they say.
    of_customers: share of the customers that have any validation, drawn at random.
    """
    rng, together = np.random.default_rng(seed), together or Together(pairs)
    held_out = np.zeros(pairs.nnz, bool)
    for customer in range(pairs.shape[0]):
        start, end = pairs.indptr[customer : customer + 2]
        row = pairs.indices[start:end]
        if len(row) < 2:
            continue
        first = rng.integers(len(row))
        if rng.random() >= of_customers:
            continue
        near = together.nearness(row[first], row)
        near[first] = np.inf
        n = min(len(row) - 1, max(1, round(share * len(row))))
        held_out[start + np.argsort(-near, kind="stable")[:n]] = True
    return held_out
