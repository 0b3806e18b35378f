"""Two real processes (gloo, CPU) train as one does: the same steps, the same curve, one result."""

import importlib.util
import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from traindy.core.cut import read_cut
from traindy.core.errors import UserError
from traindy.core.vocabulary import EARLIER, read_articles
from traindy.cvae import lasting as lasting_module
from traindy.cvae.distributed import ALONE, Processes, _united
from traindy.cvae.evidence import gather
from traindy.cvae.period import Period
from traindy.cvae.rows import shuffled_batches
from traindy.cvae.sparing import gained
from traindy.cvae.store import load_recommender
from traindy.evaluate.bootstrap import interval
from traindy.uph import UPH, load, save

ROOT = Path(__file__).parents[2]
TOGETHER = Path(__file__).with_name("together.py")
CUSTOMERS, ARTICLES, SHARD = 20_001, 20, 4_700
TWO = ("trainer.accelerator=cpu", "trainer.devices=2", "trainer.strategy=ddp")
SMALL = ("engine.threads=1", "cvae.latent_dim=8", "cvae.batch_size=625", "cvae.members=1", "cvae.samples=4")
"""The last step of 20,001 has one customer."""
ONE_FIT = ("cvae.max_epochs=3", "cvae.refit=false", "cvae.ablation=false")
UNDRAWN = ("cvae.input_dropout=0", "cvae.history_dropout=0", "trainer.precision=fp32")


def make_uph(dense):
    matrix = csr_array(dense.astype(np.float32))
    return UPH(matrix, np.arange(matrix.nnz, dtype=np.int32), np.ones(matrix.nnz, np.int32))


def start(script, folder, *overrides):
    command = [sys.executable, str(script), *SMALL, *overrides]
    environment = {name: value for name, value in os.environ.items() if name != "LOCAL_RANK"}
    return subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)


def finished(process):
    errors = process.communicate(timeout=600)[1]
    assert process.returncode == 0, errors
    return errors.splitlines()


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A shop of two kinds of customers in five shards; for both settings what one process noted, and what
    each of two did."""
    shop = tmp_path_factory.mktemp("together")
    kind = np.arange(CUSTOMERS) % 2
    own = (np.arange(ARTICLES) % 2)[None] == kind[:, None]
    draw = np.random.default_rng(0).random((CUSTOMERS, ARTICLES))
    draw[np.arange(CUSTOMERS), kind] = 0
    for period, bought in (("train", own & (draw < 0.5)), ("valid", own & (draw > 0.5) & (draw < 0.7))):
        for first in range(0, CUSTOMERS, SHARD):
            save(shop / period, make_uph(bought[first : first + SHARD]), first)
    found = {}
    for setting, overrides in (("drawn", ()), ("undrawn", UNDRAWN)):
        folder = shop / setting
        folder.mkdir()
        (folder / "params.yaml").write_text((ROOT / "params.yaml").read_text())
        for devices in (TWO, ()):
            finished(start(TOGETHER, folder, *ONE_FIT, *overrides, *devices))
        names = ("0-of-1", "0-of-2", "1-of-2")
        found[setting] = [json.loads((folder / f"process-{name}.json").read_text()) for name in names]
    return found


def test_every_step_has_the_customers_it_has_in_one_process_each_once_an_epoch(runs):
    one, *two = runs["drawn"]
    halves = [{(epoch, step): mine for epoch, step, mine in noted["seen"]} for noted in two]
    for epoch, step, everybody in one["seen"]:
        first, second = (half[epoch, step] for half in halves)
        assert sorted(first + second) == sorted(everybody)
    assert all(len(half) == len(one["seen"]) for half in halves)
    for epoch in range(3):
        seen = [c for noted in two for e, _, mine in noted["seen"] if e == epoch for c in mine]
        assert sorted(seen) == list(range(CUSTOMERS))
    assert any(not mine for noted in two for *_, mine in noted["seen"]), (
        "the last step is one process's alone"
    )


def test_the_loss_is_that_of_one_process_at_the_same_global_batch(runs):
    for setting, within in (("drawn", 0.01), ("undrawn", 1e-4)):
        one, two, _ = (noted["curve"] for noted in runs[setting])
        for name in ("train/reconstruction", "val/ndcg_20"):
            assert two[name] == pytest.approx(one[name], rel=within), (setting, name)


def test_a_process_opens_the_shards_of_its_own_customers_alone(runs):
    own = {0: [0, 4700, 9400], 1: [9400, 14100, 18800]}
    for rank, shards in own.items():
        expected = [f"{p}/customers-{first:08d}.npz" for p in ("train", "valid") for first in shards]
        assert runs["drawn"][1 + rank]["opened"] == expected


def test_both_processes_end_with_the_same_net_and_the_first_with_all_else(runs):
    _, first, second = runs["drawn"]
    assert first["sums"] == second["sums"]
    assert first["together"] == ["together", "alike", "ridge"] and second["together"] == []
    assert second["curve"] == {} and first["weights"] != second["weights"]


@pytest.fixture
def shop(tmp_path, monkeypatch, params):
    """All that train_cvae reads, of a tiny shop."""
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text((ROOT / "params.yaml").read_text())
    tiny = (
        "cvae.members=1",
        "simulate.customers=300",
        "simulate.articles=100",
        "simulate.days=100",
        "cluster.max_clusters=2",
    )
    settings = params(*tiny, "cluster.n_clusters=2", "build_uph.shard_customers=70", "engine.threads=1")
    for stage in ("simulate", "split", "cluster", "build_uph"):
        spec = importlib.util.spec_from_file_location(stage, ROOT / "stages" / f"{stage}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.main(settings)
    return settings.paths


def test_the_stage_in_two_processes_writes_and_speaks_once(shop, params, monkeypatch):
    lines = finished(start(ROOT / "stages/train_cvae.py", ".", "cvae.max_epochs=2", *TWO))
    told = [line.split(":")[0] for line in lines]
    fit = ["fit", "epoch 1", "epoch 2"]
    assert [line for line in told if line in fit] == [*fit, *fit, *fit]
    for once in ("best", "weights of the evidence", "trained conditioned, unconditioned", "train_cvae"):
        assert told.count(once) == 1, lines
    assert sorted(p.name for p in Path(shop.cvae).parent.glob("cvae*")) == ["cvae"]
    model = load_recommender(f"{shop.cvae}/conditioned", read_articles(shop.split))
    history = load(f"{shop.uph}/train")
    conditions = np.zeros(history.n_customers, int)
    assert model.rank(history, conditions, 5, exclude_bought=True).shape == (history.n_customers, 5)
    metrics = json.loads(Path(f"{shop.metrics}/train_cvae/metrics.json").read_text())
    assert metrics["step"] == 1, "two epochs, each logged once"
    check_evidence_of_the_day(shop, lines, params().cvae, monkeypatch)


def check_evidence_of_the_day(paths, lines, settings, monkeypatch):
    """The figures by which it is kept are what one process finds."""
    said = [line for line in lines if line.startswith("evidence of the day without the net")]
    before, during = (load(f"{paths.uph}/{period}") for period in ("train", "valid"))
    early = load(f"{paths.uph}/{EARLIER}")
    cut, articles, nobody_knows = read_cut(paths.split), read_articles(paths.split), np.zeros(300, int)
    period = Period(before, articles.n_train, cut.valid_start)
    direct = period.paths_without_net(settings, ALONE)
    earlier = Period(early, articles.n_train, cut.earlier)
    evidence = gather(before, articles.n_train, cut.valid_start, settings.recency_days, direct)
    gains = []
    monkeypatch.setattr(lasting_module, "gained", lambda *asked: gains.append(gained(*asked)) or gains[-1])
    lasting_module.lasting(period, earlier, evidence, during, nobody_knows, settings, ALONE)
    told = [[float(number) for number in line.split("NDCG@20")[1].split(" to ")] for line in said]
    assert len(gains) == 5 and np.allclose(told, [interval(each) for each in gains], atol=1e-3)


def test_two_processes_that_were_killed_go_on_together_from_their_last_finished_epoch(shop):
    stage = (ROOT / "stages/train_cvae.py", ".", "cvae.max_epochs=2", "cvae.ablation=false", *TWO)
    weights = Path(f"{shop.cvae}/conditioned/model.safetensors")
    finished(start(*stage))
    undisturbed = weights.read_bytes()
    weights.unlink()
    process = start(*stage)
    assert any(line.startswith("best: ") for line in process.stderr), "the first of two fits is done"
    process.kill()
    process.communicate()
    lines = finished(start(*stage))
    assert sum(line.startswith("epoch ") for line in lines) <= 2, lines
    assert weights.read_bytes() == undisturbed
    assert not Path(shop.resume).exists()


class Share(Processes):
    """One of several processes that are not there."""

    def __init__(self, rank, world):
        super().__init__()
        self.rank, self.world = rank, world


@pytest.mark.parametrize(("customers", "world"), [(7, 2), (6, 4), (3, 3), (10, 1)])
def test_everybody_belongs_to_one_process(customers, world):
    spans = [Share(rank, world).own(customers) for rank in range(world)]
    assert spans[0].start == 0 and spans[-1].stop == customers
    assert all(a.stop == b.start for a, b in pairwise(spans))
    assert max(map(len, spans)) - min(map(len, spans)) <= 1


def test_more_processes_than_shards_share_them_and_their_rows_unite_to_the_whole(tmp_path):
    dense = np.random.default_rng(0).random((7, 5)) < 0.4
    save(tmp_path, make_uph(dense[:4]), 0)
    save(tmp_path, make_uph(dense[4:]), 4)
    parts = [Share(rank, 5).load(tmp_path, 7) for rank in range(5)]
    assert [part.matrix.toarray().any(1).nonzero()[0].tolist() for part in parts] == [
        [c for c in Share(rank, 5).own(7) if dense[c].any()] for rank in range(5)
    ]
    whole, united = load(tmp_path), _united(parts)
    assert np.array_equal(united.matrix.toarray(), whole.matrix.toarray())
    assert np.array_equal(united.day, whole.day) and np.array_equal(united.count, whole.count)


def test_more_processes_than_customers_are_refused(tmp_path):
    save(tmp_path, make_uph(np.ones((2, 3))), 0)
    with pytest.raises(UserError, match=r"trainer\.num_nodes=3: more processes than the 2"):
        Share(0, 3).load(tmp_path, 2)


def test_a_step_may_have_nobody_of_a_process():
    steps = list(shuffled_batches(np.arange(4), 2, seed=0, own=range(1)))
    assert [step.size for step in steps] == [2, 2]
    assert sorted(len(step.customers) for step in steps) == [0, 1]
