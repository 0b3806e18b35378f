"""The exact softmax: its value by hand, its gradients by autograd, in blocks and parts of any size."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from traindy.cvae import softmax
from traindy.cvae.losses import Targets
from traindy.cvae.softmax import exponentials, softmax_loss

# Row 0 bought articles 1 and 3, row 1 nothing, row 2 article 0.
ROW, ARTICLE = torch.tensor([0, 0, 2]), torch.tensor([1, 3, 0])
TARGETS = Targets(ROW, ARTICLE, torch.tensor([2.0, 0.0, 1.0]))


def as_written(latent: torch.Tensor, articles: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """The loss of the docstring, for autograd."""
    of_rows = -(latent @ articles.T + bias).log_softmax(1)
    return (of_rows[ROW, ARTICLE] / TARGETS.size[ROW].sqrt()).sum()


def inputs(articles: int, d: int, scale: float = 1.0) -> list[torch.Tensor]:
    g = torch.Generator().manual_seed(2)
    shapes = ((3, d), (articles, d), (articles,))
    return [(scale * d**-0.25 * torch.randn(shape, generator=g)).requires_grad_() for shape in shapes]


def assert_same(block: int, given: list[torch.Tensor]) -> None:
    expected = as_written(*given)
    result = softmax_loss(*given, TARGETS, block, torch.float32)
    torch.testing.assert_close(result, expected)
    pairs = (torch.autograd.grad(2 * loss, given) for loss in (result, expected))
    for got, wanted in zip(*pairs, strict=True):
        torch.testing.assert_close(got, wanted, atol=1e-5, rtol=1e-4)


def test_two_articles_by_hand() -> None:
    # Logits 0 and log 3: the one that was bought has three quarters.
    bias = torch.tensor([0.0, math.log(3.0)], requires_grad=True)
    targets = Targets(torch.tensor([0]), torch.tensor([1]), torch.ones(1))
    loss = softmax_loss(torch.zeros(1, 2), torch.zeros(2, 2), bias, targets, None, torch.float32)
    assert loss.item() == pytest.approx(math.log(4 / 3))
    assert torch.autograd.grad(loss, bias)[0].tolist() == pytest.approx([0.25, -0.25])


@pytest.mark.parametrize("block", [1, 2, 3, 100])
@pytest.mark.parametrize("at_a_time", [1, 7, 30, 16_384])
def test_blocks_and_parts_change_neither_the_loss_nor_its_gradients(monkeypatch, block, at_a_time) -> None:
    monkeypatch.setattr(softmax, "ARTICLES", at_a_time)
    assert_same(block, inputs(30, 4))


@settings(max_examples=30, deadline=None)
@given(st.integers(4, 300), st.integers(1, 70), st.floats(0.01, 3))
def test_it_is_the_loss_as_written(articles: int, d: int, scale: float) -> None:
    assert_same(2, inputs(articles, d, scale))


def test_logits_of_hundreds_overflow_nothing() -> None:
    """One article at 400, the customer's own at 390 and 380: the others are nowhere."""
    bias = torch.full((9,), -400.0)
    bias[[5, 1, 3, 0]] = torch.tensor([400.0, 390.0, 380.0, 399.0])
    given = [torch.zeros(3, 4), torch.zeros(9, 4), bias.requires_grad_()]
    expected, result = as_written(*given), softmax_loss(*given, TARGETS, 2, torch.float32)
    torch.testing.assert_close(result, expected)
    for loss in (result, expected):
        assert torch.autograd.grad(loss, bias)[0].isfinite().all()


def test_where_the_bound_is_far_above_every_logit_the_bought_are_still_pulled_up() -> None:
    """All cosines are -1, so that nothing is left of the exponentials: finite, and in the right direction."""
    latent = torch.tensor([[400.0, 0.0]] * 3, requires_grad=True)
    articles = torch.tensor([[-1.0, 0.0]] * 6)
    loss = softmax_loss(latent, articles, torch.zeros(6), TARGETS, None, torch.float32)
    gradient = torch.autograd.grad(loss, latent)[0]
    assert loss.isfinite() and gradient.isfinite().all()
    assert gradient[0, 0] > 0 and gradient[1, 0] == 0


def test_bfloat16_products_stay_close() -> None:
    latent, articles, bias = inputs(5000, 16, 0.5)
    losses = [softmax_loss(latent, articles, bias, TARGETS, 2, t) for t in (torch.bfloat16, torch.float32)]
    torch.testing.assert_close(*losses, rtol=5e-3, atol=0)
    rough, exact = (torch.autograd.grad(loss, latent)[0] for loss in losses)
    assert (rough - exact).norm() < 0.02 * exact.norm()


def test_sums_keep_more_than_their_type_holds() -> None:
    """A running sum in bfloat16 stops at 256 ones."""
    logits = torch.zeros(10_001, 3, dtype=torch.bfloat16)
    assert exponentials(logits).tolist() == [10_001.0] * 3


def test_a_second_backward_is_refused_instead_of_wrong() -> None:
    """The gradients that were kept are multiplied in place."""
    given = inputs(30, 4)
    loss = softmax_loss(*given, TARGETS, None, torch.float32)
    loss.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="inplace"):
        loss.backward()
