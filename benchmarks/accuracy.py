"""How accurate the CVAE is beside the baselines, on public datasets; docs/accuracy.md is its table.

  python benchmarks/accuracy.py run DATASET [options] [key=value …]   measures one dataset
  python benchmarks/accuracy.py table                                 renders docs/accuracy.md

`run` works in a scratch folder, through the pipeline's own stages, and goes on where it was cut off. What was
done is kept in steps/ there: after a change of the code remove the steps that it affects.
"""

import argparse
import logging
import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import torch
import yaml
from command import typed
from datasets import DATASETS, Dataset, before
from measure import Measured, Plan, measure
from render import page
from results import Run, pool, read_run, summary
from scratch import ROOT, Scratch
from start import start

from traindy.core.errors import UserError
from traindy.core.files import read_json, write_json, write_text

DOCS: Final = ROOT / "docs"
OVERRIDE: Final = re.compile(r"[a-z_]+(\.[a-z_]+)+=")

log = logging.getLogger("traindy")


def run(name: str, plan: Plan, folder: Path, changes: Mapping[str, object]) -> dict[str, Any]:
    """Measure one dataset; the content of docs/accuracy/<name>.json."""
    overrides = {**plan.dataset.overrides, **changes}
    scratch = Scratch(folder.resolve(), overrides)
    evaluate = scratch.set({}).evaluate
    done, runs = _measured(scratch, plan)
    policies = {policy: summary(each, evaluate.bootstrap, evaluate.seed) for policy, each in runs.items()}
    return {
        "dataset": name,
        "seeds": list(plan.seeds),
        "trials": plan.trials,
        "machine": _machine(scratch),
        "overrides": overrides,
        "searches": done.found,
        "skipped": done.skipped,
        "seconds": {stage: round(each, 1) for stage, each in done.seconds.items()},
        "policies": policies,
    }


def _measured(scratch: Scratch, plan: Plan) -> tuple[Measured, dict[str, list[Run]]]:
    """The runs by policy, one for each seed; those of a dataset in folds are pooled."""
    if not plan.dataset.folds:
        done = measure(scratch, plan)
        return done, {policy: [read_run(each) for each in folders] for policy, folders in done.runs.items()}
    folds: list[Measured] = []
    for number, dataset in enumerate(plan.dataset.folds):
        part = replace(scratch, folder=scratch.folder / f"fold-{number}")
        folds.append(measure(part, replace(plan, dataset=dataset), folds[0].found if folds else None))
    runs = {
        policy: [pool([read_run(fold.runs[policy][i]) for fold in folds]) for i in range(len(plan.seeds))]
        for policy in folds[0].runs
    }
    return folds[0], runs


def _machine(scratch: Scratch) -> dict[str, Any]:
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {
        "cpu": platform.machine(),
        "cores": os.cpu_count(),
        "threads": scratch.set({}).engine.threads,
        "gpu": gpu,
    }


def table(folder: Path) -> str:
    """docs/accuracy.md from the datasets' files in `folder`, in the order of `DATASETS`, and hardness's."""
    files = {name: folder / f"{name}.json" for name in DATASETS}
    hardness = folder / "hardness.json"
    week = read_json(hardness) if hardness.is_file() else None
    return page([read_json(file) for file in files.values() if file.is_file()], week)


def main(arguments: Sequence[str]) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("command", choices=["run", "table"])
    parser.add_argument("dataset", nargs="?", choices=DATASETS)
    parser.add_argument("--source", type=Path, help="; ".join(_sources(DATASETS)))
    parser.add_argument("--models", nargs="+", help="baselines; all that the dataset is measured with")
    parser.add_argument("--trials", type=int, default=8, help="of each search; 0: params.yaml's settings")
    parser.add_argument("--tune-cvae", action="store_true", help="search the CVAE's settings likewise")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="of the CVAE")
    parser.add_argument("--before", help="YYYY-MM-DD: only what was bought before, for paired.py")
    parser.add_argument("--folder", type=Path, help="scratch; data/bench/DATASET")
    parser.add_argument("--docs", type=Path, default=DOCS, help="where table and figures go")
    # Apart, because argparse would take them for more models or seeds.
    asked = parser.parse_args([each for each in arguments if not OVERRIDE.match(each)])
    overrides = [each.partition("=") for each in arguments if OVERRIDE.match(each)]
    if asked.command == "run":
        if asked.dataset is None:
            parser.error("run: which dataset?")
        plan = _plan(asked, before(asked.dataset, asked.before) if asked.before else DATASETS[asked.dataset])
        folder = asked.folder or ROOT / "data/bench" / asked.dataset
        content = run(
            asked.dataset, plan, folder, {key: yaml.safe_load(value) for key, _, value in overrides}
        )
        content |= {"command": typed("accuracy.py", asked, arguments)}
        if asked.before:
            write_json(folder / "accuracy.json", content)
            return
        write_json(asked.docs / "accuracy" / f"{asked.dataset}.json", content)
    write_text(asked.docs / "accuracy.md", table(asked.docs / "accuracy"))


def _plan(asked: argparse.Namespace, dataset: Dataset) -> Plan:
    models = tuple(asked.models or dataset.models)
    if unknown := set(models) - set(dataset.models):
        raise UserError(f"--models {min(unknown)}: not measured here; {', '.join(dataset.models)} are")
    source = asked.source and asked.source.resolve()
    return Plan(dataset, source, models, asked.trials, asked.tune_cvae, tuple(asked.seeds))


def _sources(datasets: Mapping[str, Dataset]) -> list[str]:
    return [f"{name}: {each.source}" for name, each in datasets.items() if each.source]


if __name__ == "__main__":
    start(main)
