"""RecBole's and Cornac's autoencoders, each timed in a process of its own.

speed.py runs `speed_peers.py FOLDER` in the environment of `make peers`; of the project it sees only the
metrics and `best`. What is timed is the peers' own code. They get their own default settings but for the
batch, the latent size and the hidden layers of the task.
"""

import sys
from pathlib import Path

import torch
from speed_task import Task, answer, import_optimiser


def main(folder: Path) -> None:
    """Do the task that lies in a folder."""
    task = Task.read(folder)
    torch.set_num_threads(task.threads)
    import_optimiser()
    if task.model == "vaecf":
        from speed_cornac import vaecf

        answer(folder, *vaecf(task))
    else:
        from speed_recbole import recbole

        answer(folder, *recbole(task, folder))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
