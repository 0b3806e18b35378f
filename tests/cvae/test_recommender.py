"""Ranking: exact, nothing unknown or bought, cold customers served, the same after save and load."""

import copy
import json

import numpy as np
import pyarrow as pa
import pytest
import torch
from safetensors.torch import load_file, save_file
from scipy.sparse import csr_array

from traindy.core.errors import UserError
from traindy.core.vocabulary import Articles
from traindy.cvae import neighbours, weights
from traindy.cvae.catalogue_facts import ages, days_recorded, log_popularity, recency_shift
from traindy.cvae.catalogue_levels import attribute_levels
from traindy.cvae.ensemble import united
from traindy.cvae.evidence import ALIKE, TOGETHER, gather
from traindy.cvae.evidence_store import save_evidence
from traindy.cvae.later import Later
from traindy.cvae.neighbours import alike, bought_together
from traindy.cvae.net import CvaeNet, NetConfig
from traindy.cvae.ranking import top_articles
from traindy.cvae.recommender import CvaeRecommender
from traindy.cvae.smoothing import graph_of
from traindy.cvae.store import WEIGHTS, load_recommender, save_recommender
from traindy.cvae.weights import NET, Weights, weigh
from traindy.uph import UPH

N_KNOWN, N_ALL = 6, 8


def make_uph(rows, articles=N_ALL, day=0):
    dense = np.zeros((len(rows), articles), np.float32)
    for i, bought in enumerate(rows):
        dense[i, list(bought)] = 1
    matrix = csr_array(dense)
    return UPH(matrix, np.full(matrix.nnz, day, np.int32), np.ones(matrix.nnz, np.int32))


@pytest.fixture
def articles():
    ids = pa.chunked_array([[f"0{i}" for i in range(N_ALL)]])
    return Articles(ids, pa.table({"colour": ["b", "a", None, "b", "c", "a", "z", "z"]}), 5, N_KNOWN)


@pytest.fixture
def recommender(articles):
    torch.manual_seed(0)
    levels = attribute_levels(articles, N_KNOWN, words=0)
    net = CvaeNet(NetConfig(N_KNOWN, levels.count, 2, 4, 0.1, True), levels.codes, torch.zeros(N_KNOWN))
    bought = make_uph([{0, 1}, {1, 2, 3}, {4, 5}, {0, 4}], day=90)
    paths = {TOGETHER: bought_together(bought, N_KNOWN, 3), ALIKE: alike(net.articles(), 2)}
    evidence = gather(bought, N_KNOWN, 100, [7, 30], paths)
    heavy = {NET: 0.5, "recent_30": 0.7, TOGETHER: 2.0, ALIKE: 0.3}
    weights = Weights(heavy, heavy | {"bought": 1.5, "bought_long_ago": -0.1}, {NET: 1.0, "age_0": -0.2})
    return CvaeRecommender(net, evidence, weights, samples=16, seed=0, block=2)


@pytest.fixture
def by_attributes(recommender):
    """Ragged levels of the articles; the conditions are two clusters times two levels."""
    torch.manual_seed(1)
    levels = torch.tensor([[0, 3], [0, -1], [1, 3], [-1, -1], [1, 2], [2, -1]])
    conditions = torch.tensor([[0, 2], [0, 3], [1, 2], [1, 3]])
    net = CvaeNet(NetConfig(N_KNOWN, 4, 2, 4, 0.1, True, 2), levels, torch.zeros(N_KNOWN), conditions)
    for table in (net.encoder_condition, net.decoder_condition, net.prior_condition):
        torch.nn.init.normal_(table)
    return CvaeRecommender(net, recommender.evidence, recommender.weights, samples=16, seed=0, block=2)


HISTORY = make_uph([{0}, {1, 2, 7}, set(), {6}, {0, 1, 2, 3, 4, 5}])
CLUSTERS = np.array([0, 1, 1, 0, 0])


def test_bought_and_unknown_articles_are_never_recommended(recommender):
    lists = recommender.rank(HISTORY, CLUSTERS, 8, exclude_bought=True)
    assert set(lists[0]) == {1, 2, 3, 4, 5, -1}
    assert set(lists[1]) == {0, 3, 4, 5, -1}
    assert set(lists[4]) == {-1}, "whoever has everything is recommended nothing"
    assert (recommender.rank(HISTORY, CLUSTERS, 6, exclude_bought=False) >= 0).all()


def test_without_a_usable_history_the_cluster_is_served(recommender):
    lists = recommender.rank(HISTORY, CLUSTERS, 6, exclude_bought=True)
    by_cluster = recommender.lists_without_history(6, np.arange(2))
    assert lists[2].tolist() == by_cluster[1].tolist()
    assert lists[3].tolist() == by_cluster[0].tolist(), "bought only what is not in the catalogue"


def test_customers_without_history_are_served_by_their_condition_alone(by_attributes):
    asked = np.array([2, 0, 2, 3, 1, 0])
    lists = by_attributes.lists_without_history(N_KNOWN, asked)
    assert lists.shape == (6, N_KNOWN) and (np.sort(lists) == np.arange(N_KNOWN)).all()
    assert lists[0].tolist() == lists[2].tolist() and lists[1].tolist() == lists[5].tolist()
    scores = by_attributes.best_without_history(N_KNOWN, asked).scores
    distinct = {condition: tuple(row) for condition, row in zip(asked.tolist(), scores.tolist(), strict=True)}
    assert len(set(distinct.values())) == 4, "clusters are equal in pairs, and so are the levels"
    nobody = make_uph([set()] * 6)
    assert np.array_equal(by_attributes.rank(nobody, asked, N_KNOWN, exclude_bought=True), lists)
    longer = by_attributes.lists_without_history(N_KNOWN + 2, asked)
    assert (longer[:, :N_KNOWN] == lists).all() and (longer[:, N_KNOWN:] == -1).all()


def test_the_blocks_rank_as_one_dense_product_does():
    g = torch.Generator().manual_seed(1)
    latent, w, bias = (torch.randn(s, generator=g) for s in ((7, 3), (40, 3), (40,)))
    expected = (latent @ w.T + bias).argsort(1, descending=True)[:, :5]
    for block in (1, 3, 100):
        assert (top_articles(latent, w, bias, 5, block).articles == expected.numpy()).all()


def test_samples_of_a_cluster_are_distributions_that_differ(recommender):
    rows = recommender.sample_rows(1)
    assert rows.shape == (16, N_KNOWN)
    torch.testing.assert_close(rows.sum(1), torch.ones(16))
    assert rows.std(0).max() > 0
    assert torch.equal(rows, recommender.sample_rows(1)), "the same seed draws the same"


def test_what_was_bought_is_recommended_again_only_where_the_evidence_says_so(recommender):
    recommender.weights.any["bought"] = 100.0
    lists = recommender.rank(HISTORY, CLUSTERS, 6, exclude_bought=False)
    assert lists[0][0] == 0 and set(lists[1][:2]) == {1, 2}


@pytest.mark.parametrize("exclude", [True, False])
def test_it_scores_by_the_mixture_that_its_weights_are_fitted_to(recommender, exclude, monkeypatch):
    fits = []

    def fit(blocks, start, *_):
        found = torch.linspace(0.3, 1.7, len(start))
        fits.append([block.logits(found) for block in blocks()])
        return found

    monkeypatch.setattr(weights, "fit_for_lists", fit)
    bought = csr_array(HISTORY.matrix[:, :N_KNOWN])
    later = Later(HISTORY, CLUSTERS, HISTORY.matrix)
    recommender.weights, _ = weigh(recommender.net, recommender.evidence, later, 4, 0)
    lists = recommender.best(HISTORY, CLUSTERS, 2, exclude)
    warm = np.diff(bought.indptr) > 0
    expected = torch.cat(fits[0 if exclude else len(fits) // 2])
    found, scores = (torch.from_numpy(part[warm]) for part in (lists.articles, lists.scores))
    asked = expected.gather(1, found.clamp(min=0).long())
    assert (found >= 0).sum() >= 4
    torch.testing.assert_close(scores, asked.where(found >= 0, -torch.inf), atol=1e-3, rtol=1e-3)


def test_saved_and_loaded_it_ranks_the_same(recommender, articles, tmp_path):
    save_recommender(tmp_path / "model", recommender, articles)
    loaded = load_recommender(tmp_path / "model", articles)
    for exclude in (True, False):
        expected = recommender.rank(HISTORY, CLUSTERS, 6, exclude)
        assert np.array_equal(loaded.rank(HISTORY, CLUSTERS, 6, exclude), expected)


def test_conditions_and_ragged_levels_are_saved_and_loaded(by_attributes, articles, tmp_path):
    save_recommender(tmp_path / "model", by_attributes, articles)
    loaded = load_recommender(tmp_path / "model", articles)
    assert torch.equal(loaded.net.articles(), by_attributes.net.articles())
    conditions = np.array([0, 1, 2, 3, 3])
    for exclude in (True, False):
        expected = by_attributes.rank(HISTORY, conditions, 6, exclude)
        assert np.array_equal(loaded.rank(HISTORY, conditions, 6, exclude), expected)


def test_other_articles_are_refused(recommender, articles, tmp_path):
    save_recommender(tmp_path / "model", recommender, articles)
    swapped = Articles(pa.chunked_array([articles.ids.to_pylist()[::-1]]), articles.attributes, 5, N_KNOWN)
    with pytest.raises(UserError, match="other articles"):
        load_recommender(tmp_path / "model", swapped)


@pytest.mark.parametrize("damage", ["truncate", "swap", "remove"])
def test_a_damaged_model_is_refused(recommender, articles, tmp_path, damage):
    folder = tmp_path / "model"
    save_recommender(folder, recommender, articles)
    weights, config = folder / "model.safetensors", folder / "model.json"
    if damage == "truncate":
        weights.write_bytes(weights.read_bytes()[:-9])
    elif damage == "swap":
        content = json.loads(config.read_text())
        content["net"]["latent_dim"] = 8
        config.write_text(json.dumps(content))
    else:
        weights.unlink()
    with pytest.raises(UserError, match="run `dvc repro train_cvae`"):
        load_recommender(folder, articles)


def test_popularity_and_its_shift_to_what_sells_now():
    old, new = make_uph([{0, 1}, {0}], 2, day=0), make_uph([{1}, {1}], 2, day=100)
    uph = UPH(
        csr_array(np.array([[1, 1], [1, 0], [0, 1], [0, 1]], np.float32)),
        np.concatenate([old.day, new.day]), np.ones(5, np.int32),
    )  # fmt: skip
    share = log_popularity(uph, 2).exp()
    assert share.tolist() == pytest.approx([2.5 / 6, 3.5 / 6])
    shift = recency_shift(uph, 2, cut=101, days=30)
    assert shift[0] == pytest.approx(np.log(0.05), rel=1e-5) and shift[1] > 0
    beyond = ages(uph, 2, cut=101)
    assert beyond[0].tolist() == pytest.approx([np.log(102), np.log(102)])
    assert beyond[90].tolist() == pytest.approx([np.log(102 / 91)] * 2, rel=1e-4)
    assert ages(uph, 2, cut=901)[0].tolist() == pytest.approx([np.log(201)] * 2), "old is old"


def test_nothing_is_older_than_what_the_weights_were_fitted_to():
    rows = csr_array(np.eye(2, dtype=np.float32))
    uph = UPH(rows, np.array([10, 90], np.int32), np.ones(2, np.int32))
    assert days_recorded(uph, 100) == 90
    assert ages(uph, 2, cut=100)[0].tolist() == pytest.approx([np.log(91), np.log(11)])
    assert ages(uph, 2, cut=100, oldest=45)[0].tolist() == pytest.approx([np.log(46), np.log(11)])


def test_a_draw_is_the_same_whatever_is_drawn_beside_it(recommender):
    recommender.net.posterior_log_std.data.fill_(0.0)
    recommender.net.prior_log_std.data.fill_(0.0)
    seeds = [7, None, 7, 8, 7]
    together = recommender.best(HISTORY, CLUSTERS, 6, exclude_bought=False, draws=seeds)
    for row, seed in enumerate(seeds):
        alone = recommender.best(
            HISTORY.rows(np.array([row])), CLUSTERS[row : row + 1], 6, exclude_bought=False, draws=[seed]
        )
        assert alone.articles[0].tolist() == together.articles[row].tolist()
        np.testing.assert_allclose(alone.scores[0], together.scores[row], rtol=1e-5)
    mean = recommender.best(HISTORY, CLUSTERS, 6, exclude_bought=False)
    assert together.scores[1] == pytest.approx(mean.scores[1])
    for row in (0, 2):
        assert together.scores[row] != pytest.approx(mean.scores[row], abs=1e-3)


def test_frozen_it_ranks_the_same(recommender):
    expected = recommender.rank(HISTORY, CLUSTERS, 6, exclude_bought=True)
    recommender.freeze()
    assert np.array_equal(recommender.rank(HISTORY, CLUSTERS, 6, exclude_bought=True), expected)


def test_evidence_of_another_model_is_refused(recommender, articles, tmp_path):
    save_recommender(tmp_path / "model", recommender, articles)
    fewer = gather(make_uph([{0, 1}], day=90), N_KNOWN - 1, 100, [], {})
    save_evidence(tmp_path / "model", fewer)
    with pytest.raises(UserError, match="evidence does not fit"):
        load_recommender(tmp_path / "model", articles)


def test_several_nets_as_one_are_the_same_after_save_and_load(by_attributes, articles, tmp_path):
    other = copy.deepcopy(by_attributes.net)
    torch.nn.init.normal_(other.table)
    by_attributes.net = united([by_attributes.net, other])
    save_recommender(tmp_path / "model", by_attributes, articles)
    loaded = load_recommender(tmp_path / "model", articles)
    assert loaded.net.config.members == 2
    lists = [each.best(HISTORY, CLUSTERS, 5, exclude_bought=True) for each in (loaded, by_attributes)]
    assert np.array_equal(lists[0].articles, lists[1].articles)
    assert np.array_equal(lists[0].scores, lists[1].scores)


def test_a_smoothed_net_is_the_same_after_save_and_load(recommender, articles, tmp_path):
    torch.manual_seed(0)
    graph = graph_of(recommender.evidence.paths[TOGETHER].matrix, 2)
    config = NetConfig(N_KNOWN, 4, 2, 4, 0.1, True, smoothing=0.4)
    net = CvaeNet(config, recommender.net.levels, torch.zeros(N_KNOWN), graph=graph)
    net.purchase_weights = torch.linspace(0.5, 1, N_KNOWN)
    recommender.net = net
    save_recommender(tmp_path / "model", recommender, articles)
    loaded = load_recommender(tmp_path / "model", articles)
    assert torch.equal(loaded.articles(), recommender.articles())
    assert torch.equal(loaded.net.purchase_weights, net.purchase_weights)
    recommender.net.smoothing = None
    assert not torch.allclose(loaded.articles(), recommender.articles())
    loaded.freeze()
    again = load_recommender(tmp_path / "model", articles)
    lists = [each.rank(HISTORY, CLUSTERS, 5, exclude_bought=True) for each in (loaded, again)]
    assert np.array_equal(*lists)
    file = tmp_path / "model" / WEIGHTS
    save_file({name: each for name, each in load_file(file).items() if name != "graph.indptr"}, file)
    with pytest.raises(UserError, match="not a trained model"):
        load_recommender(tmp_path / "model", articles)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU that torch can see")
@pytest.mark.parametrize("exclude", [True, False], ids=["new", "any"])
@pytest.mark.parametrize("share", [0, 1], ids=["dense", "sparse"])
def test_a_gpu_ranks_as_the_processor_does(recommender, exclude, share, monkeypatch):
    monkeypatch.setattr(neighbours, "DENSE", share)
    here = recommender.best(HISTORY, CLUSTERS, N_KNOWN, exclude)
    recommender.net.to("cuda")
    there = recommender.best(HISTORY, CLUSTERS, N_KNOWN, exclude)
    with_history = np.array([0, 1, 4])  # the others are served from draws, which differ
    assert np.array_equal(here.articles[with_history], there.articles[with_history])
    assert there.scores[with_history] == pytest.approx(here.scores[with_history], abs=1e-4)
    assert (there.articles[[2, 3]] >= 0).any(1).all()
