"""The losses' values by hand and by torch's own functions, their gradients by autograd."""

from typing import get_args

import pytest
import torch
from torch.nn import functional as F

from traindy.core.params import Cvae
from traindy.cvae.catalogue import catalogue_loss
from traindy.cvae.losses import LOSSES, Targets
from traindy.cvae.softmax import softmax_loss

# Row 0 bought articles 1 and 3, row 1 nothing, row 2 article 0.
ROW, ARTICLE = torch.tensor([0, 0, 2]), torch.tensor([1, 3, 0])
TARGETS = Targets(ROW, ARTICLE, torch.tensor([2.0, 0.0, 1.0]))


def dense_row(articles):
    x = torch.zeros(3, articles)
    x[ROW, ARTICLE] = 1
    return x


def reference(name, logits):
    """The same losses as one would write them without blocks, for autograd."""
    x = dense_row(logits.shape[1])
    size = x.sum(1)
    if name == "bce":
        each = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1)
        return torch.where(size > 0, each / size.clamp(min=1).sqrt(), 0.0)
    if name == "cosine":
        return torch.where(size > 0, 1 - F.cosine_similarity(logits, x, dim=1), 0.0)
    kth = logits.topk(min(20, logits.shape[1]), 1).values[:, -1:].detach()
    reached = (x * torch.sigmoid((logits - kth) / 0.1)).sum(1) / size.clamp(min=1)
    return torch.where(size > 0, 1 - reached, 0.0)


def test_every_loss_can_be_chosen():
    assert set(get_args(Cvae.model_fields["loss"].annotation)) == set(LOSSES) | {
        "multinomial",
        "cosine_softmax",
    }


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("articles", [5, 40])
def test_value_and_gradient_are_those_of_autograd(name, articles):
    logits = torch.randn(3, articles, generator=torch.Generator().manual_seed(1)).requires_grad_()
    expected = reference(name, logits)
    expected.sum().backward()
    value, factor, gradient = LOSSES[name](logits.detach().clone(), TARGETS)
    torch.testing.assert_close(value, expected.detach())
    torch.testing.assert_close(factor[:, None] * gradient, logits.grad, atol=1e-6, rtol=1e-4)


def test_bce_is_content_with_zeroes_where_the_softmax_is_not():
    """Why the original project's model answered zero everywhere: on a row of one purchase among a thousand
    articles, certain zeroes cost BCE almost nothing compared with its start."""
    targets = Targets(torch.tensor([0]), torch.tensor([0]), torch.ones(1))
    start, zeroes = torch.zeros(1, 1000), torch.full((1, 1000), -7.0)
    assert LOSSES["bce"](zeroes.clone(), targets)[0] < 0.02 * LOSSES["bce"](start.clone(), targets)[0]
    of_softmax = [
        softmax_loss(torch.zeros(1, 2), torch.zeros(1000, 2), logits[0], targets, 1, torch.float32)
        for logits in (start, zeroes)
    ]
    torch.testing.assert_close(*of_softmax)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("block", [1, 2, 3, 100])
def test_blocks_change_neither_the_loss_nor_its_gradients(name, block):
    g = torch.Generator().manual_seed(2)
    inputs = [torch.randn(shape, generator=g).requires_grad_() for shape in ((3, 4), (30, 4), (30,))]
    latent, articles, bias = inputs
    expected = reference(name, latent @ articles.T + bias).sum()
    wanted = torch.autograd.grad(2 * expected, inputs)
    result = catalogue_loss(latent, articles, bias, TARGETS, LOSSES[name], block, torch.float32)
    got = torch.autograd.grad(2 * result, inputs)
    torch.testing.assert_close(result, expected)
    for a, b in zip(got, wanted, strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", LOSSES)
def test_bf16_products_stay_close(name):
    g = torch.Generator().manual_seed(3)
    latent, articles = (torch.randn(n, 16, generator=g) / 4 for n in (3, 50))
    args = (latent, articles, torch.zeros(50), TARGETS, LOSSES[name], 2)
    assert catalogue_loss(*args, torch.bfloat16).item() == pytest.approx(
        catalogue_loss(*args, torch.float32).item(), rel=0.02
    )
