"""Composing embeddings, and its gradient."""

import pytest
import torch
from torch import Tensor

from traindy.cvae.compose import GROUPS, Composition


def by_indexing(table: Tensor, levels: Tensor) -> Tensor:
    n = len(levels)
    own = [table[i] + table[n + row[row >= 0]].sum(0) for i, row in enumerate(levels)]
    return torch.stack(own)


def test_an_article_is_its_row_and_those_of_its_levels():
    levels = torch.tensor([[0, 1], [1, -1]])
    table = torch.tensor([[1.0], [10.0], [100.0], [1000.0]])
    assert Composition(levels, 2)(table).tolist() == [[1101.0], [1010.0]]


@pytest.mark.parametrize("n_levels", [0, 1, 5, 3 * GROUPS + 7])
def test_the_gradient_is_that_of_indexing(n_levels):
    torch.manual_seed(n_levels)
    # The first level is everybody's, and some have none.
    levels = (torch.rand(40, 3).square() * (n_levels + 1)).long() - 1
    levels = levels if n_levels else levels[:, :0]
    table = torch.randn(40 + n_levels, 4, requires_grad=True)
    upstream = torch.randn(40, 4)
    gradients = []
    for composed in (Composition(levels, n_levels)(table), by_indexing(table, levels)):
        (gradient,) = torch.autograd.grad(composed, table, upstream)
        gradients.append(gradient)
    torch.testing.assert_close(*gradients)
