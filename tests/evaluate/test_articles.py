"""Recall by the articles' purchases, by hand."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from traindy.evaluate import articles as module
from traindy.evaluate.articles import UNKNOWN, article_bands, training_purchases
from traindy.evaluate.bands import Band
from traindy.evaluate.judged import judge
from traindy.evaluate.queries import WITHHELD, Queries
from traindy.uph import UPH, empty

N_KNOWN = 5  # of 6 articles
PURCHASES = np.array([0, 3, 60, 7, 4, 9])


def matrix(*rows):
    dense = np.zeros((len(rows), 6), np.float32)
    for i, row in enumerate(rows):
        dense[i, list(row)] = 1
    return csr_array(dense)


@pytest.fixture
def judged():
    queries = Queries(
        customers=np.array([0, 1, 2, 1]),
        groups=np.array(["warm", "held_out", "cold", WITHHELD], object),
        clusters=np.zeros(4, np.int32),
        profiles=np.zeros(4, np.int32),
        history=empty(4, 6),
        bought=matrix({0, 1, 4}, {0, 1, 5}, {1, 2}, {0, 1, 5}),
    )
    return judge(queries, [20], exclude_bought=True)


def test_a_band_s_recall_is_the_share_of_its_pairs_and_the_withheld_do_not_count_twice(judged):
    lists = np.full((4, 20), -1, np.int32)
    lists[0, :2], lists[1, :2], lists[2, :2] = [0, 3], [4, 1], [1, 2]
    lists[3, :3] = [0, 1, 3]
    bands = article_bands(judged, {"cvae": lists}, PURCHASES, N_KNOWN)
    assert bands == {
        "0": {"articles": 1, "pairs": 2, "recall_20": {"cvae": 0.5}},
        "1_4": {"articles": 2, "pairs": 4, "recall_20": {"cvae": 0.5}},
        "5_49": {"articles": 1, "pairs": 0, "recall_20": {"cvae": None}},
        "50_plus": {"articles": 1, "pairs": 1, "recall_20": {"cvae": 1.0}},
        UNKNOWN: {"articles": 1, "pairs": 1},
    }


def test_only_the_first_20_count(judged):
    late = np.full((4, 50), -1, np.int32)
    late[:, 20] = 1
    assert article_bands(judged, {"cvae": late}, PURCHASES, N_KNOWN)["1_4"]["recall_20"]["cvae"] == 0
    late[:, 19] = 1
    assert article_bands(judged, {"cvae": late}, PURCHASES, N_KNOWN)["1_4"]["recall_20"]["cvae"] == 0.75


def test_a_pair_bought_in_training_and_in_validation_is_one_purchase(params, monkeypatch):
    periods = {"train": matrix({0, 1}, {1}), "valid": matrix({1}, {2})}

    def load(folder):
        bought = periods[str(folder).rsplit("/", 1)[1]]
        days = np.zeros(bought.nnz, np.int32)
        return UPH(bought, days, days + 1)

    monkeypatch.setattr(module, "load", load)
    assert training_purchases(params().paths).tolist() == [1, 2, 1, 0, 0, 0]


def test_bands_hold_their_ends():
    counts = np.array([0, 1, 4, 5, 50])
    assert Band(1, 4).holds(counts).tolist() == [False, True, True, False, False]
    assert Band(5, None).holds(counts).tolist() == [False, False, False, True, True]
    assert [Band(0, 0).name, Band(1, 4).name, Band(50, None).name] == ["0", "1_4", "50_plus"]
