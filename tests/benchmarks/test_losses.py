"""The rerun of the original project's story: its measures, what it runs once, and what the page says."""

import math
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from traindy.core.errors import UserError
from traindy.cvae.evidence import gather
from traindy.cvae.net import CvaeNet, NetConfig
from traindy.cvae.recommender import CvaeRecommender
from traindy.uph import UPH

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))  # as Python does for a script
import losses
import losses_fit
import losses_measure
import losses_page
import readings_page
from staged import Place

N = 4
TINY = (
    "simulate.customers=400", "simulate.articles=200", "simulate.days=200", "cvae.latent_dim=8",
    "cvae.max_epochs=1", "evaluate.bootstrap=20", "cluster.max_clusters=3", "cluster.n_clusters=3",
    "cvae.members=1",
    "engine.threads=1",
)  # fmt: skip


def uph(rows):
    matrix = csr_array(np.array(rows, np.float32))
    return UPH(matrix, np.zeros(matrix.nnz, np.int32), np.ones(matrix.nnz, np.int32))


def says(logits):
    """A model that answers the same logits to everybody."""
    net = CvaeNet(
        NetConfig(N, 0, 1, 2, 1.0, False), torch.empty(N, 0, dtype=torch.int64), torch.tensor(logits)
    )
    torch.nn.init.zeros_(net.table)
    evidence = gather(uph([[1] * N]), N, None, [], {})
    return CvaeRecommender(net, evidence, losses_fit.ALONE, samples=1, seed=0, block=1)


ROWS, CLUSTERS = uph([[1, 0, 0, 0], [0, 1, 1, 0]]), np.zeros(2, np.int32)


def test_lists_share_what_stands_in_both_wherever():
    lists = np.array([[1, 2, 3], [1, 2, 3], [7, -1, -1]])
    others = np.array([[3, 1, 2], [4, 5, 1], [7, -1, -1]])
    assert losses_measure.shared(lists, others).tolist() == [3, 1, 1]


def test_a_sigmoid_net_that_predicts_a_half_and_three_quarters():
    half, most, never = 0.0, math.log(3.0), -100.0
    found = losses_measure.answered(says([half, most, half, never]), "bce", ROWS, CLUSTERS)
    assert found["row_sum"] == pytest.approx([1.75, 1.75])
    assert found["true_sum"].tolist() == [1, 2]
    assert found["at_bought"] == pytest.approx([0.5, (0.75 + 0.5) / 2])
    assert found["largest"] == pytest.approx([0.75, 0.75]) and not found["all_zero"].any()


def test_a_net_that_answers_all_zeroes():
    found = losses_measure.answered(says([-3.0, -0.1, -3.0, -3.0]), "bce", ROWS, CLUSTERS)
    assert found["all_zero"].all() and (found["largest"] < 0.5).all()


def test_softmaxes_sum_to_one_and_scores_are_clipped():
    for loss in ("multinomial", "cosine_softmax"):
        found = losses_measure.answered(says([0.0, 0.0, 0.0, 0.0]), loss, ROWS, CLUSTERS)
        assert found["row_sum"] == pytest.approx([1, 1]) and found["at_bought"] == pytest.approx([0.25, 0.25])
    for loss in ("cosine", "recall"):
        found = losses_measure.answered(says([5.0, 0.5, -2.0, 0.0]), loss, ROWS, CLUSTERS)
        assert found["row_sum"] == pytest.approx([1.5, 1.5]) and found["at_bought"] == pytest.approx(
            [1, 0.25]
        )


def test_work_is_done_once_for_the_same_overrides(tmp_path):
    done = []
    for place in (Place(tmp_path, ("a=1",)), Place(tmp_path, ("a=1",)), Place(tmp_path, ("a=2",))):
        place.once("work", ("b=1",), lambda: done.append(1))
    assert len(done) == 2
    with pytest.raises(ZeroDivisionError):
        Place(tmp_path, ()).once("breaks", (), lambda: 1 / 0)
    Place(tmp_path, ()).once("breaks", (), lambda: done.append(1))
    assert len(done) == 3, "what failed is not done"


def test_a_stage_that_fails_is_named(tmp_path):
    with pytest.raises(UserError, match=r"build_uph: failed in .*, exit status 1; see above"):
        Place(tmp_path, TINY).run("build_uph")


def test_from_the_shop_to_the_figures_on_a_tiny_shop(tmp_path):
    place = Place(tmp_path, (*losses.PLAIN, "baselines.models=[popularity]", "split.held_out=0.2", *TINY))
    for stage in ("simulate", "split", "cluster", "build_uph", "baselines"):
        place.run(stage)
    params, valid = losses_fit.best_rate(place, "net", ("cvae.loss=bce",))
    assert 0 <= valid <= 1 and params.cvae.learning_rate in losses_fit.RATES
    rated = [losses_fit.fit(place, f"net-{rate}", ("cvae.loss=bce", f"cvae.learning_rate={rate}"))[1]
             for rate in losses_fit.RATES]  # fmt: skip
    assert valid == max(rated), "read, not fitted again"
    row = losses_measure.brief(losses_measure.judged_lists(params, True) | losses_measure.answers(params))
    assert set(losses_measure.KEPT) <= set(row) and set(losses_measure.KEPT) <= set(row["popularity"])
    assert 0 < row["row_sum"] < 200 and row["true_sum"] > 0 and 0 <= row["shared_with_popularity"] <= 20
    whole = losses_measure.rebuilt(params)
    assert whole["ceiling"]["recall_1"] == 1.0, "every row has an article that its list could repeat"


def figures(ndcg, all_zero=0.0, **others):
    row = {
        "learning_rate": 0.01, "valid_ndcg_20": ndcg, "recall_1": 0.5, "recall_30": 0.1, "ndcg_20": ndcg,
        "coverage_20": 0.2, "interval": [ndcg - 0.01, ndcg + 0.01], "popularity_list": 0.25,
        "shared_with_popularity": 12.0, "row_sum": 2.0, "true_sum": 20.0, "at_bought": 0.05,
        "largest": 0.4, "all_zero": all_zero, "customers": 10,
        "ceiling": {"recall_1": 0.9, "recall_30": 0.25},
    }  # fmt: skip
    popular = {
        "recall_1": 0.4,
        "recall_30": 0.3,
        "ndcg_20": 0.1,
        "coverage_20": 0.01,
        "interval": [0.09, 0.11],
    }
    return row | {"popularity": popular} | others


def test_what_a_table_says_follows_from_its_figures():
    zero, level, above = figures(0.1, all_zero=0.95), figures(0.11), figures(0.2)
    lines = losses_page.findings({"bce": zero, "cosine": level, "cosine_softmax": above})
    assert lines[0].startswith("BCE answers all zeroes: for 95% of the customers")
    assert lines[1] == "NDCG@20 above popularity's, the intervals apart: cosine softmax; below: none."
    lines = losses_page.findings({"bce": figures(0.2, all_zero=0.1), "cosine": figures(0.05)})
    assert lines[0].startswith("BCE does not answer all zeroes")
    assert lines[1] == "NDCG@20 above popularity's, the intervals apart: bce; below: cosine."


def test_what_cures_the_collapse_follows_from_the_tables():
    zero, level, above = figures(0.1, all_zero=0.95), figures(0.11), figures(0.2)
    losses = {"whole": {"bce": zero, "cosine": level}, "light": {"bce": above}, "none": {"bce": zero}}
    first, light, none = losses_page.cures(losses)
    assert first == "With the whole KL losses with an NDCG@20 above popularity's 0.100: none."
    assert light.endswith("BCE is cured without another loss.") and none.endswith("BCE is not cured.")
    losses["whole"]["cosine"] = above
    assert losses_page.cures(losses)[0].endswith("cosine with 0.200.")
    losses["whole"]["bce"] = level
    assert losses_page.cures(losses) == [
        "With the whole KL BCE does not collapse here: there is nothing to cure."
    ]


def test_the_page_says_where_the_two_rates_are_reached():
    first = figures(0.2, reading="temporal", data="simulated", exclude_bought=True, recall_1=0.73)
    again = figures(0.2, reading="reconstruction", data="week", exclude_bought=False, recall_30=0.31)
    again["ceiling"] = {"recall_1": 1.0, "recall_30": 0.4}
    lines = readings_page.reached([first, again]).splitlines()
    assert lines[0] == "- The CVAE reaches recall_1 = 0.73 in: temporal, simulated shop, bought excluded."
    assert lines[1] == "- The CVAE reaches recall_30 = 0.30 in: reconstruction, real week, bought allowed."
    assert lines[2] == "- Popularity reaches recall_1 = 0.73 in: none."
    assert (
        lines[4]
        == "- recall_30 = 0.30 is out of anybody's reach in: temporal, simulated shop, bought excluded."
    )


def test_the_page_holds_every_table(params):
    bce = [figures(0.1, all_zero=share, kl_weight=1.0, epochs=8) for share in (0.95, 0.1)]
    reading = figures(0.2, reading="temporal", data="simulated", exclude_bought=True)
    of_losses = {"bce": figures(0.1), "cosine": figures(0.2)}
    content = {
        "losses": dict.fromkeys(losses.SETTINGS, of_losses),
        "bce": bce, "readings": [reading], "setup": losses_measure.setup(params()),
        "overrides": ["engine.threads=1"],
    }  # fmt: skip
    text = losses_page.page(content)
    assert text.count("| *popularity* |") == len(losses.SETTINGS) == text.count("| bce |")
    assert "at least 90% of the customers: 1/0.01/8 (KL weight/rate/epochs)" in text
    assert (
        "| temporal | simulated shop | excluded | 10 | 0.500 | 0.100 | 0.400 | 0.300 | 0.900 | 0.250 |"
        in text
    )
    assert "{" not in text and "with `engine.threads=1`" in text
