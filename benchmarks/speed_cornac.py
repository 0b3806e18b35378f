"""Cornac's VAECF: its own training loop and its own `recommend`."""

import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, Final

import cornac.models.vaecf.vaecf as cornac_loop
import numpy as np
import torch
from cornac.data import Dataset
from cornac.models import VAECF
from speed_task import TRAIN, VALID, Answer, Clock, K, Task, batches, filled, validation_ndcg

from traindy.baselines.ranking import best

ONE_BY_ONE: Final = 1000
"""Customers ranked by Cornac's own `recommend`, one at a time; all take in proportion."""


class Epochs:
    """Stands in for the progress bar that Cornac's loop goes along, and validates between its epochs."""

    def __init__(self, clock: Clock, validate: Callable[[], None]) -> None:
        self.clock, self.validate = clock, validate

    def __iter__(self) -> Iterator[int]:
        number = 0
        while not self.clock.over():
            number, started = number + 1, time.perf_counter()
            yield number
            middle = time.perf_counter()
            self.clock.epochs.append(middle - started)
            self.validate()
            self.clock.validations.append(time.perf_counter() - middle)

    def set_postfix(self, **_: Any) -> None:
        """The bar's; says the loss."""


def vaecf(task: Task) -> Answer:
    """Cornac's own fit and `recommend`. It has no validation: between epochs its net scores in batches."""
    train, valid = task.rows(TRAIN), task.rows(VALID)
    pairs = train.tocoo()
    data = Dataset.build(list(zip(pairs.row.tolist(), pairs.col.tolist(), [1.0] * train.nnz, strict=True)))
    article = np.array(list(data.iid_map), dtype=np.int64)
    model = VAECF(
        k=task.latent,
        autoencoder_structure=list(task.hidden),
        n_epochs=task.epochs,
        batch_size=task.batch,
        seed=task.seed,
    )
    judged, some = filled(valid), filled(train)
    kept: dict[str, Any] = {}

    @torch.no_grad()
    def ranked(rows: np.ndarray) -> np.ndarray:
        parts = []
        for part in batches(rows, task.batch):
            own = train[part][:, article].toarray()
            scores = model.vae.decode(model.vae.encode(torch.from_numpy(own))[0]).numpy()
            scores[own > 0] = -np.inf
            parts.append(best(scores, K))
        lists = np.concatenate(parts)
        return np.where(lists < 0, -1, article[lists])

    def validate() -> None:
        if clock.validated(validation_ndcg(ranked(judged), valid[judged])):
            kept.update(deepcopy(model.vae.state_dict()))

    clock = Clock(task)
    cornac_loop.trange = lambda *_, **__: Epochs(clock, validate)
    model.fit(data)
    figures = clock.figures()
    model.vae.load_state_dict(kept)
    started = time.perf_counter()
    lists = ranked(some)
    seconds = time.perf_counter() - started
    return figures | {"rank": _one_by_one(task, model, data, some), "rank_net": seconds}, lists


def _one_by_one(task: Task, model: VAECF, data: Dataset, customers: np.ndarray) -> float:
    """Seconds of Cornac's own ranking of all."""
    singly = np.random.default_rng(task.seed).permutation(customers)[:ONE_BY_ONE].tolist()
    started = time.perf_counter()
    for customer in singly:
        model.recommend(customer, k=min(K, data.num_items), remove_seen=True, train_set=data)
    return (time.perf_counter() - started) * len(customers) / len(singly)
