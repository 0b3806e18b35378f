"""The weights of the evidence: found again where they are known, unmoved where nothing speaks."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from traindy.cvae import mixing
from traindy.cvae.catalogue_facts import KNOTS
from traindy.cvae.evidence import gather
from traindy.cvae.later import Later
from traindy.cvae.mixing import HEAD, fit_for_lists, fit_weights
from traindy.cvae.mixing_blocks import Block
from traindy.cvae.net import CvaeNet, NetConfig
from traindy.cvae.weights import NET, weigh
from traindy.uph import UPH

N = 30


def planted(true, customers=4000):
    g = torch.Generator().manual_seed(0)
    evidence = torch.randn(len(true), customers, N, generator=g)
    offset = torch.randn(customers, N, generator=g)
    p = torch.softmax(offset + torch.einsum("k,kra->ra", torch.tensor(true), evidence), 1)
    article = torch.multinomial(p, 1, generator=g)[:, 0]
    return Block(offset, evidence, torch.arange(customers), article, torch.ones(customers))


def test_the_weights_that_made_the_purchases_are_found():
    block = planted([1.0, 0.0, -0.7])
    found = fit_weights(lambda: [block], torch.tensor([1.0, 0.0, 0.0]))
    assert found.tolist() == pytest.approx([1.0, 0.0, -0.7], abs=0.06)


def test_a_weight_that_may_not_move_stays_and_the_others_are_found_without_it():
    block, start = planted([1.0, 0.0, -0.7]), torch.tensor([1.0, 0.0, 0.5])
    found = fit_weights(lambda: [block], start, torch.tensor([True, True, False]))
    assert found[2] == 0.5
    moved = replace(block, offset=block.offset + 0.5 * block.evidence[2], evidence=block.evidence[:2])
    alone = fit_weights(lambda: [moved], start[:2])
    assert found[:2].tolist() == pytest.approx(alone.tolist(), abs=1e-3)


def test_few_customers_move_a_weight_little_and_many_as_far_as_they_bought():
    """Of those who all buy the first in the order of the evidence the weight alone would have no end."""
    evidence, first = torch.arange(N, 0, -1.0).expand(1, 1, N) / N, torch.zeros(1, dtype=torch.int64)

    def moved(weight):
        block = Block(torch.zeros(1, N), evidence, first, first, torch.tensor([weight]))
        return float(fit_weights(lambda: [block], torch.zeros(1)))

    assert 0 < moved(1.0) < 0.1
    assert moved(10_000.0) > 20


def test_who_has_bought_everything_changes_nothing():
    block, start = planted([0.5, 0.5], 100), torch.zeros(2)

    def with_one_more(offset):
        # Of as many rows both, for a sum of one more is rounded otherwise on some processors.
        return Block(
            torch.cat([block.offset, torch.full((1, N), offset)]),
            torch.cat([block.evidence, torch.ones(2, 1, N)], 1), block.row, block.article, block.weight,
        )  # fmt: skip

    everything, nothing = with_one_more(-torch.inf), with_one_more(0.0)
    for fit in (fit_weights, fit_for_lists):
        found = fit(lambda: [everything], start)
        assert torch.equal(found, fit(lambda: [nothing], start))
        torch.testing.assert_close(found, fit(lambda: [block], start), rtol=0, atol=1e-6)


def test_several_blocks_are_one():
    block, cut = planted([0.5, 0.5], 100), 40
    parts = [
        Block(block.offset[s], block.evidence[:, s], torch.arange(n), block.article[s], block.weight[s])
        for s, n in ((slice(0, cut), cut), (slice(cut, 100), 100 - cut))
    ]
    start = torch.zeros(2)
    assert fit_weights(lambda: parts, start).tolist() == pytest.approx(
        fit_weights(lambda: [block], start).tolist(), abs=1e-4
    )


@pytest.mark.parametrize("fit", [fit_weights, fit_for_lists])
def test_what_is_the_same_for_every_row_need_not_stand_in_every_row(fit):
    g, wide = torch.Generator().manual_seed(1), 3 * HEAD
    common, own = torch.randn(2, wide, generator=g), torch.randn(1, 400, wide, generator=g)
    evidence = torch.cat([common[:, None].expand(-1, 400, -1), own])
    whole = replace(planted([0.0] * 3, 400), offset=torch.randn(400, wide, generator=g), evidence=evidence)
    apart, start = replace(whole, evidence=own, common=common), torch.tensor([0.0, 1.0, 0.0])
    found = fit(lambda: [apart], start)
    assert found.tolist() == pytest.approx(fit(lambda: [whole], start).tolist(), abs=1e-3)
    assert (found - start).abs().max() > 0.1


def test_a_catalogue_of_no_more_than_the_head_is_fitted_as_a_whole():
    block, start = planted([1.0, 0.0, -0.7], 1000), torch.tensor([1.0, 0.0, 0.0])
    assert N <= HEAD
    found, whole = fit_for_lists(lambda: [block], start), fit_weights(lambda: [block], start)
    assert found.tolist() == pytest.approx(whole.tolist(), abs=1e-4)


def test_what_makes_the_long_tail_likely_does_not_count_in_lists():
    """One article of the head is bought by those of whom evidence 0 speaks well of it; many others are bought
    at random in the tail, where the evidence is noise."""
    g = torch.Generator().manual_seed(0)
    customers, tail = 2000, 400
    evidence = torch.randn(1, customers, HEAD + tail, generator=g)
    offset = torch.cat([torch.zeros(customers, HEAD), torch.full((customers, tail), -8.0)], 1)
    p = torch.softmax(offset[:, :HEAD] + evidence[0, :, :HEAD], 1)
    of_head = torch.multinomial(p, 1, generator=g)[:, 0]
    of_tail = torch.randint(HEAD, HEAD + tail, (customers,), generator=g)
    everybody = torch.arange(customers)
    block = Block(
        offset, evidence, torch.cat([everybody, everybody]), torch.cat([of_head, of_tail]),
        torch.ones(2 * customers),
    )  # fmt: skip
    start = torch.zeros(1)
    whole, lists = fit_weights(lambda: [block], start), fit_for_lists(lambda: [block], start)
    assert abs(float(lists) - 1) < 0.1 < abs(float(whole) - 1)


def test_what_speaks_for_the_few_bought_does_not_lift_the_many_that_are_not():
    """Every second customer buys one article that the evidence speaks for; it speaks for many below the first
    ones too, and nobody buys those. Fitted among the first alone they would fill the lists."""
    customers, tail = 500, 200
    evidence = torch.zeros(1, customers, HEAD + tail)
    evidence[0, :, 0] = evidence[0, :, HEAD:] = 1.0
    offset = torch.cat([torch.zeros(customers, HEAD), torch.full((customers, tail), -3.0)], 1)
    everybody = torch.arange(customers)
    # Every second one buys what is spoken for, the others any article of the first.
    article = torch.where(everybody % 2 == 0, 0, everybody % HEAD)
    block = Block(offset, evidence, everybody, article, torch.ones(customers))
    weight = float(fit_for_lists(lambda: [block], torch.zeros(1)))
    logits = block.offset[0] + weight * block.evidence[0, 0]
    assert logits.topk(20).indices.max() < HEAD


@pytest.mark.parametrize(("few", "weight"), [(-1.0, 3.0), (1000.0, -1.0)])
def test_where_rounds_do_not_settle_the_best_lists_count_and_else_the_last_weights(monkeypatch, few, weight):
    """Everybody buys article 0, of which alone the evidence speaks: well, if its weight is above zero."""
    customers = 50
    evidence = torch.zeros(1, customers, 2 * HEAD)
    evidence[0, :, 0] = 1.0
    nothing = torch.zeros(customers, dtype=torch.int64)
    block = Block(
        torch.zeros(customers, 2 * HEAD), evidence, torch.arange(customers), nothing, torch.ones(customers)
    )
    fitted = iter([-2.0, -1.0, 3.0, -3.0, -4.0])
    monkeypatch.setattr(mixing, "fit_weights", lambda *_: torch.tensor([next(fitted)], dtype=torch.float64))
    monkeypatch.setattr(mixing, "FEW", few)
    assert fit_for_lists(lambda: [block], torch.zeros(1)).tolist() == [weight]


def test_no_article_counts_twice_however_many_rounds_there_are():
    g = torch.Generator().manual_seed(0)
    evidence = torch.randn(2, 5, 300, generator=g)
    nobody = torch.zeros(0, dtype=torch.int64)
    block, head = Block(torch.zeros(5, 300), evidence, nobody, nobody, torch.zeros(0)), None
    added = 0
    for weight in (0.0, 0.2, 0.3, 0.2, 1.0):
        head = mixing._head(block, torch.tensor([1.0, weight]), head)
        added += head.added
        for articles, offset in zip(head.articles, head.block.offset, strict=True):
            once = articles[offset.isfinite()]
            assert len(once) == len(set(once.tolist())) == len(set(articles.tolist()))
        assert int(head.block.offset.isfinite().sum()) == added


def test_ndcg_of_lists_by_hand():
    """Two customers: one buys what stands second and what no list has, the other what stands first."""
    lists = torch.tensor([[3, 1], [2, 0]])
    row, article = torch.tensor([0, 0, 1]), torch.tensor([1, 0, 2])
    block = Block(torch.zeros(2, 4), torch.zeros(0, 2, 4), row, article, torch.tensor([0.5, 0.5, 1.0]))
    assert mixing._ndcg(block, lists) == pytest.approx(0.5 / np.log2(3) + 1.0)


def test_without_purchases_the_weights_stay():
    none = torch.zeros(0, dtype=torch.int64)
    block = Block(torch.zeros(0, N), torch.zeros(2, 0, N), none, none, torch.zeros(0))
    assert fit_weights(lambda: [block], torch.tensor([1.0, 0.0])).tolist() == [1.0, 0.0]


def customers_who_buy_again(again):
    rng = np.random.default_rng(0)
    bought = np.stack([rng.permutation(N)[:6] for _ in range(300)])
    history, truth = np.zeros((300, N), np.float32), np.zeros((300, N), np.float32)
    np.put_along_axis(history, bought[:, :4], 1, 1)
    np.put_along_axis(truth, bought[:, :2] if again else bought[:, 4:], 1, 1)
    m = csr_array(history)
    return UPH(m, np.full(m.nnz, 10, np.int32), np.ones(m.nnz, np.int32)), csr_array(truth)


@pytest.mark.parametrize("again", [True, False])
def test_repeats_weigh_what_customers_do(again):
    torch.manual_seed(0)
    net = CvaeNet(NetConfig(N, 0, 2, 8, 0.2, True), torch.zeros(N, 0, dtype=torch.int64), torch.zeros(N))
    history, truth = customers_who_buy_again(again)
    later = Later(history, np.arange(300) % 2, truth)
    weights, timeless = weigh(net, gather(history, N, 20, [7], {}), later, samples=4, seed=0)
    # All of these customers bought on the same day, and popularity is everybody's share: one sum for each.
    repeat = weights.any["bought"] + weights.any["bought_long_ago"] * np.log1p(20 - 10)
    repeat += weights.any["bought_popular"] * np.log(1 / N)
    assert repeat > 1 if again else repeat < -1
    aged = {f"age_{days}" for days in (0, *KNOTS)}
    assert "bought" not in weights.new and set(weights.cold) == {NET, "popular", "recent_7"} | aged
    for kind in (timeless.new, timeless.any, timeless.cold):
        assert not any(kind[name] for name in {"recent_7"} | aged) and kind[NET]
