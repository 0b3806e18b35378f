"""Several nets as one: whatever it is asked, the answer is the mean of theirs."""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from traindy.cvae.ensemble import members_of, united
from traindy.cvae.net import CvaeNet, NetConfig
from traindy.cvae.smoothing import graph_of

N, D = 6, 4
CONDITIONS = torch.tensor([[0, 2, 4], [1, 3, 5], [1, 2, 5]])
BOUGHT, ROW, ASKED = torch.tensor([0, 5, 2]), torch.tensor([0, 0, 2]), torch.tensor([0, 1, 2])


def make_net(seed, cosine=True, graph=None):
    torch.manual_seed(seed)
    levels = torch.tensor([[0], [0], [1], [1], [2], [-1]])
    config = NetConfig(
        N, 3, 2, D, 0.1, cosine, n_customer_levels=4, smoothing=0.4 if graph is not None else 0.0
    )
    weights = torch.linspace(0.2, 1, N)
    net = CvaeNet(config, levels, torch.randn(N), CONDITIONS, graph=graph, purchase_weights=weights)
    for name, parameter in net.named_parameters():
        if name != "table":
            torch.nn.init.normal_(parameter, std=0.5)
    return net.requires_grad_(False)


@pytest.mark.parametrize(
    ("overrides", "customers", "members"),
    [
        ((), 943, 3),
        ((), 49_999, 3),
        ((), 50_000, 1),
        (("cvae.members=2",), 1_000_000, 2),
        (("cvae.members=1",), 9, 1),
    ],
)
def test_small_shops_have_three_nets_unless_they_are_told_otherwise(params, overrides, customers, members):
    assert members_of(params(*overrides).cvae, customers) == members


def logits(net):
    articles = net.articles()
    q = net.encode(articles, BOUGHT, ROW, ASKED)
    return q, net.decode(q.mean, ASKED) @ articles.T + net.bias


@pytest.mark.parametrize("smoothed", [False, True])
@pytest.mark.parametrize("cosine", [True, False])
def test_logits_are_the_mean_and_distributions_stand_side_by_side(cosine, smoothed):
    together = csr_array(np.random.default_rng(0).random((N, N), np.float32) * (1 - np.eye(N, dtype="f4")))
    nets = [make_net(seed, cosine, graph_of(together, 2) if smoothed else None) for seed in range(3)]
    whole = united(nets)
    (q, said), each = logits(whole), [logits(net) for net in nets]
    torch.testing.assert_close(said, torch.stack([x for _, x in each]).mean(0))
    torch.testing.assert_close(q.mean, torch.cat([x.mean for x, _ in each], 1))
    torch.testing.assert_close(q.log_std, torch.cat([x.log_std for x, _ in each], 1))
    torch.testing.assert_close(
        whole.kl(q, ASKED), sum(net.kl(x, ASKED) for net, (x, _) in zip(nets, each, strict=True))
    )


def test_the_prior_is_drawn_for_every_part():
    nets = [make_net(seed) for seed in range(2)]
    drawn = united(nets).sample_prior(torch.full((20_000,), 2))
    mean = torch.cat([net.prior_mean[1] + net.prior_condition[CONDITIONS[2]].sum(0) for net in nets])
    std = torch.cat([net.prior_log_std[1].exp() for net in nets])
    torch.testing.assert_close(drawn.mean(0), mean, atol=0.05, rtol=0)
    torch.testing.assert_close(drawn.std(0), std, atol=0.05, rtol=0.02)


def test_one_is_itself():
    net = make_net(0)
    assert united([net]) is net
