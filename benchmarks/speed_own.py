"""The CVAE, implicit's ALS and EASE, each timed in a process of its own: speed.py runs `speed_own.py FOLDER`.

The current folder is the bench's scratch folder with params.yaml and the stages' outputs.
"""

import sys
import time
from pathlib import Path

import numpy as np
import torch
from before import before_validation
from implicit.cpu.als import AlternatingLeastSquares
from losses_fit import ALONE
from pytorch_lightning import LightningModule, Trainer
from scipy.sparse import csr_matrix
from speed_task import (
    TRAIN,
    VALID,
    Answer,
    Clock,
    K,
    Task,
    answer,
    batches,
    filled,
    import_optimiser,
    validation_ndcg,
)
from threadpoolctl import threadpool_limits

from traindy.baselines.ease import Ease, gram_matrix
from traindy.baselines.popularity import by_popularity, count
from traindy.core.config import load_params
from traindy.core.params import Params
from traindy.core.runtime import keep_freed_memory
from traindy.core.vocabulary import read_articles
from traindy.cvae.conditions import read_conditions
from traindy.cvae.fit import Fitter
from traindy.cvae.recommender import CvaeRecommender
from traindy.cvae.rows import Batch
from traindy.cvae.validation import Selection
from traindy.uph import load


class Timed(Selection):
    """The pipeline's own selection of the epoch, with a clock."""

    def __init__(self, clock: Clock, patience: int, seed: int) -> None:
        super().__init__(None, patience, seed)
        self.clock, self.batch, self.began, self.said = clock, 0, 0.0, 0.0

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Lightning's hook."""
        self.began = time.perf_counter()

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Batch, batch_idx: int
    ) -> None:
        """Lightning's hook; keeps the size of the batches that the fit chose."""
        self.batch = max(self.batch, batch.size)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Lightning's hook; the time of the epoch, then that of the validation pass."""
        middle = time.perf_counter()
        self.clock.epochs.append(middle - self.began)
        super().on_train_epoch_end(trainer, pl_module)
        self.clock.validations.append(time.perf_counter() - middle)
        self.clock.validated(self.said)

    def _accuracy(self) -> dict[str, float]:
        measured = super()._accuracy()
        self.said = measured["val/ndcg_20"]
        return measured


def cvae(task: Task, params: Params) -> Answer:
    """The CVAE as train_cvae selects it, evidence and all; ranks with it, and with the net alone."""
    paths, settings = params.paths, params.cvae
    articles = read_articles(paths.split)
    fitter = Fitter(articles, read_conditions(paths.cluster, settings.condition), settings, params.trainer)
    (period, earlier), valid = before_validation(params), load(f"{paths.uph}/valid")
    clock = Clock(task)
    watch = Timed(clock, settings.patience, settings.seed)
    model = fitter.select(period, valid, watch, earlier)
    whole = time.perf_counter() - clock.started
    # What stands between the fit's parts, above all the evidence and its weights, is needed for the accuracy.
    watched = sum(clock.epochs) + sum(clock.validations)
    evidence = whole - watched
    some = filled(period.uph.matrix)
    history, conditions = period.uph.rows(some), fitter.conditions.of_customer[some]

    def ranked(with_: CvaeRecommender) -> tuple[float, np.ndarray]:
        started = time.perf_counter()
        lists = with_.rank(history, conditions, K, exclude_bought=True)
        return time.perf_counter() - started, lists

    seconds, lists = ranked(model)
    net = CvaeRecommender(model.net, model.evidence, ALONE, model.samples, model.seed, model.block)
    parts = {"evidence": evidence, "rank_net": ranked(net)[0], "batch": watch.batch}
    best = int(np.argmax(clock.ndcg)) + 1
    to_best = evidence + sum(clock.epochs[:best]) + sum(clock.validations[:best])
    return clock.figures() | parts | {"to_best": to_best, "late": False, "rank": seconds}, lists


def als(task: Task, params: Params) -> Answer:
    """implicit's own fit and its own `recommend`; an epoch is an iteration."""
    asked, train, valid = params.baselines, csr_matrix(task.rows(TRAIN)), task.rows(VALID)
    judged = filled(valid)
    model = AlternatingLeastSquares(
        factors=task.latent,
        regularization=asked.als_regularization,
        alpha=asked.als_alpha,
        iterations=min(task.epochs, asked.als_iterations),
        num_threads=task.threads,
        random_state=asked.seed,
    )

    def ranked(rows: np.ndarray) -> np.ndarray:
        parts = [
            model.recommend(part, train[part], N=K, filter_already_liked_items=True)[0]
            for part in batches(rows, task.batch)
        ]
        return np.concatenate(parts)

    def iterated(_: int, seconds: float, __: float | None) -> None:
        clock.epochs.append(seconds)
        started = time.perf_counter()
        said = validation_ndcg(ranked(judged), valid[judged])
        clock.validations.append(time.perf_counter() - started)
        clock.validated(said)

    with threadpool_limits(1, "blas"):  # its own threads are enough
        clock = Clock(task)
        model.fit(train, show_progress=False, callback=iterated)
        figures, started = clock.figures(), time.perf_counter()
        lists = ranked(filled(task.rows(TRAIN)))
    return figures | {"rank": time.perf_counter() - started, "late": False}, lists


def ease(task: Task, params: Params) -> Answer:
    """One equation, no epochs: the whole fit counts as one."""
    uph = load(f"{params.paths.uph}/train")
    n = task.rows(TRAIN).shape[1]
    popular = by_popularity(count(uph, n, None), count(uph, n, None))
    history = uph.rows(filled(uph.matrix))
    clock = Clock(task)
    model = Ease(gram_matrix(uph, n), popular, params.baselines.ease_lambda)
    fit = time.perf_counter() - clock.started
    started = time.perf_counter()
    lists = model.rank(history, np.zeros(history.n_customers, np.int32), K, exclude_bought=True)
    seconds = time.perf_counter() - started
    return clock.figures() | {"epochs": [fit], "to_best": fit, "late": False, "rank": seconds}, lists


def main(folder: Path) -> None:
    """Do the task that lies in a folder, in a process that treats its memory as a stage does."""
    keep_freed_memory()
    task, params = Task.read(folder), load_params([])
    torch.set_num_threads(task.threads)
    import_optimiser()
    answer(folder, *{"cvae": cvae, "als": als, "ease": ease}[task.model](task, params))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
