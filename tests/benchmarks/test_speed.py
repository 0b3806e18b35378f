"""The speed bench: what a clock keeps, what all are given, the page, and a run without the peers."""

import numpy as np
import pytest
from scipy.sparse import csr_array, load_npz

pytest.importorskip("optuna", reason="make bench-setup")
import speed
import speed_given
import speed_page
from datasets import DATASETS, Dataset
from speed_task import TRAIN, VALID, Clock, Task, batches, filled, validation_ndcg

from traindy.core.files import read_json
from traindy.uph import UPH

TASK = Task("cvae", "", 8, (), 4, 5, 2, 60.0, 1, 0)


def uph(rows):
    matrix = csr_array(np.array(rows, np.float32))
    return UPH(matrix, np.zeros(matrix.nnz, np.int32), np.ones(matrix.nnz, np.int32))


def test_a_clock_ends_a_fit_that_no_longer_gets_better():
    clock = Clock(TASK)
    for ndcg in (0.1, 0.3, 0.2):
        clock.epochs.append(1.0)
        clock.validated(ndcg)
    assert not clock.over()
    clock.validated(0.25)
    assert clock.over() and not clock.late()
    assert clock.figures()["best_epoch"] == 2 and 0 < clock.figures()["to_best"] < 60


def test_a_clock_ends_a_fit_after_its_epochs_or_its_time():
    clock = Clock(TASK)
    clock.epochs += [1.0] * 5
    assert clock.over()
    clock = Clock(TASK)
    clock.started -= 61
    assert clock.late() and clock.over() and clock.figures()["best_epoch"] is None


def test_what_all_are_given_is_new_to_customers_with_a_history(tmp_path):
    before = uph([[1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0]])
    during = uph([[1, 0, 1, 1], [0, 1, 0, 0], [0, 0, 1, 0]])
    given = speed_given.give(before, during, 3, 0, tmp_path / "given")
    assert given.truth.toarray().tolist() == [[0, 0, 1], [0, 0, 0], [0, 0, 0]]
    assert load_npz(tmp_path / "given" / VALID).toarray().tolist() == given.truth.toarray().tolist()
    assert load_npz(tmp_path / "given" / TRAIN).toarray().tolist() == [[1, 1, 0], [0, 0, 0], [0, 0, 1]]
    # The lists of customers 0 and 2; the second is not judged, and the first has its article at rank 2.
    found = speed_given.judged(np.array([[0, 2], [0, 1]]), given)
    assert found == {"ndcg_20": round(1 / np.log2(3), 5), "recall_20": 1.0}


def test_batches_and_the_validation_metric():
    assert [part.tolist() for part in batches(np.arange(5), 2)] == [[0, 1], [2, 3], [4]]
    truth = csr_array(np.array([[0, 1], [1, 0]], np.float32))
    assert filled(truth).tolist() == [0, 1]
    assert validation_ndcg(np.array([[1, 0], [-1, -1]]), truth) == 0.5


def figures(epoch, rank, ndcg, **others):
    return {
        "passes": 1, "hidden": [], "best_epoch": 3, "late": False, "to_best": 8.0, "epochs": 4,
        "epoch": epoch, "epoch_range": [epoch, epoch * 1.5], "rank": rank, "memory": 2**30,
        "ndcg_20": ndcg, "recall_20": 0.2,
    } | others  # fmt: skip


def content(**peers):
    ours = figures(2.0, 4.0, 0.1, rank_net=1.0, evidence=3.0)
    return {
        "machine": {"cpu": "x86_64", "cores": 2, "threads": 2, "products": "float32"},
        "customers": 1000, "articles": 50, "pairs": 5000, "judged": 900, "batch": 64, "latent": 256,
        "negatives": 6, "rounds": 3, "minutes": 10.0,
        "patience": {"peers": 10, "cvae": 3}, "models": {"cvae": ours, **peers},
        "skipped": {"ease": "too large"},
    }  # fmt: skip


def test_the_page_holds_ratios_and_whether_the_targets_are_met():
    peers = {
        "multivae": figures(10.0, 19.9, 0.09, hidden=[600], to_best=80.0, late=True, memory=3 * 2**30),
        "recvae": figures(36.0, 40.0, 0.11, hidden=[600], passes=4),
        "vaecf": figures(20.0, 400.0, 0.05, hidden=[20], rank_net=40.0),
    }
    text = speed_page.page({"week": content(**peers)})
    assert "| **CVAE** |  | 1 (2 s) | 1 (2 s) | 1 (8 s) | 1 (4 s) | 1 (1.00 GiB) | .1000 | .2000 |" in text
    assert "| RecBole MultiVAE | [600] | 5 x | 5 x | > 10 x | 4.97 x | 3 x | .0900 | .2000 |" in text
    ended = "| **CVAE** | RecBole MultiVAE | met: 5 x | **not met**: 4.97 x | met: +0.0100, its fit cut off |"
    assert ended in text
    assert "| RecBole RecVAE | [600] | 4.5 x | 18 x |" in text, "judged by a pass, not by its own epoch"
    assert "| **CVAE** | RecBole RecVAE | **not met**: 4.5 x | met: 10 x | **not met**: -0.0100 |" in text
    assert "| **CVAE** | Cornac VAECF, wide | not measured | not measured | not measured |" in text
    assert "Cornac VAECF, ranked by the bench in batches: 10 x." in text
    assert "no GPU, the CVAE's products in float32; 3 rounds" in text
    assert "EASE: left out; too large." in text and "1.5 times its fastest" in text


def test_the_page_judges_the_sampled_softmax_by_its_own_figures():
    models = {"cvae-sampled": figures(1.0, 4.0, 0.08, rank_net=1.0), "multivae": figures(8.0, 19.9, 0.09)}
    text = speed_page.page({"week": content(**models)})
    assert "| **CVAE** | RecBole MultiVAE | **not met**: 4 x | **not met**: 4.97 x | met: +0.0100 |" in text
    sampled = "| CVAE, sampled | RecBole MultiVAE | met: 8 x | **not met**: 4.97 x | **not met**: -0.0100 |"
    assert sampled in text and "CVAE, sampled | Cornac VAECF | not measured" in text
    assert "CVAE, sampled, ranked by the bench" not in text
    assert "CVAE, sampled: `cvae.negatives=6`." in text


def test_a_run_without_the_peers_environment(tmp_path, monkeypatch, tiny):
    overrides, *rest = tiny
    monkeypatch.setitem(DATASETS, "tiny", Dataset(overrides | {"cvae.members": 3}, *rest))
    monkeypatch.setattr(speed, "PEERS", tmp_path / "absent")
    docs = tmp_path / "docs"
    speed.main(["run", "tiny", "--folder", str(tmp_path / "scratch"), "--docs", str(docs), "--rounds", "2"])
    assert "members: 1" in (tmp_path / "scratch/params.yaml").read_text(), "peers are one net each"
    (file,) = (docs / "speed").iterdir()
    found = read_json(file)
    assert file.name == f"tiny-{found['machine']['products']}.json"
    assert list(found["models"]) == ["cvae", "cvae-sampled", "als", "ease"]
    assert set(found["skipped"]) == set(speed.HIDDEN)
    assert found["machine"]["products"] in ("bfloat16", "float32")
    for each in found["models"].values():
        assert each["epoch"] > 0 and each["rank"] > 0 and each["to_best"] > 0 and 0 < each["ndcg_20"] <= 1
        assert 50e6 < each["memory"] < 8e9
    settings = (tmp_path / "scratch/params.yaml").read_text()
    assert "softmax: exact" in settings, "the last to be fitted"
    assert found["negatives"] == found["articles"] // speed.DRAWN
    own = [found["models"][name]["ndcg_20"] for name in ("cvae", "cvae-sampled")]
    assert own[0] != own[1], "another loss"
    assert found["models"]["als"]["epochs"] > 2 and found["models"]["cvae"]["epochs"] == 1
    page = (docs / "speed.md").read_text()
    assert f"## {file.stem}" in page and "Cornac VAECF: left out; its environment is not installed" in page
    assert "`python benchmarks/speed.py run tiny --folder SCRATCH --docs DOCS --rounds 2`" in page
    assert str(tmp_path) not in page
