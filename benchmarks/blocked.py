"""Validation purchases for data whose test comes later in time but which holds no days.

Held out one by one at random, an article leaves those in the row that were bought on the same trip, and they
give it away; the test has trips of its own. So a customer's validation purchases are one of its articles,
drawn at random, and those of its others that most go with it: a blocked hold-out (Roberts et al. 2017,
Cross-validation strategies for data with temporal, spatial, hierarchical, or phylogenetic structure).
"""

import numpy as np
from scipy.sparse import csr_array


def blocked(pairs: csr_array, share: float, seed: int) -> np.ndarray:
    """Which entries of `pairs` are validation: bool [entries], in the order of its sorted indices.

    Of n >= 2 articles max(1, share * n) are, rounded, but never all; of one none. What goes together is said
    by the cosine of the articles' columns; among equals the lower number comes first.

    pairs: customers x articles, 1 where bought, indices sorted.
    """
    rng = np.random.default_rng(seed)
    by_article = csr_array(pairs.T)
    popularity = np.diff(by_article.indptr)
    held_out = np.zeros(pairs.nnz, bool)
    for customer in range(pairs.shape[0]):
        start, end = pairs.indptr[customer : customer + 2]
        row = pairs.indices[start:end]
        if len(row) < 2:
            continue
        first = rng.integers(len(row))
        who = by_article.indices[slice(*by_article.indptr[row[first] : row[first] + 2])]
        together = pairs[who].sum(axis=0)[row] / np.sqrt(popularity[row])
        together[first] = np.inf
        n = min(len(row) - 1, max(1, round(share * len(row))))
        held_out[start + np.argsort(-together, kind="stable")[:n]] = True
    return held_out
