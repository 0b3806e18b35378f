"""What a contender of the speed bench is asked and what it answers; all that both environments know of it."""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from scipy.sparse import csr_array, load_npz

from traindy.evaluate.metrics import hits_of, ndcg

K: Final = 20
TRAIN, VALID, TASK, FIGURES, LISTS = "train.npz", "valid.npz", "task.json", "figures.json", "lists.npy"

Answer = tuple[dict[str, Any], np.ndarray]
"""Figures, and the lists of all customers with a history, in their order: int [some, 20]."""


@dataclass(frozen=True)
class Task:
    """One fit and one ranking of everybody. As JSON it lies in the folder that the answer goes to."""

    model: str
    given: str
    """The folder of train.npz and valid.npz: customers x known articles, SciPy CSR, the same rows in both."""
    latent: int
    hidden: tuple[int, ...]
    """Widths of the hidden layers, where the model has them."""
    batch: int
    """Customers a step, and customers ranked at a time."""
    epochs: int
    """At most so many."""
    patience: int
    """Epochs without a better validation NDCG@20 before the fit ends."""
    seconds: float
    """Of the fit, after which no epoch begins."""
    threads: int
    seed: int

    @classmethod
    def read(cls, folder: Path) -> "Task":
        """The task in a folder."""
        return cls(**json.loads((folder / TASK).read_text()))

    def rows(self, name: str) -> csr_array:
        """train.npz or valid.npz, its rows sorted by article."""
        matrix = csr_array(load_npz(Path(self.given) / name), dtype=np.float32)
        matrix.sort_indices()
        return matrix


@dataclass
class Clock:
    """Times a fit; made when it starts."""

    task: Task
    passes: int = 1
    """Times that what the model calls an epoch goes over all customers."""
    started: float = field(default_factory=time.perf_counter)
    epochs: list[float] = field(default_factory=list)
    """Seconds of each, without the validation pass after it."""
    validations: list[float] = field(default_factory=list)
    """Seconds of each validation pass."""
    ndcg: list[float] = field(default_factory=list)
    """What each validation pass said."""
    to_best: float = 0.0
    """Seconds from the start to the end of the best validation pass."""

    def validated(self, ndcg: float) -> bool:
        """Take note of a validation pass that ends now; whether it is the best so far."""
        best = ndcg > max(self.ndcg, default=-1.0)
        self.ndcg.append(ndcg)
        if best:
            self.to_best = time.perf_counter() - self.started
        return best

    def late(self) -> bool:
        """Whether the fit's time is up."""
        return time.perf_counter() - self.started > self.task.seconds

    def over(self) -> bool:
        """Whether no further epoch should begin."""
        since = len(self.ndcg) - int(np.argmax(self.ndcg)) - 1 if self.ndcg else 0
        return self.late() or len(self.epochs) >= self.task.epochs or since >= self.task.patience

    def figures(self) -> dict[str, Any]:
        """The answer's part on the fit."""
        names = ("passes", "epochs", "validations", "to_best")
        return {name: getattr(self, name) for name in names} | {
            "best_epoch": int(np.argmax(self.ndcg)) + 1 if self.ndcg else None,
            "late": self.late(),
        }


def import_optimiser() -> None:
    """Have torch import what it imports with the first optimiser: many seconds, and no model's doing."""
    torch.optim.Adam([torch.zeros(1, requires_grad=True)])


def validation_ndcg(lists: np.ndarray, truth: csr_array) -> float:
    """Mean NDCG@20; lists: int [rows, 20]; truth: the same rows, none of them empty."""
    return float(ndcg(hits_of(lists, truth), np.diff(truth.indptr), K).mean())


def filled(matrix: csr_array) -> np.ndarray:
    """The rows that hold something: int [some]."""
    return np.flatnonzero(np.diff(matrix.indptr))


def batches(rows: np.ndarray, size: int) -> Iterable[np.ndarray]:
    """So many rows at a time, in order."""
    return (rows[first : first + size] for first in range(0, len(rows), size))


def answer(folder: Path, figures: dict[str, Any], lists: np.ndarray) -> None:
    """Write an `Answer`."""
    np.save(folder / LISTS, lists.astype(np.int32), allow_pickle=False)
    (folder / FIGURES).write_text(json.dumps(figures))
