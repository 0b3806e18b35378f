"""Renders docs/scaling.md: memory, time and money at 10, 100 and 1,000 times H&M's size.

  python benchmarks/scaling.py

From the figures that scale.py left in docs/scale; what is not measured yet stands in the page as a target.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from scaling_page import page
from scaling_sums import Card, Rate, Rates

from traindy.core.errors import UserError
from traindy.core.files import read_json, write_text

DOCS: Final = Path(__file__).parents[1] / "docs"
TARGET: Final = "target"
MEASURED: Final = "measured"


STAGES: Final = ("split", "cluster", "build_uph", "baselines", "train_cvae", "evaluate", "recommend")
AIMED_AT: Final = Rates(
    customers=1_371_980,
    articles=105_542,
    rows=31_800_000,
    epochs=3,
    latent_dim=256,
    bf16_gflops=506,
    card=Card("H100 (not measured)", 400, 0.0),
    stages={
        "split": Rate(27, 0.81, None, MEASURED),
        "cluster": Rate(15, 1, None, TARGET),
        "build_uph": Rate(20, 3, None, TARGET),
        "baselines": Rate(600, 6, None, TARGET),
        "train_cvae": Rate(3 * 900, 6, None, TARGET),
        "evaluate": Rate(600, 6, None, TARGET),
        "recommend": Rate(600, 6, None, TARGET),
    },
)
"""Until the full size is measured."""


def rates(folder: Path) -> Rates:
    """The figures of the largest size measured in docs/scale; what it lacks is taken from `AIMED_AT`."""
    files = sorted(folder.glob("*x*.json"))  # one for each size; beside them are those of other benches
    found = [dict(read_json(file)) for file in files]
    if not found:
        return AIMED_AT
    full = max(found, key=lambda each: int(each["rows"]))
    machine = folder / "machine.json"
    known = dict(read_json(machine)) if machine.is_file() else {}
    if full["customers"] != AIMED_AT.customers:
        raise UserError(f"{folder}: the full size is missing; run `make full-scale`")
    return Rates(
        customers=full["customers"],
        articles=full["articles"],
        rows=full["rows"],
        epochs=full.get("epochs", AIMED_AT.epochs),
        latent_dim=full.get("latent_dim", AIMED_AT.latent_dim),
        bf16_gflops=known.get("bf16_gflops", AIMED_AT.bf16_gflops),
        card=_card(dict(read_json(gpu))) if (gpu := folder / "gpu.json").is_file() else AIMED_AT.card,
        stages={name: _rate(full["stages"].get(name), AIMED_AT.stages[name]) for name in STAGES},
    )


def _rate(measured: Mapping[str, Any] | None, otherwise: Rate) -> Rate:
    if measured is None:
        return otherwise
    return Rate(measured["seconds"], measured["peak_gb"], measured["output_bytes"] / 1e9, MEASURED)


def _card(measured: Mapping[str, Any]) -> Card:
    step, parts = measured["step"], measured["step"]["step_parts"]
    softmax = parts["products"] + parts["softmax"]
    tflops = step["step_products_tflops"] * parts["products"] / softmax
    return Card(measured["card"]["name"], tflops, step["step_seconds"] - softmax)


def main() -> None:
    """Write the page."""
    write_text(DOCS / "scaling.md", page(rates(DOCS / "scale")))


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
