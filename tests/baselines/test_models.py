"""Each baseline on tables that can be reckoned by hand, and what all of them must keep to."""

from typing import get_args

import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse import csr_array, vstack

from traindy.baselines.ease import Ease, EaseByCustomers, add_levels, gram_matrix, level_rows
from traindy.baselines.fit import Shop, fitted
from traindy.baselines.neighbours import CoOccurrence, ItemKnn
from traindy.baselines.popularity import ClusterPopularity, Popularity, by_popularity, count
from traindy.baselines.ranking import ScoreModel
from traindy.core.errors import UserError
from traindy.core.params import Baseline
from traindy.core.vocabulary import Articles
from traindy.uph import UPH

N, N_ALL = 5, 7
NAMES = list(get_args(Baseline))
FAST = {"als_factors": 4, "mult_vae_epochs": 1, "rec_vae_epochs": 1}


def uph(*rows, days=None):
    dense = np.zeros((len(rows), N_ALL), np.float32)
    for i, row in enumerate(rows):
        dense[i, list(row)] = 1
    matrix = csr_array(dense)
    day = np.zeros(matrix.nnz, np.int32) if days is None else np.array(days, np.int32)
    return UPH(matrix, day, np.ones(matrix.nnz, np.int32))


BOUGHT = uph({0, 1}, {0, 1}, {0, 2}, {3, 4}, {3, 4})
ZERO = np.zeros(5, np.int32)


ARTICLES = Articles(
    pa.chunked_array([[str(i) for i in range(N_ALL)]]),
    pa.table({"product_code": ["a", "a", "b", None, None, "c", "c"]}),
    N,
    N,
)
SHOP = Shop(BOUGHT, np.array([0, 0, 0, 1, 1]), ARTICLES, N, None)


def everything(params, **changes):
    settings = params().baselines.model_copy(
        update=FAST | {"models": NAMES, "ease_attributes": {"product_code": 2.0}} | changes
    )
    return fitted(SHOP, settings, threads=1)


def test_popularity_counts_the_window_and_breaks_ties_by_what_sold_ever():
    shop = uph({0, 1}, {0, 2}, {0, 1}, days=[1, 1, 1, 9, 1, 1])
    assert count(shop, N, None).tolist() == [3, 2, 1, 0, 0]
    assert count(shop, N, 9).tolist() == [0, 0, 1, 0, 0]
    assert by_popularity(count(shop, N, 9), count(shop, N, None)).tolist() == [2, 0, 1, 3, 4]


def test_popularity_skips_what_was_bought():
    model = Popularity(np.array([2, 0, 1, 3, 4]))
    history = uph({2, 0}, set(), {0, 1, 2, 3, 4})
    assert model.rank(history, ZERO[:3], 4, True).tolist() == [[1, 3, 4, -1], [2, 0, 1, 3], [-1] * 4]
    assert model.rank(history, ZERO[:3], 2, False).tolist() == [[2, 0]] * 3


@pytest.mark.parametrize(("shrinkage", "first"), [(0, 3), (1000, 0)])
def test_shrinkage_turns_the_cluster_into_everybody(shrinkage, first):
    clusters = np.array([0, 0, 0, 1, 1])
    model = ClusterPopularity(BOUGHT, clusters, N, None, shrinkage)
    assert model.rank(uph(set()), np.array([1]), 2, True)[0, 0] == first


def test_knn_by_hand():
    model = ItemKnn(BOUGHT, np.arange(N), N, neighbours=5, shrinkage=10)
    scores = model.scores(uph({1}))[0]
    assert scores == pytest.approx([2 / (np.sqrt(6) + 10), 2 / 12, 0, 0, 0])
    assert model.rank(uph({1}), ZERO[:1], 3, True)[0].tolist() == [0, 2, 3], "then by popularity"
    assert ItemKnn(BOUGHT, np.arange(N_ALL), N_ALL, 5, shrinkage=0).scores(uph({3}))[0, 3:].tolist() == [
        pytest.approx(1), pytest.approx(1), 0, 0,
    ], "what never sold is near to nothing"  # fmt: skip
    assert np.diff(ItemKnn(BOUGHT, np.arange(N), N, neighbours=1, shrinkage=10).similarity.indptr).max() == 2


def test_co_occurrence_by_hand():
    shop = uph({0, 1}, {0, 1, 2, 3}, {3})  # sold to 2, 2, 1, 2 and 0 customers
    plain = CoOccurrence(shop, np.arange(N), N, 5, customer_power=0, article_power=0)
    assert plain.scores(uph({0, 3}))[0].tolist() == [3, 3, 2, 3, 0]
    scaled = CoOccurrence(shop, np.arange(N), N, 5, customer_power=0.5, article_power=1)
    both, four = 1 / 2, 1 / 4  # what a customer of two articles counts, and of four
    assert scaled.scores(uph({0}))[0] == pytest.approx(
        [(both + four) / 4, (both + four) / 4, four / 2, four / 4, 0]
    )
    assert scaled.rank(uph({0}), ZERO[:1], 4, True)[0].tolist() == [1, 2, 3, 4]
    only = CoOccurrence(shop, np.arange(N), N, 1, 0.5, 1).similarity
    assert np.diff(only.indptr).tolist() == [2, 2, 2, 2, 0]


def test_co_occurrence_that_the_powers_make_tiny_still_decides():
    shop = uph(*[{0, 1}] * 60, *[{0, 2}] * 50)
    model = CoOccurrence(shop, np.arange(N), N, 5, customer_power=2, article_power=2)
    assert model.scores(uph({0})).max() < 1e-6
    assert model.rank(uph({0}), ZERO[:1], 4, True)[0].tolist() == [2, 1, 3, 4]
    empty = CoOccurrence(uph(set()), np.arange(N), N, 5, 0.3, 0.5)
    assert empty.rank(uph({0}), ZERO[:1], 4, True)[0].tolist() == [1, 2, 3, 4]


def test_neighbours_of_more_articles_than_a_block(monkeypatch):
    whole = CoOccurrence(BOUGHT, np.arange(N), N, 5, 0.3, 0.5).similarity.toarray()
    monkeypatch.setattr("traindy.baselines.neighbours.SCORES_AT_ONCE", 2 * N)
    assert (CoOccurrence(BOUGHT, np.arange(N), N, 5, 0.3, 0.5).similarity.toarray() == whole).all()
    test_knn_by_hand()


@pytest.mark.parametrize("exclude", [True, False])
def test_the_sparse_scores_rank_as_the_dense_ones_do(exclude, monkeypatch):
    monkeypatch.setattr("traindy.baselines.neighbours.ROWS_AT_ONCE", 7)
    random = np.random.default_rng(0)
    dense = (random.random((40, 60)) < 0.1).astype(np.float32)
    dense[:3] = 0
    matrix = csr_array(dense)
    shop = UPH(matrix, np.zeros(matrix.nnz, np.int32), np.ones(matrix.nnz, np.int32))
    popular = by_popularity(count(shop, 60, None), count(shop, 60, None))
    model, nobody = ItemKnn(shop, popular, 60, 5, 1.0), np.zeros(40, np.int32)
    lists, dense = (of(model, shop, nobody, 8, exclude) for of in (ItemKnn.rank, ScoreModel.rank))
    scores = model.scores(shop)
    # Articles whose scores differ by less than float32 can tell may change places.
    assert np.allclose(*(np.take_along_axis(scores, each, 1) for each in (lists, dense)), rtol=1e-6)
    assert [set(row) for row in lists[:3].tolist()] == [set(row) for row in dense[:3].tolist()]
    scored = (scores > 0).sum(1)
    assert (scored >= 20).any() and (scored < 8).any(), "rows of both kinds"


def test_ease_is_the_closed_form():
    gram = gram_matrix(BOUGHT, N)
    inverse = np.linalg.inv(gram.astype(float) + 3 * np.eye(N))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    assert Ease(gram, np.arange(N), 3.0).weights == pytest.approx(expected, abs=1e-6)


def test_ease_of_more_articles_than_a_mirrored_block(monkeypatch):
    monkeypatch.setattr("traindy.baselines.ease.MIRRORED_AT_ONCE", 2)
    test_ease_is_the_closed_form()


def test_a_matrix_that_cannot_be_inverted_names_the_parameter():
    with pytest.raises(UserError, match=r"baselines\.ease_lambda"):
        Ease(-np.eye(3, dtype=np.float32), np.arange(3), 0.5)
    with pytest.raises(UserError, match=r"baselines\.ease_lambda"):
        EaseByCustomers(csr_array(np.eye(3, dtype=np.float32)), np.arange(3), 1e-9)
    with pytest.raises(UserError, match=r"baselines\.ease_lambda"):
        EaseByCustomers(csr_array(np.ones((2, 3), np.float32)), np.arange(3), 1e-20)


@pytest.mark.parametrize("at_once", [1, 16_000_000])
def test_ease_is_the_same_from_the_customers_side(monkeypatch, at_once):
    monkeypatch.setattr("traindy.uph.ridge.AT_ONCE", at_once)
    levels = level_rows(pa.table({"group": ["a", "b", "a", "b", None]}), N, {"group": 2.0})
    gram = gram_matrix(BOUGHT, N)
    add_levels(gram, levels)
    by_articles = Ease(gram, np.arange(N), 3.0)
    rows = csr_array(vstack([BOUGHT.matrix[:, :N], *levels], format="csr"))
    by_customers = EaseByCustomers(rows, np.arange(N), 3.0)
    history = uph({0}, {1, 2, 3}, set(), {0, 4, 6})
    assert by_customers.scores(history) == pytest.approx(by_articles.scores(history), abs=1e-6)


def test_the_smaller_side_is_inverted(params):
    made = dict(everything(params, models=["ease", "ease_attributes"]))
    assert [type(model) for model in made.values()] == [Ease, Ease]
    few = Shop(BOUGHT.rows(np.array([0, 1])), np.zeros(2, np.int32), ARTICLES, N, None)
    settings = params().baselines.model_copy(update={"models": ["ease"], "ease_max_articles": 2})
    ((_, model),) = fitted(few, settings, threads=1)
    assert isinstance(model, EaseByCustomers)


def test_attributes_tie_the_articles_of_a_level_and_missing_ties_nothing():
    gram = np.zeros((3, 3), np.float32)
    add_levels(gram, level_rows(pa.table({"product_code": ["a", "a", None]}), 3, {"product_code": 2.0}))
    assert gram == pytest.approx(np.array([[2, 2, 0], [2, 2, 0], [0, 0, 0]]))
    large = np.zeros((20, 20), np.float32)
    add_levels(large, level_rows(pa.table({"department": ["d"] * 20}), 20, {"department": 2.0}))
    assert large == pytest.approx(np.ones((20, 20))), "a level of 20 weighs half"


@pytest.mark.parametrize("exclude", [True, False])
def test_every_model_keeps_to_the_catalogue_and_serves_an_empty_history(params, exclude):
    history, clusters = uph({0}, {5, 6}, set(), {0, 1, 2, 3, 4}), np.array([0, 0, 1, 1])
    models = dict(everything(params))
    assert list(models) == NAMES
    for name, model in models.items():
        lists = model.rank(history, clusters, 8, exclude)
        assert lists.shape == (4, 8) and lists.dtype == np.int32, name
        assert sorted(lists[2]) == [-1, -1, -1, 0, 1, 2, 3, 4], name
        assert (set(lists[3]) == {-1}) == exclude and (0 in lists[0]) != exclude, name
        if name not in ("popularity_cluster", "past_purchases"):
            assert (
                lists[1].tolist()
                == lists[2].tolist()
                == models["popularity"].rank(history, clusters, 8, False)[2].tolist()
            )


def test_every_model_gives_the_same_lists_twice(params):
    first, second = (dict(everything(params)) for _ in range(2))
    for name in NAMES:
        pair = [models[name].rank(BOUGHT, ZERO, 5, True) for models in (first, second)]
        assert pair[0].tobytes() == pair[1].tobytes(), name


def test_a_catalogue_too_large_for_ease_is_said(params):
    names = [name for name, _ in everything(params, ease_max_articles=4)]
    assert names == [name for name in NAMES if "ease" not in name]
    why = SHOP.left_out(params().baselines.model_copy(update={"ease_max_articles": 4}))
    assert why["ease"] == "5 articles and 5 customers are both more than baselines.ease_max_articles=4"
    assert "customers and levels of attributes are both more" in why["ease_attributes"]


def test_only_the_models_named_are_fitted(params):
    assert [name for name, _ in everything(params, models=["ease", "popularity"])] == ["ease", "popularity"]
    only = params().baselines.model_copy(update={"models": ["als"], "ease_max_articles": 4})
    assert SHOP.left_out(only) == {}, "what was not asked for is not left out"


def test_ease_goes_without_another_shops_attributes_and_says_so(params, caplog):
    def scores(weights):
        models = dict(everything(params, models=["ease_attributes"], ease_attributes=weights))
        return models["ease_attributes"].scores(BOUGHT)

    own = scores({"product_code": 2.0})
    assert not caplog.messages and not np.allclose(own, scores({}))
    assert np.array_equal(own, scores({"product_code": 2.0, "season": 1.0, "fabric": 1.0}))
    (said,) = caplog.messages
    assert "weighs fabric, season, not in" in said
