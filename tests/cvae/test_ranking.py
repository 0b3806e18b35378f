"""Candidates in bfloat16, lists as in float32."""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array, random_array

from traindy.cvae import ranking
from traindy.cvae.ranking import top_articles

N, D, ROWS, K = 3001, 16, 50, 20


def dense(latent, articles, bias, bought=None, beside=None):
    scores = latent @ articles.T + bias
    if beside is not None:
        scores += beside
    if bought is not None:
        scores[torch.from_numpy(bought.toarray() > 0)] = -torch.inf
    return scores


@pytest.fixture
def case():
    g = torch.Generator().manual_seed(3)
    latent, articles, bias = (torch.randn(s, generator=g) for s in ((ROWS, D), (N, D), (N,)))
    random = np.random.default_rng(0)
    bought = csr_array(random_array((ROWS, N), density=0.01, rng=random, dtype=np.float32))
    beside = 4 * torch.from_numpy(
        random_array((ROWS, N), density=0.05, rng=random, dtype=np.float32).toarray()
    )
    return latent, articles, bias, bought, beside


@pytest.fixture(params=[True, False], ids=["bf16 candidates", "float32"])
def quick(request, monkeypatch):
    monkeypatch.setattr(ranking, "has_bf16", lambda _: request.param)
    monkeypatch.setattr(ranking, "WORTH_IT", N // ranking.CANDIDATES)
    return request.param


@pytest.mark.parametrize("block", [7, 64])
def test_lists_are_those_of_one_dense_product(case, quick, block):
    latent, articles, bias, bought, beside = case
    lists = top_articles(latent, articles, bias, K, block, bought, lambda some, to: to.add_(beside[some]))
    scores = dense(latent, articles, bias, bought, beside)
    named = torch.from_numpy(lists.articles).long()
    expected = scores.topk(K, 1)
    # Equal scores may change places: what counts is the score of each place.
    torch.testing.assert_close(scores.gather(1, named), expected.values, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(torch.from_numpy(lists.scores), expected.values, rtol=1e-5, atol=1e-5)
    rising = np.sort(lists.articles, 1)
    assert (rising[:, 1:] != rising[:, :-1]).all()


def test_scores_nearer_than_the_rounding_are_still_told_apart(quick):
    # All articles lie within what bfloat16 rounds away; the candidates cannot be trusted.
    latent, bias = torch.ones(3, D), torch.zeros(N)
    articles = torch.full((N, D), 1.0) + torch.linspace(0, 1e-3, N)[torch.randperm(N)][:, None]
    lists = top_articles(latent, articles, bias, K, 2).articles
    assert set(lists[0].tolist()) == set(articles[:, 0].topk(K).indices.tolist())


def test_a_list_ends_where_nothing_is_left(quick):
    latent, articles, bias = torch.randn(2, D), torch.randn(N, D), torch.zeros(N)
    everything_but_three = np.ones((2, N), np.float32)
    everything_but_three[:, [5, 17, 900]] = 0
    lists = top_articles(latent, articles, bias, K, 2, csr_array(everything_but_three)).articles
    assert set(lists[0].tolist()) == {5, 17, 900, -1} and (lists[:, 3:] == -1).all()


def test_what_is_not_on_sale_is_not_listed(case, quick):
    latent, articles, bias, *_ = case
    off = torch.arange(N) % 2 == 0
    closed = bias.masked_fill(off, -torch.inf)
    lists = top_articles(latent, articles, closed, K, 16).articles
    assert (lists % 2 == 1).all()
    expected = (latent @ articles.T + closed).topk(K, 1).indices.sort(1).values
    assert torch.equal(torch.from_numpy(lists).long().sort(1).values, expected)
