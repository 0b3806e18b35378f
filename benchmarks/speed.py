"""The CVAE beside its peers: time and memory of training and ranking, on the same rows and this machine.

  python benchmarks/speed.py run DATASET [options]   measures one dataset
  python benchmarks/speed.py table                   renders docs/speed.md

`make bench-setup peers` first. Every contender runs in a process of its own, one after another: in the first
round it fits until validation says enough or --minutes are over, in the others for --epochs epochs only, each
round in another order. Nothing else should run meanwhile.
"""

import logging
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any, Final

import command
import torch
from measure import Plan, prepare
from scratch import ROOT, Scratch
from speed_given import Given, give, judged
from speed_page import OURS, SAMPLED, page
from speed_run import Figures, run
from speed_task import Task, filled
from start import start

from traindy.baselines.fit import left_out
from traindy.core.files import write_json
from traindy.core.vocabulary import read_articles
from traindy.cvae.precision import dtype_of_products
from traindy.uph import load

PEERS: Final = ROOT / ".venv-peers/bin/python"
OWN: Final = (OURS, SAMPLED, "als", "ease")
DRAWN: Final = 8
"""The sampled softmax has one article in so many for a negative."""
CPU: Final = torch.device("cpu")
HIDDEN: Final[dict[str, tuple[int, ...]]] = {
    "multivae": (600,),
    "recvae": (600,),
    "vaecf": (20,),
    "vaecf-600": (600,),
}
"""The peers' default hidden layers; for Cornac also those of the paper, and of RecBole."""
log = logging.getLogger("traindy")


@dataclass(frozen=True)
class Asked:
    """What the command line says of the measuring."""

    rounds: int
    epochs: int
    """Of the rounds after the first."""
    minutes: float
    """Of a peer's first fit."""
    patience: int
    longest: int
    """Epochs of a peer's first fit, at most."""


def measure(scratch: Scratch, plan: Plan, asked: Asked) -> dict[str, Any]:
    """All rounds; the content of docs/speed/<dataset>-<precision>.json."""
    prepare(scratch, plan)
    params = scratch.set({})
    place, paths, settings = scratch.folder, params.paths, params.cvae
    articles = read_articles(place / paths.split)
    n_articles = articles.n_train
    uph, valid = load(place / paths.uph / "train"), load(place / paths.uph / "valid")
    given = give(uph, valid, n_articles, settings.seed, place / "speed/given")
    skipped = left_out(articles, n_articles, uph.n_buyers, params.baselines)
    skipped = {name: why for name, why in skipped.items() if name in OWN}
    if not PEERS.is_file():
        skipped |= dict.fromkeys(HIDDEN, "its environment is not installed; run `make peers`")
    # Ours first, because its fit chooses the size of the batches that all get.
    models = [name for name in (*OWN, *HIDDEN) if name not in skipped]
    task = Task(
        OURS, str(given.folder), settings.latent_dim, (), settings.batch_size, asked.longest,
        asked.patience, 60 * asked.minutes, params.engine.threads, settings.seed,
    )  # fmt: skip
    sampled = {"cvae.softmax": "sampled", "cvae.negatives": max(1, n_articles // DRAWN)}
    task, found = _rounds(models, task, given, scratch, sampled, asked)
    return {
        "machine": {
            "cpu": platform.machine(),
            "cores": os.cpu_count(),
            "threads": task.threads,
            "products": str(dtype_of_products(params.trainer.precision, CPU)).removeprefix("torch."),
            "vectors": torch.backends.cpu.get_cpu_capability(),
        },
        "customers": len(filled(given.train)),
        "articles": n_articles,
        "pairs": int(given.train.nnz),
        "judged": len(filled(given.truth)),
        "batch": task.batch,
        "latent": task.latent,
        "negatives": sampled["cvae.negatives"],
        "rounds": asked.rounds,
        "minutes": asked.minutes,
        "patience": {"peers": asked.patience, OURS: settings.patience},
        "models": {name: summary(each) for name, each in found.items()},
        "skipped": skipped,
    }


def _rounds(
    models: list[str], task: Task, given: Given, scratch: Scratch, sampled: dict[str, Any], asked: Asked
) -> tuple[Task, dict[str, list[Figures]]]:
    """The task as it was in the last round, and by contender the figures of each."""
    found: dict[str, list[Figures]] = {name: [] for name in models}
    for number in range(asked.rounds):
        for name in models[number % len(models) :] + models[: number % len(models)]:
            changes = sampled if name == SAMPLED else {}
            if number:
                task = replace(task, epochs=asked.epochs)
                changes = {**changes, "cvae.max_epochs": asked.epochs}
            scratch.set(changes)
            figures = _one(name, task, given, scratch.folder, number)
            if name == OURS and not number:
                task = replace(task, batch=figures["batch"])
            found[name].append(figures)
    return task, found


def _one(name: str, task: Task, given: Given, scratch: Path, number: int) -> Figures:
    model, hidden = name.partition("-")[0], HIDDEN.get(name, ())
    own = name in OWN
    figures, lists = run(
        Path(sys.executable) if own else PEERS,
        ROOT / "benchmarks" / ("speed_own.py" if own else "speed_peers.py"),
        replace(task, model=model, hidden=hidden),
        scratch,
        scratch / f"speed/round-{number}/{name}",
    )
    figures |= judged(lists, given) | {"hidden": list(hidden)}
    log.info("= round %d, %s: %s", number + 1, name, summary([figures]))
    return figures


def summary(rounds: Sequence[Figures]) -> dict[str, Any]:
    """Of a contender: the first round's fit and accuracy, the medians of what was timed in all rounds."""
    first = rounds[0]
    epochs = [each for figures in rounds for each in figures["epochs"]]
    names = ("passes", "hidden", "best_epoch", "late", "to_best", "evidence", "ndcg_20", "recall_20")
    kept: dict[str, Any] = {name: first[name] for name in names if name in first}
    kept |= {
        "epochs": len(first["epochs"]),
        "epoch": median(epochs),
        "epoch_range": [min(epochs), max(epochs)],
    }
    kept["memory"] = max(figures["memory"] for figures in rounds)
    for name in ("rank", "rank_net"):
        if name in first:
            kept[name] = median(figures[name] for figures in rounds)
    return {name: round(each, 5) if isinstance(each, float) else each for name, each in kept.items()}


def main(arguments: Sequence[str]) -> None:
    """Run the command line."""
    parser = command.parser(__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=2, help="of the rounds after the first")
    parser.add_argument("--minutes", type=float, default=10, help="of a peer's first fit")
    parser.add_argument("--patience", type=int, default=10, help="of the peers, in epochs")
    parser.add_argument("--longest", type=int, default=300, help="epochs of a peer's first fit, at most")
    asked = parser.parse_args(arguments)
    figures = asked.docs.resolve() / "speed"
    if asked.command == "run":
        how = Asked(asked.rounds, asked.epochs, asked.minutes, asked.patience, asked.longest)
        found = measure(*command.place(asked), how) | {"command": command.typed("speed.py", asked, arguments)}
        write_json(figures / f"{asked.dataset}-{found['machine']['products']}.json", found)
    command.write_page(figures, page, ("-bfloat16", "-float32"))


if __name__ == "__main__":
    start(main)
