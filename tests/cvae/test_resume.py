"""A training that was stopped after any epoch ends as one that was not: the same weights, the same curve."""

import json

import numpy as np
import pyarrow as pa
import pytest
import torch
from dvclive import Live
from pytorch_lightning import Trainer
from scipy.sparse import csr_array

from traindy.core.cut import Cut
from traindy.core.errors import UserError
from traindy.core.vocabulary import Articles
from traindy.cvae.conditions import by_cluster
from traindy.cvae.distributed import ALONE
from traindy.cvae.fit import Fitter
from traindy.cvae.resume import PlainCheckpoint, kept_fits
from traindy.cvae.train import train
from traindy.cvae.validation import Selection
from traindy.uph import UPH

CUSTOMERS, ARTICLES, EPOCHS = 96, 20, 3
KIND = np.arange(CUSTOMERS) % 2


class Stopped(BaseException):
    """In place of a kill."""


def make_uph(dense):
    matrix = csr_array(dense.astype(np.float32))
    return UPH(matrix, np.zeros(matrix.nnz, np.int32), np.ones(matrix.nnz, np.int32))


@pytest.fixture(scope="module")
def periods():
    draw = np.random.default_rng(0).random((CUSTOMERS, ARTICLES))
    own = (np.arange(ARTICLES) % 2)[None] == KIND[:, None]
    return make_uph(own & (draw < 0.5)), make_uph(own & (draw > 0.5) & (draw < 0.7))


def run(params, periods, folder, *overrides):
    """Train with all that the stage does; the weights of both models, and every file of the curves."""
    settings = params(
        "cvae.latent_dim=8", "cvae.batch_size=32", f"cvae.max_epochs={EPOCHS}", "cvae.learning_rate=0.01",
        "cvae.members=1",
        *overrides,
    )  # fmt: skip
    ids = pa.chunked_array([[f"{i:02d}" for i in range(ARTICLES)]])
    articles = Articles(ids, pa.table({"colour": ["red", "blue"] * (ARTICLES // 2)}), ARTICLES, ARTICLES)
    fitter = Fitter(articles, by_cluster(KIND), settings.cvae, settings.trainer, keep=folder / "kept")
    curves = folder / "curves"
    with Live(str(curves), dvcyaml=None, save_dvc_exp=False) as live:
        models = train(fitter, *periods, Cut("per_customer", None, None, None), live)
    weights = {name: model.net.state_dict() for name, model in models.items()}
    return weights, {str(f.relative_to(curves)): f.read_bytes() for f in curves.rglob("*") if f.is_file()}


def stopping_after(monkeypatch, saves):
    """Stop where the process would be killed: right after so many checkpoints were written."""
    left = iter(range(saves))
    save = Trainer.save_checkpoint

    def saved(self, *arguments, **named):
        save(self, *arguments, **named)
        if next(left) == saves - 1:
            raise Stopped

    monkeypatch.setattr(Trainer, "save_checkpoint", saved)


@pytest.fixture(scope="module")
def rising():
    """Validation says that every epoch is better than the one before, so that all fits have as many."""
    accuracy = Selection._accuracy
    with pytest.MonkeyPatch.context() as patched:
        better = lambda self: accuracy(self) | {"val/ndcg_20": 1 - 1 / (2 + len(self.curve))}  # noqa: E731
        patched.setattr(Selection, "_accuracy", better)
        yield


@pytest.fixture(scope="module")
def undisturbed(rising, periods, params, tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    found = run(params, periods, folder)
    assert json.loads(found[1]["metrics.json"])["best"]["epoch"] == EPOCHS
    return found


def same(found, expected):
    for model, weights in expected[0].items():
        for name, tensor in weights.items():
            assert torch.equal(found[0][model][name], tensor), (model, name)
    assert found[1] == expected[1], "the learning curves, byte by byte"


@pytest.mark.parametrize("saves", range(1, 3 * EPOCHS + 1))
def test_stopped_after_any_epoch_of_any_fit_it_ends_as_if_it_had_not_been(
    saves, undisturbed, periods, params, tmp_path, monkeypatch, caplog
):
    with monkeypatch.context() as patched:
        stopping_after(patched, saves)
        with pytest.raises(Stopped):
            run(params, periods, tmp_path)
    caplog.clear()
    caplog.set_level("INFO", "traindy")
    same(run(params, periods, tmp_path), undisturbed)
    ran = [r.message for r in caplog.records if r.message.startswith("epoch ")]
    assert len(ran) == 3 * EPOCHS - saves, "no finished epoch is trained again"


def test_a_fit_that_stopped_early_does_not_train_on(periods, params, tmp_path, monkeypatch):
    """Nothing is better than the first epoch; the stop comes between the last epoch and the fit's end."""
    monkeypatch.setattr(Selection, "_accuracy", lambda self: {"val/ndcg_20": 1 / (1 + len(self.curve))})
    short = ("cvae.patience=1", "cvae.max_epochs=9", "cvae.ablation=false")
    expected = run(params, periods, tmp_path / "undisturbed", *short)
    assert json.loads(expected[1]["metrics.json"])["step"] == 1, "two epochs of nine"
    with monkeypatch.context() as patched:
        stopping_after(patched, 2)
        with pytest.raises(Stopped):
            run(params, periods, tmp_path / "stopped", *short)
    same(run(params, periods, tmp_path / "stopped", *short), expected)


def test_what_is_kept_is_tensors_and_numbers(periods, params, tmp_path):
    run(params, periods, tmp_path)
    kept = sorted(file.relative_to(tmp_path / "kept").as_posix() for file in tmp_path.rglob("*.ckpt"))
    assert kept == ["refit.ckpt", "select.ckpt", "unconditioned/refit.ckpt"]
    content = torch.load(tmp_path / "kept/select.ckpt", weights_only=True)
    for value in leaves(content):
        assert isinstance(value, torch.Tensor | int | float | str | bool | None), type(value)


def leaves(value):
    if isinstance(value, dict | list | tuple):
        for each in value.values() if isinstance(value, dict) else value:
            yield from leaves(each)
    else:
        yield value


def test_a_broken_file_is_said_to_be_one(tmp_path):
    file = tmp_path / "select.ckpt"
    for content in (b"", b"PK\x03\x04 cut off", b"\x80\x04cos\nsystem\n."):
        file.write_bytes(content)
        with pytest.raises(UserError, match=r"select\.ckpt: not a kept fit .*; remove it and run again"):
            PlainCheckpoint().load_checkpoint(file)


def test_only_the_same_settings_inputs_and_code_go_on_and_the_end_removes_all(tmp_path):
    root = tmp_path / ".resume"

    def stop(settings, inputs="1"):
        with pytest.raises(Stopped), kept_fits(root, [settings, {"uph": inputs}], ALONE) as folder:
            folder.mkdir(parents=True, exist_ok=True)
            raise Stopped
        assert [entry.name for entry in root.iterdir()] == [folder.name], "what is of no use is removed"
        return folder

    first = stop({"epochs": 3})
    assert stop({"epochs": 3}) == first
    assert stop({"epochs": 4}) != first
    assert stop({"epochs": 3}, inputs="2") != first
    with kept_fits(root, {}, ALONE) as folder:
        folder.mkdir(parents=True)
    assert not root.exists()
