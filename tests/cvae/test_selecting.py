"""The first of many scores, and products with a few articles."""

import pytest
import torch

from traindy.cvae.selecting import GROUP, first_of, products


@pytest.mark.parametrize("falling", [True, False])
@pytest.mark.parametrize("columns", [5, 5 * GROUP, 5 * GROUP**2 + 3, 5 * GROUP**3 + GROUP + 1])
def test_the_first_are_those_of_the_sorted_row(columns, falling):
    scores = torch.stack([torch.randperm(columns).float() for _ in range(7)])
    values, places = first_of(scores, 5, falling)
    assert torch.equal(scores.gather(1, places), values)
    expected = torch.arange(columns - 1, columns - 6, -1.0).expand(7, 5)
    assert torch.equal(values if falling else values.sort(1, descending=True).values, expected)


def test_equal_scores_are_named_once():
    _, places = first_of(torch.zeros(3, 1000), 50)
    assert [len(set(row)) for row in places.tolist()] == [50, 50, 50]


def test_products_are_those_with_the_articles_that_are_named():
    latent, articles = torch.randn(6, 4), torch.randn(30, 4)
    named = torch.stack([torch.randperm(30)[:9].sort().values for _ in range(6)])
    expected = (latent @ articles.T).gather(1, named)
    torch.testing.assert_close(products(latent, articles, named), expected)
