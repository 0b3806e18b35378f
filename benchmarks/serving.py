"""How fast the web app is at H&M's number of articles.

  python benchmarks/serving.py run     measures, writes docs/serving.json and docs/serving.md; needs wrk
  python benchmarks/serving.py table   renders docs/serving.md again

A shop with all articles and few customers is simulated and a model trained for one epoch: its lists are poor,
its tables have their full size. Then the real server runs on loopback, and wrk asks it.
"""

import argparse
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from scratch import ROOT, Scratch
from serving_asked import asked
from serving_page import page
from serving_server import Server, processor
from start import start

from traindy.core.errors import UserError
from traindy.core.files import read_json, write_json, write_text

STAGES: Final = ("simulate", "split", "cluster", "build_uph", "train_cvae")
SETTINGS: Final[dict[str, object]] = {
    "simulate.customers": 20_000,
    "simulate.articles": 105_542,
    "split.catalogue": "all",
    "cvae.softmax": "sampled",
    "cvae.batch_size": 4096,
    "cvae.max_epochs": 1,
    "cvae.refit": False,
    "cvae.ablation": False,
}


@dataclass(frozen=True)
class Load:
    """So many connections that ask one after the other, in a hurry or `rate` times a second all together."""

    name: str
    kind: str
    connections: int
    rate: int | None = None


LOADS: Final = (
    Load("cold", "cold", 1),
    Load("cold, others each time", "others", 1),
    Load("with history", "history", 1),
    Load("the page", "page", 1),
    Load("cold, as many as it can", "cold", 32),
    Load("cold, 400 a second", "cold", 80, 400),
    Load("with history, as many as it can", "history", 32),
    Load("with history, 120 a second", "history", 48, 120),
    Load("with history, far too many", "history", 400),
)


def measure(folder: Path, seconds: int) -> dict[str, Any]:
    """Everything, on a server started for it."""
    scratch = Scratch(folder, SETTINGS)
    params = scratch.set({})
    for stage in STAGES:
        reads = params.model_dump(mode="json", exclude={"serve"})
        scratch.once(stage, reads, partial(scratch.run, ROOT / "stages" / f"{stage}.py"))
    files = {kind: asked(folder, params, kind) for kind in dict.fromkeys(each.kind for each in LOADS)}
    before = os.getloadavg()[0]
    with Server(scratch.folder) as server:
        found: dict[str, Any] = {
            "articles": params.simulate.articles,
            "latent_dim": params.cvae.latent_dim,
            "seconds_each": seconds,
            "machine": {"processor": processor(), "cores": os.cpu_count(), "threads": params.engine.threads},
            "start_seconds": server.started_in,
            "start_cpu_seconds": server.start_cpu,
            "start_load_average": round(before, 1),
            "ahead_seconds": server.wait_until_ahead(),
            "first_ms": server.first_times(asked(folder, params, "new").read_text().splitlines()),
        }
        found["loads"] = [load(server, each, files[each.kind], seconds) for each in LOADS]
        found["peak_gb"] = server.peak_gb()
        found["reload_seconds"] = server.reload()
        found["peak_gb_with_reload"] = server.peak_gb()
    return found


def load(server: Server, of: Load, file: Path, seconds: int) -> dict[str, Any]:
    """Let wrk ask; its figures, beside the machine's load before."""
    wait = [] if of.rate is None else [str(round(1000 * of.connections / of.rate))]
    script = Path(__file__).with_name("serving.lua")
    options = ["-t1", f"-c{of.connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(script)]
    before = os.getloadavg()[0]
    done = subprocess.run(
        ["wrk", *options, server.address, "--", str(file), *wait],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    figures = json.loads(done.stdout.splitlines()[-1])
    return {"name": of.name, "connections": of.connections, "load_average": round(before, 1), **figures}


def main(arguments: Sequence[str]) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("command", choices=["run", "table"])
    parser.add_argument("--folder", type=Path, default=ROOT / "data/bench/serving", help="scratch, 1 GB")
    parser.add_argument("--seconds", type=int, default=20, help="of each load; 20")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs", help="where page and figures go")
    said = parser.parse_args(arguments)
    figures = said.docs.resolve() / "serving.json"
    if said.command == "run":
        if shutil.which("wrk") is None:
            raise UserError("wrk: not found; apt-get install wrk")
        write_json(figures, measure(said.folder.resolve(), said.seconds))
    write_text(figures.with_suffix(".md"), page(dict(read_json(figures))))


if __name__ == "__main__":
    start(main)
