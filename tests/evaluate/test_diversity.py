"""How much lists differ, by hand, and of models whose prior is known."""

import numpy as np
import pytest
import torch

from traindy.cvae.evidence import gather
from traindy.cvae.net import CvaeNet, NetConfig
from traindy.cvae.recommender import CvaeRecommender
from traindy.cvae.weights import first_weights
from traindy.evaluate.diversity import diversity, overlap
from traindy.uph import empty


def test_overlap_by_hand():
    assert overlap(np.array([[0, 1], [1, 0]])) == 1
    assert overlap(np.array([[0, 1], [2, 3]])) == 0
    assert overlap(np.array([[0, 1], [1, 2], [3, 4]])) == pytest.approx((1 / 3 + 0 + 0) / 3)
    assert overlap(np.array([[0, 1]])) == 1, "a single list"


EACH = np.arange(2)


def model(spread, samples=12, articles=60, conditions=None, customer_levels=0):
    torch.manual_seed(0)
    nothing = torch.zeros(articles, 0, dtype=torch.long)
    config = NetConfig(articles, 0, 2, 8, 0.1, True, customer_levels)
    net = CvaeNet(config, nothing, torch.zeros(articles), conditions)
    with torch.no_grad():
        net.prior_log_std.copy_(torch.tensor(spread).log()[:, None].expand_as(net.prior_log_std))
    evidence = gather(empty(1, articles), articles, 100, [], {})
    return CvaeRecommender(net, evidence, first_weights([]), samples, seed=0, block=16)


def test_a_prior_with_spread_draws_lists_that_differ_and_a_point_draws_one():
    report = diversity(model([1.0, 1e-9]), EACH)
    assert (report["samples"], report["length"]) == (12, 20)
    wide, point = report["clusters"]["0"], report["clusters"]["1"]
    assert point == {"union": 20, "overlap": 1.0}
    assert 20 < wide["union"] <= 60 and wide["overlap"] < 0.6
    assert 20 / 60 <= report["coverage_served"] <= 40 / 60 and report["coverage"] >= wide["union"] / 60 - 1e-5


def test_the_most_frequent_condition_of_a_cluster_stands_for_it():
    """Cluster 0 with level 2 or 3, cluster 1 with level 2; most customers of cluster 0 have level 3."""
    several = model([1.0, 1.0], conditions=torch.tensor([[0, 2], [0, 3], [1, 2]]), customer_levels=2)
    torch.nn.init.normal_(several.net.decoder_condition)
    in_lists = [len(several.sample_rows(condition).topk(20).indices.unique()) for condition in range(3)]
    assert in_lists[0] != in_lists[1]
    report = diversity(several, np.array([1, 0, 1, 2, 1]))
    unions = {cluster: lists["union"] for cluster, lists in report["clusters"].items()}
    assert unions == {"0": in_lists[1], "1": in_lists[2]}


def test_a_catalogue_shorter_than_the_list_is_listed_whole():
    report = diversity(model([1.0, 1.0], articles=7), EACH)
    assert report["length"] == 7 and report["coverage"] == 1
    assert report["clusters"]["0"] == {"union": 7, "overlap": 1.0}
