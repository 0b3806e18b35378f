"""What the command lines of the benches on public datasets have in common."""

import argparse
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from datasets import DATASETS, RAW
from measure import Plan
from scratch import ROOT, Scratch

from traindy.core.errors import UserError
from traindy.core.files import read_json, write_text


def whole() -> list[str]:
    """The datasets that are one shop each."""
    return [name for name, each in DATASETS.items() if not each.folds]


def parser(words: str | None) -> argparse.ArgumentParser:
    """`run DATASET` or `table`, with the folders."""
    made = argparse.ArgumentParser(description=words, formatter_class=argparse.RawTextHelpFormatter)
    made.add_argument("command", choices=["run", "table"])
    made.add_argument("dataset", nargs="?", choices=whole())
    made.add_argument("--source", type=Path, help="as for accuracy.py")
    made.add_argument("--folder", type=Path, help="scratch; data/bench/DATASET")
    made.add_argument("--docs", type=Path, default=ROOT / "docs", help="where table and figures go")
    return made


def place(asked: argparse.Namespace) -> tuple[Scratch, Plan]:
    """Where a dataset is prepared, and from what."""
    if asked.dataset is None:
        raise UserError("run: which dataset?")
    dataset = DATASETS[asked.dataset]
    # One net, whatever serves a dataset best: that is what peers are, and what a part is taken from.
    base = {**dataset.overrides, "cvae.members": 1} | ({} if dataset.write is None else {"data.dir": RAW})
    folder = (asked.folder or ROOT / "data/bench" / asked.dataset).resolve()
    return Scratch(folder, base), Plan(dataset, asked.source and asked.source.resolve(), (), 0, False, ())


def typed(script: str, asked: argparse.Namespace, arguments: Sequence[str]) -> str:
    """What was typed, without this machine's folders."""
    places = {"source": "FOLDER", "folder": "SCRATCH", "docs": "DOCS"}
    own = {str(getattr(asked, name)): word for name, word in places.items()}
    words = [own.get(str(Path(each)), shlex.quote(each)) for each in arguments]
    return " ".join([f"python benchmarks/{script}", *words])


def write_page(
    figures: Path, page: Callable[[Mapping[str, Mapping[str, Any]]], str], kinds: Sequence[str] = ("",)
) -> None:
    """The page of all datasets that were measured, beside the folder of their figures. kinds: how the names
    of a dataset's files end."""
    kept = {name + kind: figures / f"{name}{kind}.json" for name in whole() for kind in kinds}
    found = {name: dict(read_json(file)) for name, file in kept.items() if file.is_file()}
    write_text(figures.with_suffix(".md"), page(found))
