"""Vectors of length 1: as torch's own, and so their gradient."""

import pytest
import torch
from torch.nn import functional as F

from traindy.cvae.unit import unit


def test_each_is_divided_by_its_length_and_nothing_stays_nothing():
    vectors = torch.tensor([[3.0, 4.0], [0.0, -2.0], [0.0, 0.0]])
    assert unit(vectors).numpy() == pytest.approx(torch.tensor([[0.6, 0.8], [0, -1], [0, 0]]).numpy())


def test_the_gradient_is_that_of_finite_differences():
    vectors = torch.randn(5, 2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(unit, vectors)


def test_the_gradient_is_torchs_own():
    vectors, upstream = torch.randn(7, 3), torch.randn(7, 3)
    gradients = []
    for of in (unit, lambda x: F.normalize(x, dim=-1)):
        given = vectors.clone().requires_grad_()
        of(given).backward(upstream)
        gradients.append(given.grad.numpy())
    assert gradients[0] == pytest.approx(gradients[1], abs=1e-6)
