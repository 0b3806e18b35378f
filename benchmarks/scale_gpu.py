"""How training and ranking go on a GPU at H&M's full size: docs/scale/gpu.json, and docs/scale.md again.

  python benchmarks/scale_gpu.py [options]   ten minutes, of which the GPU works one

The shop is simulated where the GPU is, and the stages run on it as `scale.py` runs them, but for baselines
and evaluate; `rates_gpu.py` measures what they are made of. What was measured in the folder is not repeated.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import torch
from scale import DOCS, FULL, GPU, SETTINGS, run_stage, write_page
from scale_gpu_page import USED
from scratch import ROOT, Scratch
from start import start

from traindy.core.errors import UserError
from traindy.core.files import write_json

PREPARED: Final = ("simulate", "split", "cluster", "build_uph")
"""The stages that come before a GPU has work."""


def rates(scratch: Scratch) -> dict[str, Any]:
    """What rates_gpu.py prints."""
    script = ROOT / "benchmarks/rates_gpu.py"
    reads = scratch.set({}).model_dump(mode="json")
    return dict(
        scratch.once("rates", reads, lambda: json.loads(scratch.run(script).splitlines()[-1]))["result"]
    )


def main(arguments: Sequence[str]) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=FULL.customers, help="fewer, for a first try")
    parser.add_argument("--folder", type=Path, default=ROOT / "data/full-scale", help="scratch, 12 GB")
    parser.add_argument("--docs", type=Path, default=DOCS, help="where page and figures go")
    asked = parser.parse_args(arguments)
    if not torch.cuda.is_available():
        raise UserError("no GPU here that torch can see; the figures of a processor: benchmarks/scale.py")
    size, docs = replace(FULL, customers=asked.customers), asked.docs.resolve()
    settings = {
        **SETTINGS,
        "simulate.customers": size.customers,
        "simulate.articles": size.articles,
        "trainer.accelerator": "gpu",
    }
    scratch = Scratch(asked.folder.resolve() / f"{size.name}-gpu", settings)
    stages = {stage: run_stage(scratch, stage) for stage in PREPARED}
    measured = rates(scratch) | {"customers": size.customers}
    write_json(docs / "scale" / GPU, measured | {"stages": stages})
    stages |= {stage: run_stage(scratch, stage) for stage in USED}
    write_json(docs / "scale" / GPU, measured | {"stages": stages})
    if (docs / "scale" / f"{FULL.name}.json").is_file():
        write_page(docs)


if __name__ == "__main__":
    start(main)
