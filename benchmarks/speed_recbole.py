"""RecBole's MultiVAE and RecVAE: its own files, data loaders, training loop, validation and scoring."""

import time
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.utils import get_model, get_trainer, init_seed
from recbole.utils.case_study import full_sort_topk
from scipy.sparse import csr_array
from speed_task import TRAIN, VALID, Answer, Clock, K, Task, batches, filled

RECBOLE: Final = {"multivae": "MultiVAE", "recvae": "RecVAE"}


class LateError(Exception):
    """The time of a fit is up."""


def recbole(task: Task, folder: Path) -> Answer:
    """RecBole from its atomic files to its own `full_sort_topk`."""
    train, valid = task.rows(TRAIN), task.rows(VALID)
    _atomic(folder / "given", train, valid)
    config = Config(RECBOLE[task.model], "given", config_dict=_settings(task, folder, train.shape[1]))
    init_seed(config["seed"], config["reproducibility"])
    dataset = create_dataset(config)
    train_data, valid_data, _ = data_preparation(config, dataset)
    model = get_model(config["model"])(config, train_data.dataset)
    trainer = get_trainer(config["MODEL_TYPE"], config["model"])(config, model)
    clock = Clock(task)
    if task.model == "recvae":
        clock.passes = config["n_enc_epochs"] + config["n_dec_epochs"]
    trainer._train_epoch = _timed(trainer._train_epoch, clock.epochs)
    trainer._valid_epoch = _timed(trainer._valid_epoch, clock.validations)
    kept: dict[str, Any] = {}

    def validated(_: int, score: float) -> None:
        if clock.validated(score):
            kept.update(deepcopy(model.state_dict()))
        if clock.late():
            raise LateError

    with suppress(LateError):  # what is best so far is kept, and the answer says so
        trainer.fit(train_data, valid_data, saved=False, verbose=False, callback_fn=validated)
    figures = clock.figures()
    model.load_state_dict(kept)
    seconds, lists = _ranked(task, train, dataset, model, valid_data)
    return figures | {"rank": seconds}, lists


def _ranked(
    task: Task, train: csr_array, dataset: Any, model: Any, valid_data: Any
) -> tuple[float, np.ndarray]:
    """The seconds of ranking everybody, and the lists in the bench's positions."""
    some = filled(train)
    user = dataset.token2id(dataset.uid_field, some.astype(str))
    item = dataset.token2id(dataset.iid_field, np.arange(train.shape[1]).astype(str))
    for row, number in zip(some, user, strict=True):
        bought = train.indices[train.indptr[row] : train.indptr[row + 1]]
        valid_data.uid2history_item[number] = torch.from_numpy(item[bought])
    started = time.perf_counter()
    parts = [full_sort_topk(part, model, valid_data, K)[1] for part in batches(user, task.batch)]
    seconds = time.perf_counter() - started
    article = np.full(dataset.item_num, -1)
    article[item] = np.arange(len(item))
    return seconds, article[torch.cat(parts).numpy()]


def _settings(task: Task, folder: Path, n_articles: int) -> dict[str, Any]:
    hidden: dict[str, Any] = {"mlp_hidden_size": list(task.hidden)}
    if task.model == "recvae":
        hidden = {"hidden_dimension": task.hidden[0]}
    return hidden | {
        # RecBole's MultiVAE halves it, into mean and variance.
        "latent_dimension": task.latent * (2 if task.model == "multivae" else 1),
        "data_path": str(folder),
        "benchmark_filename": [TRAIN.removesuffix(".npz"), VALID.removesuffix(".npz"), "test"],
        "load_col": {"inter": ["user_id", "item_id"], "item": ["item_id"]},
        "train_batch_size": task.batch,
        "eval_batch_size": task.batch * (n_articles + 1),  # counted in scores, padding included
        "epochs": task.epochs,
        "stopping_step": task.patience,
        "metrics": ["NDCG", "Recall"],
        "topk": [K],
        "valid_metric": f"NDCG@{K}",
        "metric_decimal_place": 6,
        "use_gpu": False,
        "show_progress": False,
        "seed": task.seed,
        "checkpoint_dir": str(folder / "saved"),
    }


def _atomic(folder: Path, train: csr_array, valid: csr_array) -> None:
    """RecBole's own kind of files; it wants a test, which is not looked at."""
    folder.mkdir(parents=True, exist_ok=True)
    test = csr_array(valid[filled(valid)[:1]])
    for name, matrix in (("train", train), ("valid", valid), ("test", test)):
        pairs = matrix.tocoo()
        row = filled(valid)[pairs.row] if name == "test" else pairs.row
        lines = [f"{user}\t{item}\n" for user, item in zip(row, pairs.col, strict=True)]
        text = "user_id:token\titem_id:token\n" + "".join(lines)
        (folder / f"{folder.name}.{name}.inter").write_text(text)
    items = "".join(f"{item}\n" for item in range(train.shape[1]))
    (folder / f"{folder.name}.item").write_text("item_id:token\n" + items)


def _timed(work: Callable[..., Any], seconds: list[float]) -> Callable[..., Any]:
    """The same, with the seconds of each call added to a list."""

    def timed(*arguments: Any, **named: Any) -> Any:
        started = time.perf_counter()
        result = work(*arguments, **named)
        seconds.append(time.perf_counter() - started)
        return result

    return timed
