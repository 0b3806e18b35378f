"""The processes that train together, each on customers of its own.

With `trainer.devices` or `trainer.num_nodes` above 1 Lightning starts the stage's script once more for every
further device of this machine, unless torchrun or SLURM has started all processes. All run the same code. The
first process alone measures, writes and speaks; the others help to fit and then end.
"""

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
import torch

from traindy.core.errors import UserError
from traindy.core.params import Trainer as TrainerParams
from traindy.core.parent import end_with_parent
from traindy.uph import UPH, empty, load, stack
from traindy.uph.matrix import ones

if TYPE_CHECKING:
    from lightning_fabric import Fabric

T = TypeVar("T")
log = logging.getLogger("traindy")

PATIENCE: Final = timedelta(days=1)
"""The others wait while the first process gathers the evidence; the usual half an hour may not be enough."""

NOT_THERE: Final = "No supported gpu backend|your machine only has"
"""What Lightning says of devices."""


class Processes:
    """All processes of a training; without a fabric there is this one alone."""

    def __init__(self, fabric: "Fabric | None" = None) -> None:
        self._fabric = fabric
        self.rank = fabric.global_rank if fabric else 0
        self.world = fabric.world_size if fabric else 1

    @property
    def first(self) -> bool:
        """Whether this is the process that measures, writes and speaks."""
        return self.rank == 0

    def own(self, n_customers: int) -> range:
        """This process's customers: consecutive positions, and as many as anybody's, give or take one."""
        return range(self.rank * n_customers // self.world, (self.rank + 1) * n_customers // self.world)

    def load(self, folder: str | Path, n_customers: int) -> UPH:
        """The rows of this process's customers, from the shards that hold them; those of others are empty."""
        own = self.own(n_customers)
        if not own:
            raise UserError(
                f"trainer.devices * trainer.num_nodes={self.world}: more processes than the {n_customers} "
                "customers; lower them"
            )
        uph = load(folder, own)
        if len(own) == n_customers:
            return uph
        before, after = own.start, n_customers - own.stop
        return stack(empty(before, uph.n_articles), uph, empty(after, uph.n_articles))

    def total(self, counts: np.ndarray) -> np.ndarray:
        """The sum over all processes, in each: int64, of the shape given."""
        return self._reduce(counts, "sum")

    def least(self, values: np.ndarray) -> np.ndarray:
        """The minimum over all processes, in each: int64, of the shape given."""
        return self._reduce(values, "min")

    def agreed(self, value: T) -> T:
        """The first process's value, in each."""
        return value if self._fabric is None else self._fabric.broadcast(value)

    def gathered(self, uph: UPH) -> UPH | None:
        """In the first process, everybody's rows; None in the others.

        uph: rows of customers in the order of their positions, those of other processes' customers empty.
        """
        if self.world == 1:
            return uph
        parts: list[UPH] | None = [uph] * self.world if self.first else None
        torch.distributed.gather_object(uph, parts)
        return _united(parts) if parts else None

    def _reduce(self, values: np.ndarray, how: str) -> np.ndarray:
        if self._fabric is None:
            return values
        reduced = self._fabric.all_reduce(torch.from_numpy(values.astype(np.int64)), reduce_op=how)
        return np.asarray(reduced.cpu())  # type: ignore[union-attr]


ALONE: Final = Processes()
"""This process and no other."""


def join(trainer: TrainerParams) -> Processes:
    """Start the other processes, or meet those that have started this one."""
    if trainer.devices * trainer.num_nodes == 1:
        return ALONE
    # Here, because who ranks alone needs none of it.
    from lightning_fabric import Fabric
    from lightning_fabric.strategies.ddp import DDPStrategy

    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    with devices_of(trainer):
        fabric = Fabric(
            accelerator=trainer.accelerator,
            devices=trainer.devices,
            num_nodes=trainer.num_nodes,
            strategy=DDPStrategy(timeout=PATIENCE),
        )
    fabric.launch()
    processes = Processes(fabric)
    if processes.first:
        log.info("%d processes, each with its own customers", processes.world)
    else:
        log.setLevel(logging.CRITICAL)
        end_with_parent(os.getppid())  # it would wait for the first, or complain
    return processes


@contextmanager
def devices_of(trainer: TrainerParams) -> Iterator[None]:
    """Lightning's errors for devices that this machine does not have, as a `UserError`."""
    try:
        yield
    except Exception as error:
        reason = " ".join(str(error).split())
        if not re.search(NOT_THERE, reason):
            raise
        asked = f"trainer.accelerator={trainer.accelerator}, trainer.devices={trainer.devices}"
        raise UserError(f"{asked}: not on this machine ({reason}); use auto and fewer devices") from None


def _united(parts: list[UPH]) -> UPH:
    """One UPH from parts of which each has the rows of its own customers, those of later parts later.

    Then entries follow one another too, and the number of entries before a row is the sum of the parts'.
    """
    indptr = sum(part.matrix.indptr.astype(np.int64) for part in parts)
    indices = np.concatenate([part.matrix.indices for part in parts])
    return UPH(
        ones(indices, np.asarray(indptr), parts[0].matrix.shape),
        np.concatenate([part.day for part in parts]),
        np.concatenate([part.count for part in parts]),
    )
