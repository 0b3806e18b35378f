"""How the pipeline behaves at H&M's full size: seconds, memory and bytes of every stage.

  python benchmarks/scale.py run [options]   measures, hours; what was measured in the folder is not repeated
  python benchmarks/scale.py table           renders docs/scale.md

`make full-scale` runs it. The shop is simulated in the raw CSV schema; then the pipeline's own stages run on
it in a scratch folder, each in a process of its own whose tree is watched.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from scale_page import page
from scratch import ROOT, Scratch
from start import start
from watched import size_of, watched

from traindy.core.errors import UserError
from traindy.core.files import read_json, write_json, write_text
from traindy.core.params import Params
from traindy.uph import load

CUSTOMERS: Final = 1_371_980
ARTICLES: Final = 105_542
STAGES: Final = (
    "simulate",
    "split",
    "cluster",
    "build_uph",
    "baselines",
    "train_cvae",
    "evaluate",
    "recommend",
)
SETTINGS: Final[dict[str, object]] = {
    "split.catalogue": "all",
    "cvae.batch_size": 8192,
    "cvae.max_epochs": 3,
    "cvae.members": 1,
    "cvae.refit": False,
    "cvae.ablation": False,
    "evaluate.oracles": False,
    "baselines.models": ["popularity", "popularity_cluster", "item_knn"],
}
"""The whole catalogue from the first day; large batches, since composing its embeddings costs as much for a
small one; three epochs of one net at every size, and baselines that scale. The oracles are the simulation's,
not the pipeline's."""
DOCS: Final = ROOT / "docs"
GPU: Final = "gpu.json"
SAMPLED: Final = "sampled.json"
"""What scale_gpu.py and scale_sampled.py have measured, among the figures."""


@dataclass(frozen=True)
class Size:
    """Of a simulated shop."""

    customers: int
    articles: int

    @property
    def name(self) -> str:
        """As its folder and its figures are called."""
        return f"{self.customers}x{self.articles}"


FULL: Final = Size(CUSTOMERS, ARTICLES)
SIZES: Final = (
    Size(CUSTOMERS // 100, ARTICLES),
    Size(CUSTOMERS // 10, ARTICLES // 100),
    Size(CUSTOMERS // 10, ARTICLES // 10),
    Size(CUSTOMERS // 10, ARTICLES),
    FULL,
)
"""1/100, 1/10 and 1 of the customers with all articles; of the articles with a tenth of the customers."""


def measure(folder: Path, size: Size) -> dict[str, Any]:
    """Run every stage once, watched."""
    scratch = scratch_of(folder, size)
    params = scratch.set({})
    stages = {stage: run_stage(scratch, stage) for stage in STAGES}
    counts = read_json(scratch.folder / params.paths.metrics / "split.json")
    evaluated = read_json(scratch.folder / params.paths.metrics / "evaluate.json")
    return {
        "customers": size.customers,
        "articles": size.articles,
        "rows": counts["rows"]["read"],
        "trained_on": load(scratch.folder / params.paths.uph / "train").n_buyers,
        "queries": evaluated["customers"] + evaluated["queries_without_truth"],
        "epochs": params.cvae.max_epochs,
        "latent_dim": params.cvae.latent_dim,
        "batch_size": params.cvae.batch_size,
        "ndcg_20": {"cvae": evaluated["ndcg_20"]}
        | {name: of["ndcg_20"] for name, of in evaluated["models"].items()},
        "stages": stages,
    }


def scratch_of(folder: Path, size: Size) -> Scratch:
    """Where the stages of one size run, with the settings of all."""
    of_shop = {"simulate.customers": size.customers, "simulate.articles": size.articles}
    return Scratch(folder / size.name, {**SETTINGS, **of_shop})


def run_stage(scratch: Scratch, stage: str) -> dict[str, float]:
    """Run a stage once, watched: what it costs, and how much it writes."""
    params = scratch.set({})

    def work() -> dict[str, float]:
        command = [sys.executable, str(ROOT / "stages" / f"{stage}.py")]
        cost = watched(command, scratch.folder).as_dict()
        return cost | {"output_bytes": sum(size_of(scratch.folder / path) for path in outputs(params, stage))}

    return dict(scratch.once(stage, params.model_dump(mode="json"), work)["result"])


def outputs(params: Params, stage: str) -> list[str]:
    """The folders that a stage writes, metrics left out."""
    named_otherwise = {
        "simulate": ["simulated", "truth"],
        "build_uph": ["uph"],
        "train_cvae": ["cvae"],
        "evaluate": ["evaluation"],
        "recommend": ["recommendations"],
    }
    return [getattr(params.paths, name) for name in named_otherwise.get(stage, [stage])]


def rates_of(folder: Path) -> dict[str, float]:
    """What rates.py prints, on the full shop."""
    printed = Scratch(folder / FULL.name, SETTINGS).run(ROOT / "benchmarks/rates.py")
    return dict(json.loads(printed.splitlines()[-1]))


def main(arguments: Sequence[str]) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("command", choices=["run", "table"])
    parser.add_argument("--customers", type=int, nargs="+", help="only the sizes with so many")
    parser.add_argument("--folder", type=Path, default=ROOT / "data/full-scale", help="scratch, 12 GB")
    parser.add_argument("--docs", type=Path, default=DOCS, help="where page and figures go")
    asked = parser.parse_args(arguments)
    figures = asked.docs.resolve() / "scale"
    if asked.command == "run":
        for size in SIZES:
            if asked.customers is None or size.customers in asked.customers:
                write_json(figures / f"{size.name}.json", measure(asked.folder.resolve(), size))
        if (asked.folder.resolve() / FULL.name).is_dir():  # the rates are taken on the full shop
            write_json(figures / "machine.json", rates_of(asked.folder.resolve()))
    write_page(asked.docs.resolve())


def write_page(docs: Path) -> None:
    """Render scale.md from the figures that are there; a section without any is left out."""
    figures = docs / "scale"
    kept = [figures / f"{size.name}.json" for size in SIZES]
    if not (kept[-1].is_file() and (figures / "machine.json").is_file()):
        raise UserError(f"{figures}: without {FULL.name} there is no page yet; run it without --customers")
    found = [dict(read_json(file)) for file in kept if file.is_file()]
    more = [dict(read_json(file)) if (file := figures / name).is_file() else None for name in (SAMPLED, GPU)]
    write_text(docs / "scale.md", page(found, dict(read_json(figures / "machine.json")), *more))


if __name__ == "__main__":
    start(main)
