"""Tunes, fits and evaluates all models on one dataset, through the pipeline's stages."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from datasets import RAW, Dataset
from scratch import PREPARED, ROOT, Scratch, blocks, clear
from spaces import CVAE, PAST, POPULARITY

from traindy.baselines.fit import left_out
from traindy.baselines.lists import ALLOWED, EXCLUDED
from traindy.core.errors import UserError
from traindy.core.files import output_folder
from traindy.core.vocabulary import read_articles
from traindy.uph import load, merge

TUNER: Final = ROOT / "benchmarks/tuning.py"
SEED: Final = 0
"""Of the search; the baselines' own is that of params.yaml."""
Found = Mapping[str, Any]
"""A model's best trial, as tuning.py prints it."""


@dataclass(frozen=True)
class Plan:
    """What is asked of the bench."""

    dataset: Dataset
    source: Path | None
    models: tuple[str, ...]
    trials: int
    tune_cvae: bool
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class Measured:
    """What came of it."""

    found: dict[str, Found]
    skipped: dict[str, str]
    """Models that could not be fitted, and why."""
    seconds: dict[str, float]
    """Of the pipeline's stages; of train_cvae for one seed on average."""
    runs: dict[str, list[Path]]
    """By policy each seed's folder with evaluate.json and per_customer.parquet."""


def measure(scratch: Scratch, plan: Plan, found: Mapping[str, Found] | None = None) -> Measured:
    """All steps in turn; what was done before in this folder with the same parameters is not done again.

    found: the searches' results where they are to be taken from another dataset.
    """
    if plan.dataset.write is not None:
        scratch = replace(scratch, base={"data.dir": RAW, **scratch.base})
    seconds = prepare(scratch, plan)
    params = scratch.set({})
    articles = read_articles(scratch.folder / params.paths.split)
    bought = merge(*(load(scratch.folder / params.paths.uph / period) for period in ("train", "valid")))
    asked = params.baselines.model_copy(update={"models": list(plan.models)})
    skipped = left_out(articles, articles.n_known, bought.n_buyers, asked)
    models = [name for name in plan.models if name not in skipped]
    if found is None:
        found = {name: search(scratch, plan, name) for name in [*models, *([CVAE] if plan.tune_cvae else [])]}
    reads = [rank_baseline(scratch, name, found) for name in models]
    collect(scratch, models)
    runs: dict[str, list[Path]] = {policy: [] for policy in plan.dataset.policies}
    spent = []
    for seed in plan.seeds:
        chosen = {**overrides(found, CVAE), "cvae.seed": seed}
        spent.append(train(scratch, seed, chosen))
        for policy, folders in runs.items():
            folders.append(evaluate(scratch, seed, policy, chosen, reads))
    return Measured(dict(found), skipped, seconds | {"train_cvae": sum(spent) / len(spent)}, runs)


def overrides(found: Mapping[str, Found], model: str) -> dict[str, Any]:
    """What the search changed of params.yaml for a model; nothing where there was none."""
    return dict(found[model]["overrides"]) if model in found else {}


def prepare(scratch: Scratch, plan: Plan) -> dict[str, float]:
    """Raw files, split, clusters and UPH; the seconds of each."""
    params, dataset = scratch.set({}), plan.dataset
    reads = blocks(params, *PREPARED)
    if dataset.write is None:
        stages = ["simulate"]
    else:
        raw = scratch.folder / params.data.dir
        if dataset.source and plan.source is None:
            raise UserError(f"--source is missing: {dataset.source}")
        reads |= {"source": str(plan.source)}

        def write() -> None:
            clear(raw)
            raw.parent.mkdir(parents=True, exist_ok=True)
            assert dataset.write is not None
            dataset.write(raw, plan.source)

        scratch.once("raw", reads, write)
        stages = []
    return {
        stage: scratch.stage(stage, stage, {}, reads) for stage in [*stages, "split", "cluster", "build_uph"]
    }


def search(scratch: Scratch, plan: Plan, model: str) -> Found:
    """The best of `plan.trials` trials of a model, in a process of its own."""
    # Where bought articles are excluded past purchases are popularity, and have nothing to search.
    allowed = model == PAST and ALLOWED in plan.dataset.policies
    changes = {"evaluate.exclude_bought": not allowed}
    params = scratch.set(changes)
    own = blocks(params, CVAE, "trainer") if model == CVAE else blocks(params, "baselines")
    cold = plan.dataset.cold
    reads = blocks(params, *PREPARED) | own | {"trials": plan.trials, "allowed": allowed, "cold": cold}

    def work() -> Found:
        scratch.set(changes)
        options = ["--model", model, "--trials", str(plan.trials), "--seed", str(SEED)]
        options += ["--cold"] if cold else []
        return dict(json.loads(scratch.run(TUNER, *options).splitlines()[-1]))

    return dict(scratch.once(f"search-{model}", reads, work)["result"])


def rank_baseline(scratch: Scratch, model: str, found: Mapping[str, Found]) -> object:
    """The baselines stage with one model and its own settings, into a folder of its own; what it read.

    Whoever has no history gets the popularity list from every model, so all have its tuned window.
    """
    here = {"baselines.models": [model], "paths.baselines": lists_of(model), "paths.metrics": lists_of(model)}
    changes = {**overrides(found, POPULARITY), **overrides(found, model), **here}
    reads = blocks(scratch.set(changes), *PREPARED, "baselines")
    scratch.stage("baselines", f"baselines-{model}", changes, reads)
    return reads


def lists_of(model: str) -> str:
    """Where the bench keeps a baseline's lists, in the scratch folder."""
    return f"lists/{model}"


def collect(scratch: Scratch, models: Sequence[str]) -> None:
    """All baselines' lists into the one folder where evaluate looks for them."""
    with output_folder(scratch.folder / scratch.set({}).paths.baselines) as folder:
        for model in models:
            shutil.copy(scratch.folder / lists_of(model) / f"{model}.npz", folder)


def train(scratch: Scratch, seed: int, chosen: Mapping[str, Any]) -> float:
    """train_cvae with one seed; its seconds."""
    changes = {**chosen, "paths.cvae": f"cvae/{seed}", "paths.metrics": f"results/{seed}"}
    reads = blocks(scratch.set(changes), *PREPARED, CVAE, "trainer")
    return scratch.stage("train_cvae", f"train_cvae-{seed}", changes, reads)


def evaluate(
    scratch: Scratch, seed: int, policy: str, chosen: Mapping[str, Any], baselines: Sequence[object]
) -> Path:
    """evaluate with one seed's model; the folder with its report and each customer's figures."""
    here = f"results/{seed}/{policy}"
    changes = {
        **chosen,
        "evaluate.exclude_bought": policy == EXCLUDED,
        "paths.cvae": f"cvae/{seed}",
        "paths.evaluation": here,
        "paths.metrics": here,
    }
    reads = blocks(scratch.set(changes), *PREPARED, CVAE, "trainer", "evaluate")
    scratch.stage("evaluate", f"evaluate-{seed}-{policy}", changes, reads | {"baselines": list(baselines)})
    return scratch.folder / here
