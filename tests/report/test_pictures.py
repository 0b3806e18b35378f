"""The report's sums, on data whose answer is known by hand, and what every picture has in common."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

pytest.importorskip("altair", reason="pip install '.[report]'")
pytest.importorskip("vl_convert", reason="pip install '.[report]'")
from traindy.core.cut import Cut
from traindy.core.times import TIMES, note_time, read_times
from traindy.report import clusters, curves, data, latent, levels, losses, results, training
from traindy.report.parts import percent, svg

FIGURES = {"ndcg_20": 0.2, "recall_1": 0.5, "recall_30": 0.1, "intervals": {"ndcg_20": [0.1, 0.3]}}
GROUPS = {
    name: {"ndcg_20": value}
    for name, value in (("history_0", 0.1), ("history_10_plus", 0.3), ("cluster_0", 0.4))
}
MODELS = {name: FIGURES | {"groups": GROUPS} for name in ("cvae", "ease", "oracle_taste")}


def test_weeks_are_counted_whole():
    day = np.array([100, 100, 106, 107, 113, 114])  # the week from 114 on has one day
    weeks = data.weekly(day)
    assert weeks["rows"].tolist() == [3, 2]
    assert weeks["week"].astype(str).tolist() == ["1970-04-11", "1970-04-18"]


def test_the_tail_is_the_share_with_at_least_so_many():
    tail = data.tail(np.array([0, 1, 1, 2, 10]))
    assert tail["least"].tolist() == [1, 2, 10]
    assert tail["share"].tolist() == [1.0, 0.5, 0.25]
    assert len(data.tail(np.arange(1, 100_000))) <= 150


def test_a_basket_is_a_customers_day_and_the_last_bar_holds_the_larger():
    bought = pd.DataFrame({"customer": [0, 0, 0, 1] + [2] * 11, "day": [1, 1, 2, 1] + [5] * 11})
    sizes = data.basket_sizes(bought).set_index("size")["share"]
    assert sizes["1"] == 0.5 and sizes["2"] == 0.25 and sizes["10+"] == 0.25 and sizes.sum() == 1


def test_density_puts_the_most_active_first():
    dense = np.zeros((4, 4), bool)
    dense[3] = True  # one customer bought everything, another one article
    dense[0, 2] = True
    parts = data.density(csr_array(dense), cells=2)
    first = parts[(parts["x"] == 0) & (parts["y"] == 0)]
    assert first["density"].tolist() == [3 / 4], "of two customers and two articles, all but one"
    cells = (parts["x2"] - parts["x"]) * (parts["y2"] - parts["y"])
    assert (parts["density"] * cells).sum() == pytest.approx(dense.mean())


def test_the_likeness_leaves_out_what_depends_on_the_size():
    report = {
        "rows": {"mean": {"simulated": 3.0, "real": 2.0}, "none": {"simulated": 0.0, "real": 1.0}},
        "sales_at_full_size": {"mean": {"simulated": 1.0, "real": 1.0}},
    }
    pairs = data.likeness(report)
    assert pairs[["topic", "statistic", "ratio"]].to_numpy().tolist() == [["rows", "mean", 1.5]]


def test_levels_are_shares_of_each_cluster_and_of_all():
    profiles = pd.DataFrame({"age": ["<20", "20+", "missing"], "cluster": [0, 0, 1]})
    shares = levels.shares_of(profiles, np.array([1, 3, 4])).set_index(["cluster", "level"])["share"]
    assert shares[0, "<20"] == 0.25 and shares[1, "missing"] == 1 and shares[-1, "missing"] == 0.5
    assert levels.in_order(profiles["age"]) == ["<20", "20+", "missing"]


def test_cold_customers_are_counted_by_cluster():
    shares = clusters.cold_shares(np.array([0, 0, 1, 1]), np.array(["cold", "warm", "warm", "held_out"]))
    assert shares["share"].tolist() == [0.5, 0.0]


@pytest.mark.parametrize("asked", [5, 2])
def test_a_curve_that_ends_before_the_clusters_asked_for_is_drawn(asked):
    """Everybody is alike, or more were asked for than were tried."""
    picture = clusters.elbow_picture(pd.DataFrame({"n_clusters": [1, 2], "cost": [10, 5]}), asked)
    assert picture.title.startswith("2 clusters leave 50")
    clusters.elbow_picture(pd.DataFrame({"n_clusters": [1], "cost": [0]}), asked)


def test_the_size_of_a_small_cluster_is_not_said():
    assert [clusters.size_of({"customers": n}) for n in (12_345, None)] == ["12,345", "few"]


def test_small_groups_are_others():
    group = pd.Series([f"{i:02d}" for i in range(10)] * 2 + [f"{i:02d}" for i in range(latent.GROUPS)])
    assert set(latent.told_apart(group)) == {f"{i:02d}" for i in range(latent.GROUPS)} | {latent.OTHERS}


def test_scores_fall_into_parts_of_equal_size():
    scores, hits = np.append(np.arange(100.0), -np.inf), np.append(np.arange(100) >= 90, True)
    parts = curves.binned(scores, hits)
    assert parts["bought"].tolist() == [0] * 9 + [1] and parts["score"].iloc[0] == 4.5
    assert curves.binned(scores[:3], hits[:3])["tenth"].tolist() == [1, 2, 3]


def test_groups_and_models_come_in_the_order_of_the_table():
    content = FIGURES | {
        "groups": GROUPS,
        "models": {"oracle_taste": FIGURES, "own": FIGURES, "ease": FIGURES},
    }
    assert [name for name, _ in results.of_models(content)] == ["cvae", "ease", "oracle_taste", "own"]
    history = results.by_history(MODELS)
    assert history["at"].tolist()[:2] == ["0", "10+"] and history["value"].tolist()[:2] == [0.1, 0.3]
    assert (
        results.history_title(history) == "NDCG@20 goes from 0.100 with 0 articles bought to 0.300 with 10+"
    )


@pytest.mark.parametrize(
    ("share", "words"), [(0, "0%"), (0.345, "34%"), (0.0123, "1.2%"), (0.0041, "0.41%"), (0.00002, "0.002%")]
)
def test_shares_in_words(share, words):
    assert percent(share) == words


def test_a_stage_notes_what_it_took_and_the_last_time_counts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    note_time("split", 1.0)
    assert read_times() == {} and not list(tmp_path.iterdir()), "outside a DVC repository"
    TIMES.parent.mkdir(parents=True)
    for name, seconds in (("split", 1.0), ("cluster", 2.0), ("split", 3.04)):
        note_time(name, seconds)
    times = read_times()
    assert list(times) == ["split", "cluster"] and times["split"].seconds == 3.0
    assert times["split"].peak_mb > 10


def pictures():
    epochs = pd.DataFrame({"epoch": [1, 2], "value": [256.0, 256.0]})
    points = pd.DataFrame({"x": [0.0, 1.0], "y": [0.0, 1.0], "group": ["0", "1"]})
    models, lines = dict(MODELS), results.by_history(MODELS)
    yield data.weeks_picture(data.weekly(np.arange(30)), Cut("fraction", 10, 20, 30))
    yield data.weeks_picture(data.weekly(np.arange(30)), Cut("per_customer", None, None, None))
    yield data.tail_picture(np.array([1, 2, 3]), "customers", "purchases of a customer")
    yield data.baskets_picture(pd.DataFrame({"size": ["1", "2"], "share": [0.6, 0.4]}))
    yield data.density_picture(data.density(csr_array(np.eye(3)), 2), 3, (3, 3))
    likeness = {"rows_a_customer": {"mean": {"simulated": 3.0, "real": 2.0}}}
    yield data.likeness_picture(data.likeness(likeness))
    yield clusters.elbow_picture(pd.DataFrame({"n_clusters": [1, 2], "cost": [10, 5]}), 2)
    yield clusters.cold_picture(pd.DataFrame({"cluster": [0, 1], "share": [0.1, 0.2]}))
    yield training.curve_picture(epochs, training.CURVES[0], best=1)
    yield latent.Picture("dots", latent.dots(points, "cluster"))
    yield latent.Picture("priors", latent.priors(points, points))
    yield results.models_picture(results.with_intervals(models))
    yield results.success_picture(models, "recall_1", 0.9)
    yield results.lines_picture(lines, "articles bought", "by history")
    yield losses.losses_picture(losses.by_loss({"whole": {"bce": {"ndcg_20": 0.1}}}))
    yield from losses.resources_pictures(pd.DataFrame({"stage": ["a"], "seconds": [1.0], "peak_mb": [90]}))


@pytest.mark.parametrize("picture", pictures(), ids=lambda picture: picture.title[:30])
def test_every_picture_has_a_title_axes_in_words_and_fits_a_phone(picture):
    drawn = svg(picture.chart, "one-0")
    width = float(re.search(r'viewBox="0 0 ([0-9.]+)', drawn)[1])
    assert picture.title and width < 440, "wider ones would be too small to read on a phone"
    titles = re.findall(r'"title": "([^"]*)"', json.dumps(picture.chart.to_dict()))
    assert titles and not any(re.search(r"_name|:Q|value\b", title) for title in titles)
    assert 'stroke="black"' not in drawn and 'fill="#000"' not in drawn, "cannot be seen in dark mode"


def test_ids_of_two_pictures_differ():
    picture = next(pictures())
    ids = [set(re.findall(r'\bid="([^"]+)"', svg(picture.chart, name))) for name in ("one", "two")]
    assert not ids[0] & ids[1]
