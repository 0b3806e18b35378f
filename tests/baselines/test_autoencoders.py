"""The published autoencoders: their parts by hand, and what they learn of a shop with two tastes."""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from traindy.baselines.autoencoder import BagLinear, bags, log_likelihood, shuffled
from traindy.baselines.mult_vae import MultVae, Net
from traindy.baselines.rec_vae import Encoder, RecVae, composite_prior, log_normal
from traindy.uph import UPH

N, N_ALL = 6, 8
MODELS = [MultVae, RecVae]
DENSE = np.array([[1, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0], [1, 1, 1, 1]], np.float32)


def uph(dense):
    matrix = csr_array(np.asarray(dense, np.float32))
    return UPH(matrix, np.zeros(matrix.nnz, np.int32), np.ones(matrix.nnz, np.int32))


@pytest.fixture(scope="module")
def shop():
    """Two of the articles 0, 1, 2 for one half, two of 3, 4, 5 for the other; article 6 is not known yet."""
    random, dense = np.random.default_rng(0), np.zeros((80, N_ALL))
    for customer in range(80):
        dense[customer, 3 * (customer % 2) + random.choice(3, 2, replace=False)] = 1
    dense[::9, 6], dense[79] = 1, 0
    return uph(dense)


def fit(model, shop, params, epochs=40):
    settings = params(
        f"baselines.mult_vae_epochs={epochs}",
        f"baselines.rec_vae_epochs={epochs}",
        "baselines.mult_vae_learning_rate=0.01",
    ).baselines
    return model(shop, np.arange(N), N, settings)


def test_gathered_rows_are_what_a_dense_layer_makes_of_normalised_ones():
    layer = BagLinear(4, 3)
    length = np.maximum(np.sqrt(DENSE.sum(1, keepdims=True)), 1)
    expected = torch.from_numpy(DENSE / length) @ layer.weight + layer.bias
    assert torch.allclose(layer(bags(csr_array(DENSE)), 0.0), expected, atol=1e-6)


def test_the_likelihood_by_hand():
    logits = torch.log(torch.tensor([[1.0, 2, 3, 4]] * 4))
    by_hand = [np.log(0.1 * 0.2), np.log(0.4), 0, np.log(0.1 * 0.2 * 0.3 * 0.4)]
    assert log_likelihood(logits, bags(csr_array(DENSE))).tolist() == pytest.approx(by_hand)


def test_a_pass_sees_every_row_once(monkeypatch):
    monkeypatch.setattr("traindy.baselines.autoencoder.BATCH", 3)
    passed = list(shuffled(csr_array(np.eye(7, dtype=np.float32))))
    assert [len(rows.size) for rows in passed] == [3, 3, 1]
    assert sorted(torch.cat([rows.article for rows in passed]).tolist()) == list(range(7))


def test_the_normal_and_the_composite_prior_by_hand():
    none = torch.zeros(1, 1)
    assert log_normal(none + 2, none + 1, none + np.log(4.0)).item() == pytest.approx(
        np.log(np.exp(-1 / 8) / np.sqrt(8 * np.pi))
    )
    old = 1 / np.sqrt(2 * np.pi) * np.exp(-0.5 * 3**2)
    wide = 1 / np.sqrt(2 * np.pi * np.exp(10))
    expected = 0.15 / np.sqrt(2 * np.pi) + 0.75 * old + 0.1 * wide
    assert composite_prior(none, none + 3, none).item() == pytest.approx(np.log(expected))


def test_they_are_as_large_as_published():
    sizes = [sum(weight.numel() for weight in net.parameters()) for net in (Net(1000), Encoder(1000))]
    mult_vae = (1000 * 600 + 600) + (600 * 400 + 400) + (200 * 600 + 600) + (600 * 1000 + 1000)
    rec_vae = (1000 * 600 + 600) + 4 * (600 * 600 + 600) + 5 * 2 * 600 + 2 * (600 * 200 + 200)
    assert sizes == [mult_vae, rec_vae]


def test_the_kl_term_is_zero_where_the_posterior_is_the_prior():
    net = Net(4)
    torch.nn.init.zeros_(net.posterior.weight)
    torch.nn.init.zeros_(net.posterior.bias)
    assert net(bags(csr_array(DENSE)))[1].tolist() == [0] * 4
    net.posterior.bias.data[:200] = 0.5  # the means: |mean|^2 / 2
    assert net(bags(csr_array(DENSE)))[1].tolist() == pytest.approx([200 * 0.25 / 2] * 4)


@pytest.mark.parametrize("model", MODELS)
def test_two_tastes_are_told_apart(model, shop, params):
    lists = fit(model, shop, params).rank(uph(np.eye(N_ALL)[[0, 5, 7]]), np.zeros(3, int), 3, True)
    assert set(lists[0, :2]) == {1, 2} and set(lists[1, :2]) == {3, 4}
    assert lists[2].tolist() == [0, 1, 2], "without a known article what is popular"


@pytest.mark.parametrize("model", MODELS)
def test_the_seed_alone_decides_and_the_callers_generator_stays(model, shop, params):
    torch.manual_seed(7)
    before = torch.get_rng_state()
    first = fit(model, shop, params, epochs=2).scores(shop)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(8)
    assert first.tobytes() == fit(model, shop, params, epochs=2).scores(shop).tobytes()
    assert first.shape == (80, N) and np.isfinite(first).all()
