"""The page and the figure of the trade-off, from figures that are made up."""

import pytest
from tradeoff_page import along, gaps, page, ratios
from tradeoff_plot import plot


def point(ndcg, ratio):
    return {
        "ndcg_20": {group: [ndcg, -0.002, 0.001] for group in ("all", "warm", "cold")},
        "typecasting": {"section_name": {"age": ratio, "cluster": None}},
        "concentration": {"gini": 0.9, "coverage": 0.25, "head": 0.4},
        "near_duplicates": {"within": 0.3, "of_bought": 0.1},
    }


CURVE = {"points": {"0": point(0.2, 1.5), "1": point(0.18, 0.75), "no condition": point(0.17, 0.8)}}
SERVED = {"cvae": {"ndcg_20": {"mean": 0.2}}, "popularity": {"ndcg_20": {"mean": 0.1}}}
GAP = {"lowest": "<20", "highest": "70+", "gap": 0.05, "interval": [-0.01, 0.11], "by_chance": 0.03}
OF = {"distance": 0.4, "by_chance": 0.1, "ratio": 1.25}
REPORT = {
    "customers": 1000,
    "least_customers": 100,
    "proxy_for_gender": "index_group_bought_most",
    "accuracy": {
        "age": {
            "groups": {"<20": SERVED, "70+": SERVED},
            "gaps": {model: {"ndcg_20": GAP} for model in ("cvae", "popularity")},
        }
    },
    "typecasting": {"section_name": {"age": {"bought": OF, "models": {"cvae": OF, "popularity": OF}}}},
    "concentration": {"bought": {"gini": 0.5, "coverage": 0.6, "head": 0.2}},
    "near_duplicates": {"bought": {"within": 0.2, "of_bought": 0.05}},
}


def test_rows_by_hand():
    assert "| age | CVAE | <20 .2000 | 70+ .2000 | .0500 (-.0100 to +.1100) | .0300 |" in gaps(REPORT)
    assert "| section_name | age | .4000 | 1.25 | 1.25 |" in ratios(REPORT)
    first, second, *_ = along(CURVE).splitlines()[2:]
    assert first.startswith("| 0 | .2000 | .2000 | .2000 | 1.50 |  |")
    assert second.startswith("| 1 | .1800 (-.0020 to +.0010) | ") and "| .2500 | 30.0% |" in second


def test_the_page_says_how_small_groups_are_and_what_stands_for_gender():
    text = page(REPORT, CURVE)
    assert "than 100 customers" in text and "index_group_bought_most" in text and "{" not in text
    assert "between 25.0% and 25.0%" in text


def test_the_figure_is_the_same_twice_and_small(tmp_path):
    pytest.importorskip("matplotlib", reason="the bench extra is not installed")
    for name in ("a.svg", "b.svg"):
        plot(CURVE, tmp_path / name)
    first, second = ((tmp_path / name).read_bytes() for name in ("a.svg", "b.svg"))
    assert first == second and len(first) < 100_000 and b"fairness.neutrality" in first
