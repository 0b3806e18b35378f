"""The serving bench on a tiny shop with the real server, and its page by hand."""

import shutil

import pytest
import serving
from serving import Load
from serving_page import page

from traindy.core.files import read_json

TINY = {
    "simulate.customers": 300, "simulate.articles": 60, "simulate.days": 60, "cvae.latent_dim": 8,
    "cvae.members": 1,
    "cvae.batch_size": 64, "cluster.max_clusters": 2, "cluster.n_clusters": 2, "engine.threads": 1,
}  # fmt: skip


@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is missing: apt-get install wrk")
def test_the_real_server_is_measured_and_the_page_written(tmp_path, monkeypatch):
    pytest.importorskip("fastapi", reason="pip install '.[serve]'")
    monkeypatch.setattr(serving, "SETTINGS", serving.SETTINGS | TINY)
    serving.main(["run", "--folder", str(tmp_path / "scratch"), "--seconds", "1", "--docs", str(tmp_path)])
    found = read_json(tmp_path / "serving.json")
    for load in found["loads"]:
        assert load["answers"] > 10 and load["errors"] == 0 and 0 < load["p50_ms"] <= load["p99_ms"]
    rates = {load["name"]: load["answers"] / load["seconds"] for load in found["loads"]}
    assert rates["with history, 120 a second"] < 240, "wrk waits between requests"
    assert len(found["first_ms"]) > 0 and found["peak_gb_with_reload"] >= found["peak_gb"] > 0.1
    assert "| with history, far too many | 400 |" in (tmp_path / "serving.md").read_text()


def test_targets_are_met_or_not_by_hand():
    load = {
        "seconds": 10, "answers": 3000, "refused": 0, "errors": 0, "p50_ms": 9.0, "p99_ms": 41.0,
        "connections": 1, "load_average": 0.0,
    }  # fmt: skip
    loads = [{"name": each.name} | load for each in serving.LOADS]
    loads[-1] |= {"refused": 2500, "errors": 1}
    found = {
        "articles": 105_542, "latent_dim": 256, "seconds_each": 10, "start_seconds": 4.0, "peak_gb": 1.6,
        "machine": {"processor": "x", "cores": 2, "threads": 2}, "ahead_seconds": 3, "first_ms": [1, 2, 9],
        "loads": loads, "reload_seconds": 1.0, "peak_gb_with_reload": 2.0,
        "start_load_average": 0.5, "start_cpu_seconds": 3.0,
    }  # fmt: skip
    text = page(found)
    for line in (
        "| cold, one at a time: p50 at most 10 ms | 9.0 ms | met |",
        "| p99 at most 40 ms | 41.0 ms | **not met** |",
        "| 200 a second, cold | 300 | met |",
        "| no error but 503 at twice that load | 0 (0 refused) | met |",
        "| no error but 503 far beyond it | 1 (2,500 refused) | **not met** |",
        "| memory under 1.5 GB | 1.60 GB | **not met** |",
        "| with history, far too many | 1 | 50 | 9.0 | 41.0 | 2,500 | 1 | 0.0 |",
    ):
        assert line in text


def test_a_load_names_a_kind_that_can_be_asked():
    assert {each.kind for each in serving.LOADS} == {"cold", "others", "history", "page"}
    assert all(isinstance(each, Load) and each.connections > 0 for each in serving.LOADS)
