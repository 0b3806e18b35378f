"""docs/scale.md from the figures of scale.py."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cells import table
from scale_gpu_page import section
from scale_sampled_page import section as sampled_section

Measured = Mapping[str, Any]

INTRODUCTION: Final = """\
# At H&M's full size

Written by `make full-scale` (benchmarks/scale.py; long). The shop is simulated in the
raw CSV schema; then the pipeline's own stages but `model_card` run on it, each in a process of its own
whose tree is watched every tenth of a second. All articles are in the catalogue from the first day
(`split.catalogue=all`); three epochs of the exact softmax, batches of {batch:,}, no refit, {dim} dimensions.
A GB is 1e9 bytes. Figures are of the code as it was when they were written: `git log docs/scale/NAME.json`
says when.

{machine}
"""
TARGETS: Final[Mapping[str, tuple[float, float]]] = {
    "simulate": (180, 4),
    "split": (60, 3),
    "cluster": (15, 1),
    "build_uph": (20, 3),
    "train_cvae": (3 * 900, 6),
    "evaluate": (600, 6),
    "recommend": (600, 6),
}
"""By stage, seconds and GB to stay under; training: 15 minutes an epoch."""
ALL: Final = 75 * 60
PEAK: Final = 12.0
LIMITS: Final = """
The limit is what the named resource alone would take, at the rate measured in the same run: the disk for
what is read and written; matrix products for training (three of customers x articles x dimensions an epoch)
and for ranking (one).
"""
LARGE_DATA: Final = """\
## The disk

DVC keeps outputs in its cache and puts them into the folders as reflinks where the file system knows them,
else as copies: then everything lies there twice. For large data:

```console
$ dvc config cache.type reflink,hardlink,symlink
$ dvc checkout --relink
```

With hard links or symbolic links a file in `data/` and its twin in the cache are the same bytes; they are
write-protected, which the stages respect: they write new files and rename them, never into an old one.
"""


def page(
    found: Sequence[Measured], machine: Measured, sampled: Measured | None = None, gpu: Measured | None = None
) -> str:
    """The whole page; found: one for each size, the full one last; machine: the rates of rates.py; sampled,
    gpu: what scale_sampled.py and scale_gpu.py have measured."""
    full = found[-1]
    parts = [
        INTRODUCTION.format(batch=full["batch_size"], dim=full["latent_dim"], machine=_machine(machine)),
        f"## {full['customers']:,} customers, {full['articles']:,} articles, {full['rows']:,} rows\n",
        _stages(full),
        _training(full, machine),
        "## How far from the limit\n" + LIMITS,
        _limits(full, machine),
        "## Growth\n",
        _growth(found),
        *([sampled_section(sampled)] if sampled else []),
        *([section(gpu)] if gpu else []),
        LARGE_DATA,
    ]
    return "\n".join(parts)


def _machine(rates: Measured) -> str:
    return (
        f"The machine: two cores, 24 GB; {rates['bf16_gflops']:,.0f} GFLOP/s in bfloat16 and "
        f"{rates['fp32_gflops']:,.0f} in float32 (square products), {rates['memory_gb_s']:.1f} GB/s of "
        f"memory (copying), {rates['disk_gb_s']:.2f} GB/s to disk. It is shared, and not always quiet."
    )


def _stages(full: Measured) -> str:
    rows = []
    for stage, cost in full["stages"].items():
        seconds, peak = TARGETS.get(stage, (None, PEAK))
        met = cost["peak_gb"] <= peak and (seconds is None or cost["seconds"] <= seconds)
        limit = f"{peak:g} GB" if seconds is None else f"{seconds:,.0f} s, {peak:g} GB"
        rows.append([stage, *_cost(cost), limit, "met" if met else "**not met**"])
    seconds = sum(cost["seconds"] for cost in full["stages"].values())
    peak = max(cost["peak_gb"] for cost in full["stages"].values())
    met = seconds <= ALL and peak <= PEAK
    every = ["**all**", f"{seconds:,.0f}", "", f"{peak:.2f}", "", f"{ALL:,} s, {PEAK:g} GB"]
    rows.append([*every, "met" if met else "**not met**"])
    return table(["stage", "seconds", "of processor", "peak GB", "written GB", "target", ""], rows)


def _cost(cost: Measured) -> list[str]:
    written = f"{cost['output_bytes'] / 1e9:.2f}"
    return [f"{cost['seconds']:,.0f}", f"{cost['cpu_seconds']:,.0f}", f"{cost['peak_gb']:.2f}", written]


def _training(full: Measured, rates: Measured) -> str:
    share = rates["step_products_gflops"] / rate(rates)
    accuracy = ", ".join(f"{name} {value:.4f}" for name, value in full["ndcg_20"].items())
    return (
        f"An epoch goes over the {full['trained_on']:,} customers who bought something before the validation "
        f"window: {rates['epoch_seconds']:,.0f} s from {rates['step_seconds']:.2f} s a step, of which the "
        f"three products of the catalogue softmax take {rates['step_products_seconds']:.2f} s. They run at "
        f"{rates['step_products_gflops']:,.0f} GFLOP/s, {share:.0%} of the square products' in "
        f"{WORDS[products(rates)]} (target: 60 %). NDCG@20 of {full['queries']:,} customers: {accuracy}.\n"
    )


def _limits(full: Measured, rates: Measured) -> str:
    rows = []
    for stage, cost in full["stages"].items():
        resource, seconds = limit(stage, full, rates)
        times = f"{cost['seconds'] / seconds:.1f} x" if seconds > 0.05 else ""
        rows.append([stage, f"{cost['seconds']:,.0f}", resource, f"{seconds:,.1f}", times, WHY[stage]])
    return table(["stage", "seconds", "limit", "its seconds", "", "why"], rows)


WORDS: Final[Mapping[str, str]] = {"bf16": "bfloat16", "fp32": "float32"}


def products(rates: Measured) -> str:
    """In what the products over the catalogue were taken, by its short name; once it was always bfloat16."""
    return str(rates.get("products", "bf16"))


def rate(rates: Measured) -> float:
    """GFLOP/s of square products of that kind."""
    return float(rates[f"{products(rates)}_gflops"])


def limit(stage: str, full: Measured, rates: Measured) -> tuple[str, float]:
    """What cannot be avoided, and the seconds that it alone would take."""
    written = {name: cost["output_bytes"] for name, cost in full["stages"].items()}
    product, named = 2 * full["articles"] * full["latent_dim"] / (rate(rates) * 1e9), WORDS[products(rates)]
    if stage == "train_cvae":
        return f"{named} products", 3 * full["epochs"] * full["trained_on"] * product
    if stage in ("evaluate", "recommend"):
        asked = full["queries"] if stage == "evaluate" else full["customers"]
        return f"{named} products", asked * product
    if stage == "baselines":
        scores = 4 * full["queries"] * full["articles"]
        return "memory: every score written and read once", 4 * scores / (rates["memory_gb_s"] * 1e9)
    read = {"simulate": 0, "split": written["simulate"], "cluster": 0, "build_uph": written["split"]}[stage]
    return "disk", (read + written[stage]) / (rates["disk_gb_s"] * 1e9)


WHY: Final[Mapping[str, str]] = {
    "simulate": "drawing the baskets is NumPy on one core, and so is the text of a CSV file",
    "split": "text to numbers, and a join of 31 million rows with the ids",
    "cluster": "starting Python; k-modes sees some hundred profiles with weights, not customers",
    "build_uph": "sorting the pairs, compressing the shards",
    "baselines": "NumPy on one core pads and filters the lists, of which each customer gets two",
    "train_cvae": "the softmax by element, composing the embeddings, ranking for validation, the paths",
    "evaluate": "the sparse paths beside the product, the best of each row, attacks and fairness",
    "recommend": "the paths and the best of each row; who has no history is looked up, not ranked",
}


def _growth(found: Sequence[Measured]) -> str:
    stages = list(found[-1]["stages"])
    rows = [
        [f"{each['customers']:,}", f"{each['articles']:,}", f"{each['rows']:,}"]
        + [f"{each['stages'][stage]['seconds']:,.1f}" for stage in stages]
        for each in found
    ]
    return (
        table(["customers", "articles", "rows", *(f"{stage}, s" for stage in stages)], rows)
        + "\nAll but training and ranking grow with the rows; these with customers x articles, plus what "
        "each has of its own: starting, composing the embeddings once a step, and up to "
        "`cvae.ridge_max_articles` a matrix to invert.\n"
    )
