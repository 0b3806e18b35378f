"""A training that was stopped goes on from its last finished epoch.

Every fit is kept after each epoch as a Lightning checkpoint of plain tensors and numbers, until the stage is
done. Nothing random needs keeping: the draws of an epoch depend on seed, epoch and process alone.
"""

import hashlib
import json
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Final

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.plugins.io import TorchCheckpointIO

import traindy
from traindy.core.errors import UserError
from traindy.core.files import output_file
from traindy.cvae.distributed import Processes

log = logging.getLogger("traindy")

SUFFIX: Final = ".ckpt"


@contextmanager
def kept_fits(root: str | Path, determined_by: object, processes: Processes) -> Iterator[Path]:
    """A folder for the fits of this very training, which is removed with `root` when the block ends well.

    determined_by: the parameters and the hashes of the inputs, as JSON holds them. What others, other code or
    versions of torch have left in `root` is removed at once.
    """
    root = Path(root)
    if not processes.first:
        yield Path(processes.agreed(""))
        return
    folder = root / _fingerprint(determined_by)
    for other in root.glob("*"):
        if other != folder:
            shutil.rmtree(other)
    yield Path(processes.agreed(str(folder)))
    shutil.rmtree(root, ignore_errors=True)


def _fingerprint(determined_by: object) -> str:
    digest = hashlib.sha256(json.dumps([determined_by, torch.__version__]).encode())
    for file in sorted(Path(traindy.__file__).parent.rglob("*.py")):
        digest.update(file.name.encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


class PlainCheckpoint(TorchCheckpointIO):
    """Checkpoints that are complete under their name, and hold nothing that could run when they are read."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Write and rename into place; Lightning calls it in the first process alone."""
        with output_file(path) as partial, partial.open("wb") as file:
            torch.save(checkpoint, file)

    def load_checkpoint(
        self, path: Any, map_location: Any = "cpu", weights_only: bool | None = True
    ) -> dict[str, Any]:
        """Read tensors and numbers, to the processor's memory."""
        try:
            return torch.load(path, map_location="cpu", weights_only=True)
        except (RuntimeError, UnpicklingError, EOFError) as error:
            reason = " ".join(str(error).split())[:100]
            raise UserError(f"{path}: not a kept fit ({reason}); remove it and run again") from None


class Keep(Callback):
    """After each epoch: writes all that the fit needs to go on. To be the last of the callbacks."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Say where a fit goes on."""
        if trainer.current_epoch and not trainer.should_stop:
            log.info("goes on after epoch %d, kept in %s", trainer.current_epoch, self.file.parent)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """All processes take part."""
        trainer.save_checkpoint(self.file)
