"""The condition turned down: by hand, what stays as it is, and that it says nothing in the end."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from traindy.cvae.evidence import gather
from traindy.cvae.net import CvaeNet, NetConfig
from traindy.cvae.recommender import CvaeRecommender
from traindy.cvae.weights import first_weights
from traindy.recommend.neutral import neutralise
from traindy.uph import empty

N = 40
CONDITIONS = torch.tensor([[0, 2], [0, 3], [1, 3]])
"""Two clusters, and two levels of one attribute."""
CUSTOMERS = torch.tensor([3, 1, 4])


def make_net():
    torch.manual_seed(0)
    config = NetConfig(N, 0, 2, 4, 0.1, True, 2)
    net = CvaeNet(config, torch.zeros(N, 0).long(), torch.zeros(N), CONDITIONS)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.normal_()
    return net


def test_by_hand():
    net = make_net()
    before = net.encoder_condition.detach().clone()
    neutralise(net, 0.5, CUSTOMERS)
    cluster = (4 * before[0] + 4 * before[1]) / 8
    level = (3 * before[2] + 5 * before[3]) / 8
    expected = torch.stack(
        [(before[0] + cluster), (before[1] + cluster), before[2] + level, before[3] + level]
    )
    assert torch.allclose(net.encoder_condition, expected / 2, atol=1e-6)


@given(st.floats(0, 1))
def test_the_average_customer_is_served_as_before(neutrality):
    net, whom = make_net(), torch.arange(3)
    share = CUSTOMERS / CUSTOMERS.sum()
    before = share @ net.encoder_shift(whom)
    neutralise(net, neutrality, CUSTOMERS)
    assert torch.allclose(share @ net.encoder_shift(whom), before, atol=1e-5)


def test_what_no_condition_chooses_is_left_alone():
    net, untouched = make_net(), make_net()
    neutralise(net, 0.7, CUSTOMERS)
    for name in ("table", "bias", "posterior_slope"):
        assert torch.equal(getattr(net, name), getattr(untouched, name)), name
    neutralise(untouched, 0.0, CUSTOMERS)
    for name, values in make_net().state_dict().items():
        assert torch.equal(untouched.state_dict()[name], values), name


def test_at_1_everybody_without_a_history_gets_the_same_list():
    evidence = gather(empty(1, N), N, 100, [], {})
    lists = {}
    for neutrality in (0.0, 1.0):
        net = make_net()
        neutralise(net, neutrality, CUSTOMERS)
        model = CvaeRecommender(net, evidence, first_weights([]), samples=8, seed=0, block=None)
        lists[neutrality] = model.lists_without_history(10, np.arange(3))
    assert len(np.unique(lists[0.0], axis=0)) == 3
    assert len(np.unique(lists[1.0], axis=0)) == 1
