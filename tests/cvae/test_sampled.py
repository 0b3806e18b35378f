"""The sampled softmax: exact where everything is drawn, unbiased where not."""

import pytest
import torch

from traindy.cvae.losses import Targets
from traindy.cvae.sampled import sampled_softmax_loss
from traindy.cvae.softmax import softmax_loss

N, D = 40, 6


@pytest.fixture
def case() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, Targets]:
    torch.manual_seed(0)
    latent, articles, bias = torch.randn(3, D), torch.randn(N, D), torch.randn(N)
    targets = Targets(torch.tensor([0, 0, 2]), torch.tensor([3, 17, 5]), torch.tensor([2.0, 0.0, 1.0]))
    return latent, articles, bias, targets


def test_two_articles_by_hand() -> None:
    # One customer bought article 0 of two, both logits 0: the loss is log 2, both drawn or not.
    targets = Targets(torch.tensor([0]), torch.tensor([0]), torch.tensor([1.0]))
    zeros = torch.zeros(1, 3), torch.zeros(2, 3), torch.zeros(2)
    loss = sampled_softmax_loss(*zeros, targets, 2, 2, torch.float32)
    assert float(loss) == pytest.approx(0.693147, abs=1e-5)


def test_all_drawn_is_the_exact_softmax_and_its_gradients(case) -> None:
    latent, articles, bias, targets = case
    sides = []
    for of in (
        lambda z, w, b: sampled_softmax_loss(z, w, b, targets, N, 2, torch.float32),
        lambda z, w, b: softmax_loss(z, w, b, targets, 2, torch.float32),
    ):
        inputs = [x.clone().requires_grad_() for x in (latent, articles, bias)]
        loss = of(*inputs)
        loss.backward()
        sides.append([loss.detach(), *(x.grad for x in inputs)])
    for sampled, exact in zip(*sides, strict=True):
        torch.testing.assert_close(sampled, exact, rtol=1e-4, atol=1e-5)


def as_written(latent, articles, bias, targets, negatives):
    """The formula of the docstring over the same draw, for autograd."""
    drawn = torch.randperm(len(articles))[:negatives]
    logits, total = latent @ articles.T + bias, torch.zeros(())
    for row in range(len(latent)):
        own = targets.article[targets.row == row]
        others = drawn[~torch.isin(drawn, own)]
        scale = (len(articles) - len(own)) / max(1, len(others))
        z = logits[row, own].exp().sum() + scale * logits[row, others].exp().sum()
        total = total + (z.log() - logits[row, own]).sum() / max(1, len(own)) ** 0.5
    return total


@pytest.mark.parametrize("negatives", [1, 10, 25])
@pytest.mark.parametrize("block", [1, 2, 100])
def test_it_is_the_formula_and_so_are_its_gradients(case, negatives, block) -> None:
    latent, articles, bias, targets = case
    sides = []
    for of in (
        lambda *x: 2 * sampled_softmax_loss(*x, targets, negatives, block, torch.float32),
        lambda *x: 2 * as_written(*x, targets, negatives),
    ):
        inputs = [x.clone().requires_grad_() for x in (latent, articles, bias)]
        torch.manual_seed(5)
        loss = of(*inputs)
        sides.append([loss.detach(), *torch.autograd.grad(loss, inputs)])
    for blocks, plain in zip(*sides, strict=True):
        torch.testing.assert_close(blocks, plain, rtol=1e-4, atol=1e-5)


def test_where_only_own_articles_are_drawn_they_are_the_sum(case) -> None:
    latent, articles, bias, _ = case
    everything = torch.arange(N)
    targets = Targets(torch.zeros(N, dtype=torch.int64), everything, torch.tensor([float(N)]))
    loss = sampled_softmax_loss(latent[:1], articles, bias, targets, 10, 2, torch.float32)
    logits = latent[0] @ articles.T + bias
    assert float(loss) == pytest.approx(float((logits.logsumexp(0) - logits).sum() / N**0.5), rel=1e-5)


def test_bf16_products_stay_close(case) -> None:
    latent, articles, bias, targets = case
    losses = []
    for dtype in (torch.bfloat16, torch.float32):
        torch.manual_seed(6)
        losses.append(float(sampled_softmax_loss(latent, articles, bias, targets, 20, 2, dtype)))
    assert losses[0] == pytest.approx(losses[1], rel=0.02)


def test_its_partition_function_is_unbiased(case) -> None:
    latent, articles, bias, _ = case
    targets = Targets(torch.tensor([0]), torch.tensor([3]), torch.tensor([1.0]))
    logits = latent[:1] @ articles.T + bias
    draws = torch.stack(
        [
            (
                sampled_softmax_loss(latent[:1], articles, bias, targets, 10, 2, torch.float32) + logits[0, 3]
            ).exp()
            for _ in range(4000)
        ]
    )
    assert float(draws.mean() / logits.exp().sum()) == pytest.approx(1, abs=0.05)


def test_a_customer_without_articles_adds_nothing(case) -> None:
    latent, articles, bias, _ = case
    nothing = Targets(torch.zeros(0, dtype=torch.int64), torch.zeros(0, dtype=torch.int64), torch.zeros(3))
    loss = sampled_softmax_loss(latent, articles, bias, nothing, 10, 2, torch.float32)
    assert float(loss) == 0
