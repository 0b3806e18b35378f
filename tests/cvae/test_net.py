"""The net's distributions by hand, and what the model promises of its parts."""

import math

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from traindy.cvae.catalogue_facts import purchase_weights
from traindy.cvae.gaussian import Gaussian
from traindy.cvae.net import CvaeNet, NetConfig


def make_net(cosine=True, clusters=2):
    torch.manual_seed(0)
    config = NetConfig(6, 3, clusters, latent_dim=4, temperature=0.1, cosine=cosine)
    levels = torch.tensor([[0], [0], [1], [1], [2], [2]])
    return CvaeNet(config, levels, torch.zeros(6))


def test_an_embedding_is_its_own_part_and_its_attributes():
    net = make_net(cosine=False)
    composed = net.articles()
    torch.testing.assert_close(composed[3], net.table[3] + net.table[6 + 1])
    torch.testing.assert_close(make_net().articles().norm(dim=1), torch.ones(6))


def test_an_article_has_as_many_levels_as_it_has():
    config = NetConfig(3, 2, 1, latent_dim=4, temperature=0.1, cosine=False)
    net = CvaeNet(config, torch.tensor([[0, 1], [1, -1], [-1, -1]]), torch.zeros(3))
    whole, level = net.table[:3], net.table[3:]
    expected = torch.stack([whole[0] + level[0] + level[1], whole[1] + level[1], whole[2]])
    torch.testing.assert_close(net.articles(), expected)


def test_the_encoder_is_the_normalised_sum_of_what_was_bought():
    net = make_net()
    w = net.articles()
    q = net.encode(w, torch.tensor([0, 5, 2]), torch.tensor([0, 0, 2]), torch.tensor([0, 1, 1]))
    both = (w[0] + w[5]) / math.sqrt(2)
    torch.testing.assert_close(q.mean[0], both / both.norm())
    torch.testing.assert_close(q.mean[2], w[2])
    assert torch.isfinite(q.mean).all(), "an empty row is not NaN"


def test_a_purchase_weighs_less_the_more_popular_the_article_is():
    log_popularity = torch.tensor([0.5, 0.25, 0.25, 0.0]).clamp(min=1e-9).log()
    torch.testing.assert_close(purchase_weights(log_popularity, 1.0), torch.tensor([1 / 3, 1 / 2, 1 / 2, 1]))
    torch.testing.assert_close(purchase_weights(log_popularity, 0.5), torch.tensor([1 / 2, 2 / 3, 2 / 3, 1]))
    assert torch.equal(purchase_weights(log_popularity, 0.0), torch.ones(4)), "to the bit, or seeds change"


def test_the_encoder_weighs_what_was_bought():
    net = make_net(cosine=False)
    net.purchase_weights = torch.tensor([0.5, 1.0, 1.0, 1.0, 1.0, 0.25])
    with torch.no_grad():
        net.encoder_condition[1] += 0.3
    w = net.articles()
    q = net.encode(w, torch.tensor([0, 5, 2, 5]), torch.tensor([0, 0, 0, 1]), torch.tensor([0, 1]))
    three = (0.5 * w[0] + 0.25 * w[5] + w[2]) / math.sqrt(0.5**2 + 0.25**2 + 1)
    torch.testing.assert_close(q.mean[0], three)
    torch.testing.assert_close(q.mean[1], w[5] + 0.3, msg="beside the condition a single one weighs as ever")


def test_the_cluster_reaches_encoder_prior_and_decoder():
    net = make_net()
    with torch.no_grad():
        for condition in (net.encoder_condition, net.decoder_condition):
            condition[1] += 1.0
        net.prior_mean[1] += 1.0
    w, bought, row = net.articles(), torch.tensor([0, 0]), torch.tensor([0, 1])
    q = net.encode(w, bought, row, torch.tensor([0, 1]))
    assert not torch.allclose(q.mean[0], q.mean[1])
    z = torch.ones(2, 4)
    assert not torch.allclose(*net.decode(z, torch.tensor([0, 1])))
    same = Gaussian(torch.zeros(2, 4), torch.zeros(2, 4))
    kl = net.kl(same, torch.tensor([0, 1]))
    assert kl[0] != kl[1]


def test_what_a_condition_adds_has_a_normal_prior_of_an_embeddings_length():
    net = make_net()
    with torch.no_grad():
        net.encoder_condition[1] += 0.5
        net.prior_condition[0, 2] += 2.0
    unit = Normal(0.0, 1 / math.sqrt(4))
    tables = torch.cat([net.encoder_condition, net.decoder_condition, net.prior_condition])
    expected = unit.log_prob(torch.zeros(6, 4)).sum() - unit.log_prob(tables).sum()
    torch.testing.assert_close(net.condition_penalty(), expected)
    assert net.condition_penalty().item() == pytest.approx(0.5 * 4 * (4 * 0.25 + 4.0))


def test_kl_is_exact():
    net = make_net()
    q = Gaussian(torch.randn(2, 4), torch.randn(2, 4) * 0.1)
    cluster = torch.tensor([0, 1])
    prior = Normal(net.prior_mean[cluster], net.prior_log_std[cluster].exp())
    expected = kl_divergence(Normal(q.mean, q.log_std.exp()), prior).sum(1)
    torch.testing.assert_close(net.kl(q, cluster), expected)


def test_prior_samples_have_the_priors_moments():
    net = make_net()
    z = net.sample_prior(torch.zeros(20_000, dtype=torch.long))
    torch.testing.assert_close(z.mean(0), net.prior_mean[0].detach(), atol=0.02, rtol=0)
    torch.testing.assert_close(z.std(0), net.prior_log_std[0].exp().detach(), atol=0.02, rtol=0)


def test_everything_is_trained():
    """Every parameter gets a gradient from reconstruction and KL together."""
    net = make_net()
    cluster = torch.tensor([0, 1])
    w = net.articles()
    q = net.encode(w, torch.tensor([0, 3]), torch.tensor([0, 1]), cluster)
    logits = net.decode(q.sample() + net.sample_prior(cluster), cluster) @ w.T + net.bias
    (-logits.log_softmax(1)[:, 1].sum() + net.kl(q, cluster).sum()).backward()
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


# Two clusters; levels 2 and 3 of one attribute, 4 and 5 of another.
CONDITIONS = torch.tensor([[0, 2, 4], [1, 3, 5], [1, 2, 5]])


def net_of_attributes():
    torch.manual_seed(0)
    config = NetConfig(6, 0, 2, 4, temperature=0.5, cosine=False, n_customer_levels=4)
    net = CvaeNet(config, torch.zeros(6, 0, dtype=torch.int64), torch.zeros(6), CONDITIONS)
    for table in (net.encoder_condition, net.decoder_condition, net.prior_condition):
        torch.nn.init.normal_(table)
    torch.nn.init.normal_(net.posterior_log_std)
    torch.nn.init.normal_(net.prior_mean)
    return net.requires_grad_(False)


@pytest.mark.parametrize("condition", range(3))
def test_a_condition_is_the_sum_of_its_cluster_and_levels(condition):
    net, asked, parts = net_of_attributes(), torch.tensor([condition]), CONDITIONS[condition]
    cluster, none, bought = parts[0], torch.zeros(0, dtype=torch.int64), torch.tensor([3])
    alone = net.encode(net.articles(), none, none, asked)
    torch.testing.assert_close(alone.mean[0], net.encoder_condition[parts].sum(0))
    q = net.encode(net.articles(), bought, torch.tensor([0]), asked)
    torch.testing.assert_close(q.mean[0], net.table[3] + net.encoder_condition[parts].sum(0))
    torch.testing.assert_close(q.log_std[0], net.posterior_log_std[cluster])
    z = torch.ones(1, 4)
    torch.testing.assert_close(net.decode(z, asked)[0], (1 + net.decoder_condition[parts].sum(0)) / 0.5)
    mean = net.prior_mean[cluster] + net.prior_condition[parts].sum(0)
    prior = Normal(mean, net.prior_log_std[cluster].exp())
    expected = kl_divergence(Normal(q.mean[0], q.log_std[0].exp()), prior).sum()
    torch.testing.assert_close(net.kl(q, asked)[0], expected)
    drawn = net.sample_prior(asked.expand(20_000))
    torch.testing.assert_close(drawn.mean(0), mean, atol=0.02, rtol=0)


def test_a_combination_that_nobody_had_learns_from_those_who_have_its_parts():
    """Cluster 1, level 2 and level 5 are each somebody's, of two customers who are trained on."""
    net = net_of_attributes().requires_grad_(True)
    unseen, before = torch.tensor([2]), net_of_attributes()
    loss = net.decode(torch.zeros(2, 4), torch.tensor([0, 1])).sum()
    loss.backward()
    with torch.no_grad():
        net.decoder_condition -= 0.1 * net.decoder_condition.grad
    z = torch.zeros(1, 4)
    moved = net.decode(z, unseen) - before.decode(z, unseen)
    torch.testing.assert_close(moved, torch.full((1, 4), -3 * 0.1 / 0.5 / 0.5))


def test_of_nobody_the_prior_draws_nothing():
    assert net_of_attributes().sample_prior(torch.zeros(0, dtype=torch.int64)).shape == (0, 4)
