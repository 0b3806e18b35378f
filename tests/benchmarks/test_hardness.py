"""Whether a week of the simulated shop is as hard as the real one, on a shop small enough to see through."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from traindy.simulate.shop import make_shop, write_shop

FILE = Path(__file__).parents[2] / "benchmarks/hardness.py"
SPEC = importlib.util.spec_from_file_location("hardness", FILE)
hardness = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(hardness)


@pytest.mark.parametrize(
    ("popularity", "ease", "wrong"),
    [
        (0.028, 0.231, []),
        (0.0279, 0.178, ["popularity"]),
        (0.04, 0.232, ["ease"]),
        (float("nan"), 0.178, ["popularity"]),
    ],
)
def test_thirty_per_cent_off_is_allowed_and_no_more(popularity, ease, wrong):
    assert hardness.outside({"popularity": popularity, "ease": ease}) == wrong


def test_a_model_that_was_not_fitted_is_outside():
    assert hardness.outside({"popularity": 0.04}) == ["ease"]


def test_a_week_is_measured_through_the_pipelines_own_split(params, tmp_path):
    small = ("simulate.customers=2000", "simulate.articles=300", "engine.threads=1", f"data.dir={tmp_path}")
    asked = params(*hardness.SETTINGS, *small)
    shop = make_shop(asked.simulate)
    week = hardness.last_week(shop)
    assert set(np.unique(week.rows.day)) == set(range(727, 734))
    write_shop(week, tmp_path)
    (tmp_path / "split").mkdir()
    found = hardness.recalls(asked, tmp_path / "split")
    assert set(found) == set(hardness.REAL)
    assert all(0 < value < 1 for value in found.values())
