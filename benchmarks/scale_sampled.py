"""What the sampled softmax saves at H&M's full size, and what it loses, on the shop of scale.py.

  python benchmarks/scale_sampled.py [options]   after `make full-scale`, in its folder

Trains with both, watched, and times their steps; docs/scale.md gets a section.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import scale
from scale import CUSTOMERS, DOCS, SAMPLED, Size
from scratch import ROOT, Scratch
from start import start
from watched import watched

from traindy.core.errors import UserError
from traindy.core.files import read_json, write_json

WAYS: Final = ("sampled", "exact")
"""Of `cvae.softmax`."""


def measure(folder: Path, size: Size) -> dict[str, Any]:
    """Each way's training and steps."""
    scratch = scale.scratch_of(folder, size)
    if not (scratch.folder / scratch.set({}).paths.uph).is_dir():
        raise UserError(f"{scratch.folder}: there is no shop here; run `make full-scale` first")
    return {"negatives": scratch.set({}).cvae.negatives} | {way: trained(scratch, way) for way in WAYS}


def trained(scratch: Scratch, way: str) -> dict[str, float]:
    """train_cvae with one softmax: its cost, its best NDCG@20 on validation, the seconds of an epoch."""
    apart = {"paths.cvae": f"data/cvae-{way}", "paths.metrics": f"metrics/{way}"}
    changes = {"cvae.softmax": way, **apart}
    params = scratch.set(changes)

    def work() -> dict[str, float]:
        cost = watched([sys.executable, str(ROOT / "stages/train_cvae.py")], scratch.folder).as_dict()
        return cost | read_json(scratch.folder / params.paths.metrics / "train_cvae/metrics.json")["best"]

    def rates() -> dict[str, float]:
        printed = json.loads(scratch.run(ROOT / "benchmarks/rates.py").splitlines()[-1])
        return {name: printed[name] for name in ("epoch_seconds", "bf16_gflops")}

    reads = params.model_dump(mode="json")
    steps = {f"train_cvae-{way}": work, f"rates-{way}": rates}
    return {
        key: value
        for name, do in steps.items()
        for key, value in scratch.once(name, reads, do)["result"].items()
    }


def main(arguments: Sequence[str]) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    sizes = {each.customers: each for each in scale.SIZES}
    parser.add_argument("--customers", type=int, choices=sizes, default=CUSTOMERS, help="of scale.py's shop")
    parser.add_argument("--folder", type=Path, default=ROOT / "data/full-scale", help="scale.py's scratch")
    parser.add_argument("--docs", type=Path, default=DOCS, help="where page and figures go")
    asked = parser.parse_args(arguments)
    found = measure(asked.folder.resolve(), sizes[asked.customers])
    write_json(asked.docs.resolve() / "scale" / SAMPLED, found)
    scale.write_page(asked.docs.resolve())


if __name__ == "__main__":
    start(main)
