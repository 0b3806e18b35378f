"""Two settings beside each other, through the bench."""

import pytest

pytest.importorskip("optuna", reason="make bench-setup")
import accuracy
import paired
from datasets import Dataset

from traindy.core.errors import UserError


@pytest.fixture
def measured(tmp_path, monkeypatch, tiny):
    """Measure the purchases before a day with some settings in a folder of that name."""
    monkeypatch.setitem(accuracy.DATASETS, "tiny", Dataset(*tiny, models=("popularity",)))

    def measure(name, *more):
        places = ["--folder", str(tmp_path / name), "--docs", str(tmp_path / "docs")]
        options = ("--before", "2020-01-25", "--trials", "0", "--seeds", "0")
        accuracy.main(["run", "tiny", *places, *options, *more])
        return tmp_path / name

    return measure


def test_settings_are_compared_before_the_test_and_docs_stay_as_they_are(measured, tmp_path):
    one, same = measured("one"), measured("same")
    content = accuracy.read_json(one / "accuracy.json")
    assert content["policies"]["excluded"]["cut"]["test_end"] <= "2020-01-25"
    assert not (tmp_path / "docs").exists()
    found = list(paired.lines(one, same))
    assert found and all("+.0000 (+.0000 to +.0000)" in line for line in found)
    other = measured("other", "cvae.popularity_bias=2.0", "cvae.recency_days=[]")
    assert any("+.0000 (+.0000" not in line for line in paired.lines(one, other))


def test_what_cannot_be_compared_is_said(measured, tmp_path):
    with pytest.raises(UserError, match="no results of a dataset there"):
        list(paired.lines(tmp_path, tmp_path))
    one, other = measured("one"), measured("other", "split.test_fraction=0.6")
    with pytest.raises(UserError, match="judged on other customers"):
        list(paired.lines(one, other))
    with pytest.raises(UserError, match="gowalla is not cut in time"):
        accuracy.main(["run", "gowalla", "--before", "2020-01-25"])
