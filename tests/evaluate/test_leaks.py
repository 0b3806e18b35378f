"""Attacks by hand, on what gives nothing away, and on what gives everything away."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array, issparse
from sklearn.metrics import roc_auc_score

from traindy.cvae.evidence import TOGETHER, gather
from traindy.cvae.neighbours import bought_together
from traindy.cvae.net import CvaeNet, NetConfig
from traindy.cvae.recommender import CvaeRecommender
from traindy.cvae.weights import NET, Weights
from traindy.evaluate.attack import attack, halves, mean_log_probability, row_means
from traindy.evaluate.guesses import guesses, rotated
from traindy.evaluate.inference import latents
from traindy.evaluate.membership import Attacked, membership
from traindy.uph import UPH

FORTY = np.arange(40) < 20


def test_an_attack_by_hand():
    assert attack(np.where(FORTY, 1.0, 0.0), FORTY) == {
        "auc": 1.0,
        "interval": [1.0, 1.0],
        "caught": 1.0,
        "members": 20,
        "others": 20,
    }
    nothing = attack(np.zeros(40), FORTY)
    assert nothing["auc"] == 0.5 and nothing["caught"] == 0.0
    # Hanley & McNeil: A = .5, Q1 = Q2 = 1/3, variance (.25 + 2 * 19 * (1/3 - 1/4)) / 400
    half = 1.96 * np.sqrt((0.25 + 38 / 12) / 400)
    assert nothing["interval"] == pytest.approx([0.5 - half, 0.5 + half], abs=1e-5)
    three_quarters = np.where(FORTY, 1.0, np.arange(40) % 2)
    assert attack(three_quarters, FORTY)["auc"] == 0.75, "half of the others are tied"


def test_too_few_say_nothing():
    assert attack(np.zeros(39), np.arange(39) < 20) is None
    assert attack(np.zeros(30), np.ones(30, bool)) is None


@given(st.integers(0, 2**31 - 1))
def test_the_area_is_the_usual_one(seed):
    random = np.random.default_rng(seed)
    scores, member = random.integers(0, 9, 60).astype(float), random.permutation(60) < 30
    assert attack(scores, member)["auc"] == pytest.approx(roc_auc_score(member, scores), abs=1e-5)


def history_of(dense):
    matrix = csr_array(np.asarray(dense, np.float32))
    return UPH(matrix, np.arange(matrix.nnz, dtype=np.int32), np.full(matrix.nnz, 2, np.int32))


@given(st.integers(0, 2**31 - 1))
@settings(max_examples=30)
def test_halves_are_the_whole_and_the_smaller_one_is_hidden(seed):
    random = np.random.default_rng(seed)
    whole = history_of(random.random((6, 9)) < 0.4)
    shown, hidden = halves(whole, seed)
    assert ((shown.matrix + hidden).toarray() == whole.matrix.toarray()).all()
    lengths = np.diff(whole.matrix.indptr)
    assert (np.diff(hidden.indptr) == lengths // 2).all()
    days = csr_array((whole.day + 1, whole.matrix.indices, whole.matrix.indptr), shape=whole.matrix.shape)
    row = np.repeat(np.arange(6), np.diff(shown.matrix.indptr))
    assert (days.toarray()[row, shown.matrix.indices] == shown.day + 1).all(), "days stay with their articles"
    again, _ = halves(whole, seed)
    assert (again.matrix.indices == shown.matrix.indices).all()


def test_row_means_by_hand():
    asked = csr_array(np.array([[1, 1, 0], [0, 0, 0], [0, 0, 1]], np.float32))
    values = np.array([[1.0, 3.0, 7.0]])
    assert np.array_equal(row_means(asked, values), [2.0, np.nan, 7.0], equal_nan=True)
    own = np.array([[1.0, 3.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 5.0]])
    assert np.array_equal(row_means(asked, own), [2.0, np.nan, 5.0], equal_nan=True)


N = 30


def make_model(trained_on):
    """A net that knows nothing, beside what was bought together by those trained on."""
    torch.manual_seed(0)
    net = CvaeNet(NetConfig(N, 0, 1, 4, 0.1, True), torch.zeros(N, 0).long(), torch.zeros(N))
    evidence = gather(trained_on, N, 100, [], {TOGETHER: bought_together(trained_on, N, 20)})
    weights = {NET: 0.0, TOGETHER: 8.0}
    return CvaeRecommender(net, evidence, Weights(weights, weights, {NET: 1.0}), 4, 0, None)


def rows(random, n):
    dense = np.zeros((n, N + 2), np.float32)
    for row in dense:
        row[random.permutation(N)[:6]] = 1
    return dense


def test_probabilities_of_all_that_was_not_bought_sum_to_one():
    history = history_of(rows(np.random.default_rng(0), 2))
    model = make_model(history)
    free = np.flatnonzero(history.matrix.toarray()[0, :N] == 0)
    total = 0.0
    for article in free:
        asked = np.zeros((2, N + 2), np.float32)
        asked[0, article] = 1
        total += np.exp(mean_log_probability(model, history, np.zeros(2, int), csr_array(asked), True)[0])
    assert total == pytest.approx(1, abs=1e-5)


def attacked(trained, others):
    history = history_of(np.concatenate([trained, others]))
    n = history.n_customers
    nobody = np.zeros(n, int)
    return Attacked(history, nobody, nobody, np.arange(n) < len(trained), nobody + n)


def test_a_model_that_remembers_pairs_gives_its_members_away_and_popularity_does_not():
    random = np.random.default_rng(1)
    trained, others = rows(random, 25), rows(random, 60)
    bought = trained.sum(0)[:N]
    popular = {"popularity": np.argsort(-bought)[None, :20]}
    found = membership(make_model(history_of(trained)), attacked(trained, others), bought, popular, seed=0)
    assert found["scores"]["hidden_half"]["auc"] > 0.85
    assert found["scores"]["popularity"]["auc"] < 0.7
    assert set(found["lists"]) == {"cvae", "popularity", "cvae_small"}
    assert found["lists"]["cvae_small"] == found["lists"]["cvae"], "85 customers are fewer than 100"


def test_what_the_members_bought_says_nothing_of_a_model_of_others():
    random = np.random.default_rng(2)
    trained, others, elsewhere = (rows(random, 60) for _ in range(3))
    model = make_model(history_of(elsewhere))
    found = membership(model, attacked(trained, others), np.ones(N), {}, seed=0)
    low, high = found["scores"]["hidden_half"]["interval"]
    assert low < 0.5 < high
    assert found["scores"]["popularity"]["auc"] == 0.5, "everything is as popular as everything"


def test_guesses_from_everything_from_nothing_and_of_the_majority():
    random = np.random.default_rng(0)
    labels = np.array(["a"] * 180 + ["b"] * 90 + ["c"] * 30 + ["rare"] * 5)
    known = (labels[:, None] == np.array(["a", "b", "c", "rare"])).astype(np.float32) * 10
    sources = {"all": known, "sparse": csr_array(known), "nothing": random.normal(size=(305, 3))}
    found = guesses(sources, labels, seed=0)
    assert (found["levels"], found["customers"]) == (3, 100)
    of = found["sources"]
    assert of["majority"]["accuracy"] == 0.6 and of["majority"]["auc"] == 0.5
    assert of["all"]["accuracy"] == of["all"]["auc"] == of["sparse"]["auc"] == 1.0
    assert of["nothing"]["auc"] == pytest.approx(0.5, abs=0.12)
    low, high = of["majority"]["interval"]
    assert (low, high) == pytest.approx((0.502, 0.691), abs=2e-3), "Wilson, of 60 in 100"
    assert guesses(sources, np.array(["a"] * 300 + ["b"] * 5), seed=0) is None


@pytest.mark.parametrize("columns", [50, 900], ids=["fewer than rows", "more than rows"])
def test_rotated_features_are_the_same_to_an_attacker(columns):
    random = np.random.default_rng(0)
    bought = (random.random((300, columns)) < 0.05).astype(np.float32)
    bought[:, -columns // 5 :] = 0
    turned = rotated(csr_array(bought))
    assert issparse(turned) == (columns < 300), "few articles stay sparse"
    assert turned.shape[1] <= min(300, columns - columns // 5)
    products = csr_array(turned @ turned.T).toarray()
    np.testing.assert_allclose(products, bought @ bought.T, atol=1e-4)
    labels = np.where(bought[:, :9].sum(1) + random.random(300) > 0.7, "a", "b")
    plain, same = (guesses({"x": x}, labels, 0)["sources"]["x"] for x in (bought, turned))
    assert same["auc"] == pytest.approx(plain["auc"], abs=2e-3) and plain["auc"] > 0.55


def test_a_latent_of_the_history_alone_does_not_know_the_condition():
    random = np.random.default_rng(0)
    torch.manual_seed(0)
    net = CvaeNet(NetConfig(N, 0, 2, 4, 0.1, True), torch.zeros(N, 0).long(), torch.zeros(N))
    torch.nn.init.normal_(net.encoder_condition, std=2.0)
    history = history_of(np.tile(rows(random, 1), (60, 1)))
    model = CvaeRecommender(net, gather(history, N, 100, [], {}), Weights({}, {}, {}), 4, 0, None)
    condition = np.arange(60) % 2
    own, usual = latents(model, history, condition), latents(model, history, condition * 0)
    assert guesses({"z": own}, condition.astype(str), 0)["sources"]["z"]["auc"] == 1.0
    assert (usual == usual[0]).all()
