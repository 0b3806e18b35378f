"""The full-size bench on tiny shops, and its arithmetic by hand."""

import sys
from types import SimpleNamespace

import pytest
import rates
import rates_gpu
import scale
import scale_gpu
import scale_sampled
import torch
from scale import Size
from scale_gpu_page import section
from scale_page import limit
from scale_sampled_page import section as sampled_section
from torch._C._autograd import DeviceType
from watched import size_of, watched

from traindy.core.errors import UserError
from traindy.core.files import read_json

TINY = {
    "simulate.days": 60, "cvae.latent_dim": 8, "cvae.max_epochs": 1, "cvae.batch_size": 64,
    "evaluate.bootstrap": 10, "evaluate.k": [20], "cluster.max_clusters": 3, "cluster.n_clusters": 2,
}  # fmt: skip


def test_every_stage_is_watched_and_the_page_written(tmp_path, monkeypatch):
    size = Size(120, 30)
    monkeypatch.setattr(scale, "SIZES", (size,))
    monkeypatch.setattr(scale, "FULL", size)
    monkeypatch.setattr(scale, "SETTINGS", scale.SETTINGS | TINY)
    monkeypatch.setattr(scale, "rates_of", lambda _: MACHINE)
    docs = tmp_path / "docs"
    scale.main(["run", "--folder", str(tmp_path / "scratch"), "--docs", str(docs)])
    found = read_json(docs / "scale/120x30.json")
    assert list(found["stages"]) == list(scale.STAGES)
    for cost in found["stages"].values():
        assert cost["seconds"] > 0 and cost["peak_gb"] > 0.02 and cost["output_bytes"] > 0
    assert 0 < found["trained_on"] <= 120
    page = (docs / "scale.md").read_text()
    assert "## 120 customers, 30 articles" in page and "| recommend |" in page and "| 120 | 30 |" in page
    assert "## The sampled softmax" not in page
    scale_sampled.main(["--customers", "120", "--folder", str(tmp_path / "scratch"), "--docs", str(docs)])
    found = read_json(docs / "scale/sampled.json")
    for way in scale_sampled.WAYS:
        assert found[way]["epoch_seconds"] > 0 and found[way]["epoch"] == 1 and found[way]["peak_gb"] > 0.02
    assert "## The sampled softmax" in (docs / "scale.md").read_text()


def test_the_page_says_what_the_sampled_softmax_saves_and_loses():
    exact = {
        "epoch_seconds": 400.0,
        "seconds": 1.0,
        "peak_gb": 1,
        "ndcg_20": 0.02,
        "epoch": 2,
        "bf16_gflops": 9.0,
    }
    found = {"negatives": 8, "exact": exact, "sampled": exact | {"epoch_seconds": 181.0, "ndcg_20": 0.0197}}
    text = sampled_section(found)
    assert "181 s (target: 180 s, **not met**)" in text
    assert "1.5% of NDCG@20 is lost (target: at most 2%, met)" in text


def test_the_sampled_softmax_needs_the_shop(tmp_path):
    with pytest.raises(UserError, match="run `make full-scale` first"):
        scale_sampled.main(["--folder", str(tmp_path), "--docs", str(tmp_path)])


MACHINE = {
    "bf16_gflops": 500.0, "fp32_gflops": 100.0, "memory_gb_s": 10.0, "disk_gb_s": 1.0, "step_seconds": 2.0,
    "step_products_seconds": 1.0, "step_products_gflops": 400.0, "epoch_seconds": 100.0,
}  # fmt: skip


def test_where_a_cards_time_goes_is_counted_once():
    events = [
        SimpleNamespace(key=key, device_type=kind, self_device_time_total=seconds * 1e6)
        for key, kind, seconds in [
            ("aten::addmm", DeviceType.CPU, 4.0), ("aten::index_put_", DeviceType.CPU, 2.0),
            ("aten::copy_", DeviceType.CPU, 1.0), ("nvjet_tst_128x256", DeviceType.CUDA, 4.0),
        ]
    ]  # fmt: skip
    spent = rates_gpu.parts(events, 2, rates_gpu.OF_STEP)
    assert spent == {"products": 2, "softmax": 1, "embeddings": 0, "optimizer": 0, "the rest": 0.5}


def test_the_page_says_what_a_gpu_reaches():
    fit = {"epoch_seconds": [12.0, 11.0], "ndcg_20": [0.02, 0.05], "peak_gb": 3.0}
    step = {
        "step_seconds": 0.05, "step_compiled_seconds": 0.04, "step_products_tflops": 200.0,
        "step_parts": {"products": 0.01, "the rest": 0.02}, "step_tflops": 40.0,
    }  # fmt: skip
    ranking = {
        "customers": 7,
        "seconds": 29.0,
        "first_seconds": 1.0,
        "first_parts": {"evidence": 0.25},
        "peak_gb": 2,
    }
    text = section(
        {
            "card": {"name": "X1", "bf16_tflops": 400.0, "memory_gb_s": 2000.0, "torch": "2"}, "stages": {},
            "customers": 7, "articles": 5, "batch_size": 3, "latent_dim": 2, "negatives": 9, "exact": fit,
            "sampled": fit | {"ndcg_20": [0.0495]}, "step": step, "ranking": ranking,
        }
    )  # fmt: skip
    assert "| an epoch, exact softmax | 11.0 | 3.0 | 10 s | **not met** |" in text
    assert "| lists for 7 customers | 29.0 | 2.0 | 30 s | met |" in text
    assert "1.0% lost (target: at most 2%, met)" in text
    assert "50.0 ms" in text and "10% of the card's rate; at 200 while they run, 50%" in text
    assert "the rest 20.00, products 10.00" in text


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_that_is_said(tmp_path):
    with pytest.raises(UserError, match="no GPU here"):
        scale_gpu.main(["--folder", str(tmp_path), "--docs", str(tmp_path)])


def test_without_the_full_size_there_is_no_page_and_that_is_said(tmp_path):
    with pytest.raises(UserError, match="without --customers"):
        scale.main(["table", "--docs", str(tmp_path)])


def test_the_limits_by_hand():
    stages = {name: {"output_bytes": 2e9, "seconds": 1.0} for name in scale.STAGES}
    full = {
        "articles": 100_000, "latent_dim": 250, "epochs": 3, "trained_on": 1_000_000, "queries": 500_000,
        "customers": 2_000_000, "stages": stages,
    }  # fmt: skip
    # 2 x 100,000 x 250 = 5e7 operations a customer: 1e-4 s at 500 GFLOP/s.
    assert limit("train_cvae", full, MACHINE)[1] == pytest.approx(3 * 3 * 1e6 * 1e-4)
    assert limit("evaluate", full, MACHINE)[1] == pytest.approx(50)
    assert limit("recommend", full, MACHINE)[1] == pytest.approx(200)
    assert limit("recommend", full, MACHINE | {"products": "fp32"})[1] == pytest.approx(1000)
    assert limit("simulate", full, MACHINE) == ("disk", pytest.approx(2))
    assert limit("split", full, MACHINE) == ("disk", pytest.approx(4)), "read and written"


def test_rates_are_those_of_the_work_done():
    assert rates.best_of(lambda: sum(range(10_000))) > 0


def test_memory_and_time_of_a_command_and_its_children(tmp_path):
    child = "x = bytearray(200_000_000); import time; time.sleep(0.6)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', '{child}'])"
    cost = watched([sys.executable, "-c", parent], tmp_path)
    assert cost.seconds > 0.6 and cost.peak_gb > 0.2
    with pytest.raises(UserError, match="exit status 3"):
        watched([sys.executable, "-c", "raise SystemExit(3)"], tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file").write_bytes(b"12345")
    assert size_of(tmp_path) == size_of(tmp_path / "folder/file") == 5
