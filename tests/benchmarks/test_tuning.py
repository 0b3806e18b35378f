"""The search for a baseline's settings, on a shop whose best settings are known."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse import csr_array

from traindy.baselines.fit import Shop
from traindy.core.errors import UserError
from traindy.core.params import Params
from traindy.core.vocabulary import Articles
from traindy.cvae.conditions import by_cluster
from traindy.uph import UPH

pytest.importorskip("optuna", reason="pip install -c constraints.txt -e '.[bench]'")
import spaces
import tuning

CUSTOMERS, N = 40, 24


def uph(rows, days):
    dense, day = np.zeros((CUSTOMERS, N), np.float32), np.zeros((CUSTOMERS, N), np.int32)
    for customer, articles in enumerate(rows):
        dense[customer, articles] = 1
        day[customer, articles] = days[customer]
    matrix = csr_array(dense)
    return UPH(matrix, day[dense > 0], np.ones(matrix.nnz, np.int32))


def articles(**attributes):
    names = pa.chunked_array([[str(i) for i in range(N)]])
    return Articles(names, pa.table(attributes), N, N)


@pytest.fixture
def shop():
    """Long ago many bought 0 and 1, lately a few bought 2 and 3; who bought 4 is about to buy 2 or 3."""
    rows, days = [[0, 1]] * 20 + [[2, 3]] * 10 + [[4]] * 10, [1] * 20 + [99] * 10 + [1] * 10
    own = articles(product_code=[str(i // 2) for i in range(N)], colour=["red", "blue"] * (N // 2))
    return Shop(uph(rows, days), np.zeros(CUSTOMERS, np.int32), own, N, 100)


ALIKE = by_cluster(np.zeros(CUSTOMERS, np.int32))
TRUTH = uph([[]] * 30 + [[2 + i % 2] for i in range(10)], [100] * CUSTOMERS)


def test_the_best_window_is_the_one_that_sees_what_sells_now(shop, params):
    worst = params("baselines.popularity_days=null")
    found = tuning.tune("popularity", shop, ALIKE, TRUTH, 12, 0, worst)
    assert found.overrides["baselines.popularity_days"] is not None
    assert found.ndcg_20 == pytest.approx((1 + 1 / np.log2(3)) / 2), (
        "first for one half, second for the other"
    )
    assert found.seconds > 0
    again = tuning.tune("popularity", shop, ALIKE, TRUTH, 12, 0, worst)
    assert (found.overrides, found.ndcg_20) == (again.overrides, again.ndcg_20)


def test_what_is_bought_again_is_no_miss_where_bought_articles_are_excluded(shop, params):
    again = uph([[]] * 30 + [[4, 2 + i % 2] for i in range(10)], [100] * CUSTOMERS)
    new, both = (tuning.tune("popularity", shop, ALIKE, of, 4, 0, params()) for of in (TRUTH, again))
    assert both.ndcg_20 == pytest.approx(new.ndcg_20)


def test_cold_lists_are_judged_as_if_nobody_had_a_history(shop, params):
    as_before = uph([[0, 1]] * 20 + [[]] * 20, [100] * CUSTOMERS)
    lately = params("baselines.popularity_days=7")
    found = tuning.tune("popularity", shop, ALIKE, as_before, 12, 0, lately, cold=True)
    assert found.overrides == {"baselines.popularity_days": None} and found.ndcg_20 == pytest.approx(1)


def test_the_settings_there_are_come_first(shop, params):
    now = params("baselines.popularity_days=7")
    found = tuning.tune("popularity", shop, ALIKE, TRUTH, 1, 0, now)
    assert found.overrides == {"baselines.popularity_days": 7}


@pytest.mark.parametrize("model", spaces.SPACES)
def test_what_is_found_are_settings_that_params_yaml_may_hold(model, shop, params):
    quick = (
        "baselines.mult_vae_epochs=2",
        "baselines.rec_vae_epochs=1",
        "cvae.max_epochs=4",
        "cvae.members=1",
    )
    base = params("baselines.ease_attributes={}", *quick)
    found = tuning.tune(model, shop, ALIKE, TRUTH, 1 + ("vae" not in model), 0, base, model != spaces.PAST)
    content = base.model_dump()
    for name, value in found.overrides.items():
        block, _, key = name.partition(".")
        content[block][key] = value
    assert Params.model_validate(content) and found.overrides


def test_without_trials_the_settings_there_are_are_judged_once(shop, params):
    assert tuning.tune("ease", shop, ALIKE, TRUTH, 0, 0, params()).overrides == {}
    found = tuning.tune(spaces.PAST, shop, ALIKE, TRUTH, 8, 0, params())
    assert (found.overrides, found.trials) == ({}, 0), "bought ones are excluded: nothing to search"


def test_only_attributes_that_tie_articles_get_a_weight():
    code, unique, one = [str(i // 2) for i in range(N)], [str(i) for i in range(N)], ["a"] * N
    space = spaces.space(
        "ease_attributes", articles(product_code=code, prod_name=unique, section_name=one), True
    )
    assert list(space) == ["ease_lambda", "ease_attributes.product_code"]
    other = spaces.space("ease_attributes", articles(brand=code, size=unique), True)
    assert list(other) == ["ease_lambda", "ease_attributes.brand"], "another schema's own"


def test_what_cannot_be_tuned_is_said(shop, params):
    with pytest.raises(UserError, match=r"ease: 24 articles and \d+ customers are both more than bas"):
        tuning.tune("ease", shop, ALIKE, TRUTH, 1, 0, params("baselines.ease_max_articles=5"))
