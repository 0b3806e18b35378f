"""Somebody without an id: what is said becomes a condition, what was bought a history and a reason."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
import torch
from desks import METADATA, PROFILES, N, make_desk

from traindy import cli
from traindy.core.errors import UserError
from traindy.cvae import recommender
from traindy.cvae.ensemble import united
from traindy.cvae.net import CvaeNet, NetConfig
from traindy.cvae.recommender import CvaeRecommender
from traindy.recommend import desk as desk_module
from traindy.recommend.attributes import Attributes, RefusedError
from traindy.recommend.desk import Desk, fits
from traindy.recommend.explain import _from_net
from traindy.recommend.similar import similar


def test_numbers_become_bands_and_silence_is_missing():
    desk = make_desk()
    assert desk.condition({"age": "25", "club": "ACTIVE"}) == 0
    assert desk.condition({"age": "30+"}) == desk.condition({"age": "44"}) == 1
    assert desk.condition({}) == 3


def test_a_combination_that_nobody_has_gets_a_condition_of_its_own():
    desk = make_desk()
    new = desk.condition({"age": "44", "club": "ACTIVE"})
    assert new == 4 and desk.condition({"age": "31", "club": "ACTIVE"}) == new
    # The cluster whose mode differs least, the first of equals; the level 30+ and the level ACTIVE.
    same_as = desk.model.net.conditions
    assert same_as[new].tolist() == [0, same_as[1, 1].item(), same_as[0, 2].item()]
    assert len(desk.recommend({"age": "44", "club": "ACTIVE"}, [], 3)) == 3


def test_beyond_so_many_added_combinations_the_cluster_speaks(monkeypatch):
    monkeypatch.setattr(desk_module, "ADDED", 1)
    desk = make_desk()
    assert desk.condition({"age": "44", "club": "ACTIVE"}) == 4
    assert desk.condition({"age": "<20"}) == 1, "nobody has that; 30+ is the mode of the cluster"
    assert len(desk.model.net.conditions) == 5
    assert desk.condition({"age": "44", "club": "ACTIVE"}) == 4


def test_lists_are_kept_for_so_many_conditions_alone(monkeypatch):
    monkeypatch.setattr(recommender, "MOST_KEPT", 2)
    model = make_desk().model
    asked = [model.lists_without_history(3, np.array([c])) for c in (0, 1, 2, 0)]
    assert len(model._lists._values) == 2
    assert np.array_equal(asked[0], asked[3])


@pytest.mark.parametrize("number", ["2_8", "٢٨", "1e1", "inf", "0x1c", "2 8"])
def test_what_only_python_takes_for_a_number_is_none(number):
    with pytest.raises(RefusedError, match="must be a number, or one of"):
        make_desk().condition({"age": number})


def test_of_a_model_of_clusters_the_cluster_is_the_condition():
    desk = make_desk("cluster")
    assert desk.condition({"age": "25"}) == 0 and desk.condition({"age": "60"}) == 1


def test_what_was_bought_is_left_out_and_named_as_the_reason():
    desk = make_desk()
    found = desk.recommend({}, ["000"], 5)
    assert {each.article for each in found} == {1, 2, 3, 4, 5}
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    reasons = {each.article: each.because for each in found}
    assert [because.article for because in reasons[1]] == [0], "bought together with it"
    assert not desk.recommend({}, [], 5)[0].because


@pytest.mark.parametrize("weight", [1.0, 0.3], ids=["alike", "discounted"])
def test_the_reasons_add_up_to_what_the_history_adds(weight):
    """Two articles bought: the score is what they add, what the condition adds, and the biases."""
    desk = make_desk()
    model, net = desk.model, desk.model.net
    net.purchase_weights[0] = weight
    place = desk.condition({})
    [found] = [each for each in desk.recommend({}, ["000", "003"], 4, reasons=9) if each.article == 1]
    w, which = model.articles(), torch.tensor([place])
    u, v = net.encoder_shift(which)[0], net.decode(torch.zeros(1, 4), which)[0] * net.config.temperature
    length = ((weight * w[0] + w[3]) / (weight**2 + 1) ** 0.5 + u).norm()
    rest = 0.7 * ((u / length + v) @ w[1] / net.config.temperature) + net.bias[1]
    weights = model.weights.new
    rest += sum(weights.get(name, 0.0) * values[1] for name, values in model.evidence.articles.items())
    in_all = sum(each.adds for each in found.because)
    negative = found.score - float(rest.detach()) - in_all
    assert negative <= 1e-4, "what adds nothing is not named"
    if len(found.because) == 2:
        assert negative == pytest.approx(0, abs=1e-4)


@torch.no_grad()
def test_of_several_nets_as_one_an_article_adds_the_mean_of_what_it_adds_to_each():
    nets = []
    for seed in range(2):
        torch.manual_seed(seed)
        nets.append(CvaeNet(NetConfig(6, 0, 2, 4, 0.1, True), torch.zeros(6, 0).long(), torch.zeros(6)))
        torch.nn.init.normal_(nets[-1].encoder_condition)
    model, added = make_desk("cluster").model, []
    for net in (*nets, united(nets)):
        each = CvaeRecommender(net, model.evidence, model.weights, 8, 0, 16)
        added.append(_from_net(each, np.array([0, 3]), 1, [1, 2, 4]))
    assert added[2] == pytest.approx((added[0] + added[1]) / 2, abs=1e-5)
    assert added[0] != pytest.approx(added[1], abs=0.1)


def test_similar_articles_are_the_nearest_by_cosine():
    articles = make_desk().model.articles().detach()
    unit = torch.nn.functional.normalize(articles, dim=1)
    expected = (unit @ unit[2]).argsort(descending=True)[1:4]
    nearest, cosine = similar(articles, 2, 3)
    assert nearest.tolist() == expected.tolist() and (np.diff(cosine) <= 0).all()


@pytest.mark.parametrize(
    ("said", "bought", "words"),
    [
        ({"age": "old"}, [], r"age=old: must be a number, or one of 20-29"),
        ({"club": "gold"}, [], r"club=gold: must be one of ACTIVE, missing"),
        ({"shoe": "44"}, [], r"attributes=shoe: no such attribute; there are age, club"),
        ({}, ["999"], r"bought=999: not in the catalogue"),
        ({}, ["006"], r"bought=006: not in the catalogue that the model knows"),
    ],
)
def test_what_cannot_be_is_named(said, bought, words):
    with pytest.raises(UserError, match=words):
        make_desk().recommend(said, bought, 3)


def test_the_command_line(monkeypatch, capsys):
    monkeypatch.setattr(Desk, "open", classmethod(lambda cls, paths: make_desk()))
    cli.main(["recommend", "age=25", "--bought", "000", "-k", "2"])
    cli.main(["similar", "003", "-k", "2"])
    cli.main(["segments"])
    out = capsys.readouterr().out
    assert "because" in out and "cosine" in out and "20-29" in out and "shirt" in out
    for wrong in (["similar", "999"], ["recommend", "age"], ["recommend", "-k", "0"]):
        with pytest.raises(SystemExit, match=r"^error: "):
            cli.main(wrong)


def test_brackets_in_a_shops_words_are_no_markup(monkeypatch, capsys):
    desk = make_desk()
    names = pa.array([f"socks [/{i} pack] [slim] fit" for i in range(N + 1)])
    column = desk.articles.attributes.column_names.index("prod_name")
    attributes = desk.articles.attributes.set_column(column, "prod_name", names)
    desk.articles = replace(desk.articles, attributes=attributes)
    monkeypatch.setattr(Desk, "open", classmethod(lambda cls, paths: desk))
    monkeypatch.setenv("COLUMNS", "200")
    for command in (["recommend", "-k", "2"], ["similar", "003", "-k", "2"], ["segments"]):
        cli.main(command)
        assert "pack] [slim] fit" in " ".join(capsys.readouterr().out.split())


def test_several_are_answered_as_each_alone():
    desk = make_desk()
    asked = [({}, ["000"], None), ({"age": "25"}, [], None), ({}, ["003", "001"], 4), ({}, [], 4)]
    together = desk.recommend_all([desk.shopper(*each) for each in asked], 4)
    for (said, bought, draw), found in zip(asked, together, strict=True):
        alone = desk.recommend(said, bought, 4, draw)
        assert [each.article for each in found] == [each.article for each in alone]
        assert [each.score for each in found] == pytest.approx([each.score for each in alone], rel=1e-5)
        assert [[b.article for b in each.because] for each in found] == [
            [b.article for b in each.because] for each in alone
        ]


def test_where_nobody_lacks_an_attribute_silence_is_what_is_usual():
    clusters = [
        {"cluster": 0, "customers": 2, "mode": {"club": "LEFT"}},
        {"cluster": 1, "customers": 9, "mode": {"club": "ACTIVE"}},
    ]
    levels = {"club": ["ACTIVE", "LEFT"]}
    attributes = Attributes({"levels": levels, "bands": {}, "ranges": {}, "clusters": clusters})
    assert attributes.row({}) == ("ACTIVE",) and attributes.row({"club": "LEFT"}) == ("LEFT",)
    with pytest.raises(RefusedError, match="club=missing: must be one of ACTIVE, LEFT"):
        attributes.row({"club": "missing"})


def test_the_likeliest_conditions_come_first_and_each_once():
    desk = make_desk()
    likely = desk.likely()
    assert likely[:3] == [desk.condition(each["mode"]) for each in METADATA["clusters"]] + [
        desk.condition({})
    ]
    assert len(set(likely)) == len(likely) and set(range(4)) <= set(likely)


@pytest.mark.parametrize("of", ["attributes", "cluster"])
def test_a_model_of_other_clusters_is_refused(of):
    net = make_desk(of).model.net
    assert fits(net, PROFILES)
    moved = PROFILES.assign(cluster=[0, 1, 2, 1])
    assert not fits(net, moved), "one cluster more"
    if of == "attributes":
        assert not fits(net, PROFILES.assign(cluster=[1, 1, 0, 1])), "a profile in another cluster"
        assert not fits(net, PROFILES.iloc[:3]), "a profile less"
