"""Lightning's trainer as every fit uses it."""

import logging
import warnings

import torch
from pytorch_lightning import Callback, Trainer

from traindy.core.errors import UserError
from traindy.core.params import Trainer as TrainerParams
from traindy.cvae.distributed import Processes, devices_of
from traindy.cvae.resume import PlainCheckpoint

# Its hints and its inventory of devices say nothing about this model.
logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
warnings.filterwarnings("ignore", module="pytorch_lightning")


def trainer_of(
    params: TrainerParams, processes: Processes, epochs: int, callbacks: list[Callback]
) -> Trainer:
    """For one fit of so many epochs; refuses devices that are not there, processes that were not started."""
    # Deterministic torch would fill every new tensor first: a third of an epoch, and none is read unset.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    with devices_of(params):
        trainer = Trainer(
            max_epochs=epochs,
            accelerator=params.accelerator,
            devices=params.devices,
            num_nodes=params.num_nodes,
            strategy=params.strategy,
            use_distributed_sampler=False,
            callbacks=callbacks,
            plugins=PlainCheckpoint(),
            logger=False,
            enable_checkpointing=False,
            enable_model_summary=False,
            enable_progress_bar=False,
            log_every_n_steps=1,
            # The same bytes from the same seed; a warning where a device has no such kernel.
            deterministic="warn",
        )
    if trainer.world_size != processes.world:
        asked = f"trainer.devices={params.devices}, trainer.num_nodes={params.num_nodes}"
        raise UserError(f"{asked}: only the stage train_cvae runs in several processes; use 1 here")
    return trainer
