"""On how few articles recommendations fall, or purchases; how many are one product in another colour."""

import math
from typing import Final

import numpy as np
from scipy.sparse import csr_array

from traindy.evaluate.metrics import DECIMALS

HEAD: Final = 0.01
"""Share of the known articles that is their head."""


def concentration(counts: np.ndarray) -> dict[str, float]:
    """gini: 0 where every article is shown equally often, near 1 where one has all; coverage: share of
    articles shown at all; head: share of all showings on the 1 % of articles shown most (at least one).

    counts: how often each known article is shown, [articles], at least one above 0. All three depend on how
    much is shown: compare what is equally long.
    """
    rising = np.sort(counts.astype(np.float64))
    n, total = len(rising), rising.sum()
    gini = 2 * (np.arange(1, n + 1) @ rising) / (n * total) - (n + 1) / n
    head = rising[n - math.ceil(HEAD * n) :].sum() / total
    return {
        "gini": round(float(gini), DECIMALS),
        "coverage": round(float((rising > 0).mean()), DECIMALS),
        "head": round(float(head), DECIMALS),
    }


def near_duplicates(shown: csr_array, history: csr_array, product: np.ndarray) -> dict[str, float]:
    """Shares of all articles shown. within: another article of the product is shown to the customer too, the
    first of each product not counted; of_bought: the customer bought another article of the product before.

    shown, history: customers x articles, 1 where so; product: int [articles], each article's product.
    """
    of_product = indicator(product)
    shown_products, bought_products = csr_array(shown @ of_product), csr_array(history @ of_product)
    bought_products.data[:] = 1
    again = shown.multiply(history).sum()  # the very article is no near-duplicate
    within = shown.nnz - shown_products.nnz
    of_bought = shown_products.multiply(bought_products).sum() - again
    return {
        "within": round(within / shown.nnz, DECIMALS),
        "of_bought": round(float(of_bought) / shown.nnz, DECIMALS),
    }


def indicator(codes: np.ndarray) -> csr_array:
    """1 at (row, code of the row): float32 [rows, codes]. codes: int [rows], from 0."""
    n = len(codes)
    shape = (n, int(codes.max(initial=0)) + 1)
    return csr_array((np.ones(n, np.float32), codes, np.arange(n + 1)), shape=shape)


def as_matrix(lists: np.ndarray, n_articles: int) -> csr_array:
    """Lists as 1 and 0: float32 [customers, n_articles]. lists: int [customers, k], -1 after the last."""
    row, place = np.nonzero(lists >= 0)
    data = np.ones(len(row), np.float32)
    return csr_array((data, (row, lists[row, place])), shape=(len(lists), n_articles))
