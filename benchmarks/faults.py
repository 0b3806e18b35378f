"""`python benchmarks/faults.py [--kills 20] [--stages split …]`: is anything lost when a stage is killed?

Runs the pipeline on a small shop in a temporary repository. Then, again and again, it kills with SIGKILL at
a random moment: the stage, DVC alone, or both with their whole process group. The victim must have been
alive. `dvc repro --no-run-cache` follows, and every file must be, byte by byte, what an undisturbed run
leaves. Writes docs/faults.md; exits with 1 if anything was wrong. Kills of the same source are kept in
.bench/faults.json and count. On two cores twenty kills of each stage take half an hour.
"""

import argparse
import logging
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any, Final

from kills import VICTIMS, Undisturbed, kill
from repository import Repository, make_repository
from staged import ROOT, source
from start import start
from tables import table

from traindy.core.errors import UserError
from traindy.core.files import read_json, write_json, write_text

KEPT: Final = ROOT / ".bench/faults.json"
PAGE: Final = ROOT / "docs/faults.md"
SHOP: Final = ("simulate.customers=1000", "cvae.latent_dim=64", "cvae.max_epochs=8", "cvae.patience=8")
"""Beside the tiny shop's parameters: the training's epochs should take longer than its imports."""

log = logging.getLogger("traindy")


def main(arguments: Sequence[str]) -> None:
    """Kill, look, write the page; see the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=20, help="of each stage")
    parser.add_argument("--stages", nargs="*", help="only these")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    chosen = parser.parse_args(arguments)
    kept = read_json(KEPT) if KEPT.is_file() else {}
    if kept.get("source") != source():
        kept = {"source": source(), "kills": {}}
    with tempfile.TemporaryDirectory() as folder:
        repository = make_repository(Path(folder) / "repository", *SHOP)
        before = Undisturbed.of(repository, repository.dvc("repro"))
        for stage in chosen.stages or before.outputs:
            _kill_often(repository, before, stage, chosen.kills, chosen.seed, kept)
    write_text(PAGE, page(kept["kills"]))
    if wrong := [words for outcomes in kept["kills"].values() for o in outcomes for words in o["wrong"]]:
        raise UserError(f"{len(wrong)} things were wrong, the first: {wrong[0]}; {KEPT} has them all")


def _kill_often(
    repository: Repository, before: Undisturbed, stage: str, kills: int, seed: int, kept: dict[str, Any]
) -> None:
    """Add outcomes to `kept` until there are so many of the stage."""
    outcomes = kept["kills"].setdefault(stage, [])
    random, lasts = Random(f"{seed} {stage} {len(outcomes)}"), _seconds(repository, stage)
    while len(outcomes) < kills:
        victim = VICTIMS[len(outcomes) % len(VICTIMS)]
        outcome = kill(repository, before, stage, victim, random.uniform(0, lasts))
        if outcome is None:
            lasts *= 0.95  # too late: the machine is faster than it was
            continue
        outcomes.append(asdict(outcome))
        write_json(KEPT, kept)
        words = outcome.wrong or "as undisturbed"
        log.info("%s %d: %s killed after %.2f s: %s", stage, len(outcomes), victim, outcome.moment, words)
        if outcome.wrong:
            repository.run("git", "checkout", "--", ".")
            repository.dvc("repro", "--force")


def _seconds(repository: Repository, stage: str) -> float:
    """What a stage takes with what DVC does before and after it."""
    started = time.perf_counter()
    repository.dvc("repro", "--force", "--single-item", "--no-run-cache", stage)
    return time.perf_counter() - started


def page(kills: dict[str, list[dict[str, Any]]]) -> str:
    """The Markdown page."""
    columns = ("stage", *(f"{v} killed" for v in VICTIMS), "ran again", "epochs kept", "not as undisturbed")
    rows = []
    for stage, outcomes in kills.items():
        of_each = [sum(o["victim"] == victim for o in outcomes) for victim in VICTIMS]
        again = sum(stage in o["ran_again"] for o in outcomes)
        kept = sum(o["epochs_kept"] for o in outcomes)
        wrong = sum(bool(o["wrong"]) for o in outcomes)
        rows.append((stage, *map(str, of_each), str(again), str(kept or ""), str(wrong)))
    total = sum(map(len, kills.values()))
    return WORDS.format(total=total) + "\n" + table(columns, rows) + "\n"


WORDS: Final = """# Killed anywhere

`python benchmarks/faults.py` writes this page. It kills a running pipeline of a small shop with SIGKILL at
random moments, {total} times here: the stage, DVC alone, or the whole process group, each known to be alive.
Then it runs `dvc repro --no-run-cache`. Counted as not as undisturbed is a kill after which

- a stage lived on for more than a second after its DVC, or anything was written by then;
- a file under an output's final name was not complete;
- a file anywhere was not, byte by byte, what an undisturbed run leaves: outputs, metrics, learning curves,
  `dvc.lock`; or was left over;
- the training did not go on from its last finished epoch: epochs trained after the kill are those of the
  undisturbed run less those kept.

A stage that does not run again had been finished when it was killed.
"""


if __name__ == "__main__":
    start(main)
