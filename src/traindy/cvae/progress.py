"""What the user sees while a model is trained."""

import logging
import sys
import time
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer
from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

log = logging.getLogger("traindy")


class Progress(Callback):
    """A bar with customers a second and the time left where there is a terminal, else a line an epoch."""

    def __init__(self, customers: int) -> None:
        self.customers = customers
        self.bar = Bar(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rate]:,.0f} customers/s"),
            TimeRemainingColumn(), console=Console(file=sys.stderr), transient=True,
            disable=not sys.stderr.isatty(),
        )  # fmt: skip
        self.task = TaskID(0)
        self.started = 0.0

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Show the bar, in one process."""
        self.bar.disable |= not trainer.is_global_zero
        self.bar.start()
        steps = (trainer.max_epochs or 1) * trainer.num_training_batches
        self.task = self.bar.add_task("epoch 1", total=steps, rate=0)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Take the time."""
        self.started = time.perf_counter()
        self.bar.update(self.task, description=f"epoch {trainer.current_epoch + 1}")

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, *_: Any, **__: Any) -> None:
        """Move the bar."""
        self.bar.update(self.task, advance=1, rate=self._rate(trainer))

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """One line with what was measured in this epoch."""
        measured = {name: float(value) for name, value in trainer.callback_metrics.items()}
        told = ", ".join(f"{name} {value:.4g}" for name, value in measured.items())
        log.info("epoch %d: %s, %.0f customers/s", trainer.current_epoch + 1, told, self._rate(trainer))

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Take the bar away."""
        self.bar.stop()

    def _rate(self, trainer: Trainer) -> float:
        done = (
            trainer.fit_loop.epoch_loop.batch_progress.current.completed or 1
        ) / trainer.num_training_batches
        return self.customers * done / (time.perf_counter() - self.started)
