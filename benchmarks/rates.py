"""What this machine's processor can do, and how much of it a training step uses: prints one line of JSON.

Run in a scratch folder of scale.py, on the shop that lies there: the rates of plain matrix products, of
memory and of the disk; then some training steps under torch's profiler.
"""

import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile

from traindy.core.config import load_params
from traindy.core.cut import read_cut
from traindy.core.params import Params
from traindy.core.runtime import keep_freed_memory
from traindy.core.vocabulary import read_articles
from traindy.cvae.conditions import read_conditions
from traindy.cvae.fit import Fitter
from traindy.cvae.module import CvaeModule
from traindy.cvae.period import Period
from traindy.cvae.precision import dtype_of_products, has_bf16
from traindy.cvae.rows import Rows, shuffled_batches
from traindy.uph import load

SQUARE: Final = 4096
SMALL_SQUARE: Final = 512
"""For bfloat16 where it is multiplied in software: a hundredth of float32's rate, whatever the size."""
TYPES: Final = {"bf16": torch.bfloat16, "fp32": torch.float32}
CPU: Final = torch.device("cpu")
COPIED: Final = 256 * 2**20
WRITTEN: Final = 2**30
STEPS: Final = 6
PRODUCTS: Final = ("aten::mm", "aten::addmm")


def best_of(work: Callable[[], object], times: int = 5) -> float:
    """Seconds of the fastest of some runs, after one that does not count."""
    work()
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def machine() -> dict[str, float]:
    """GFLOP/s of square products by type, GB/s of memory (read and written) and of the disk (written)."""
    rates = {}
    for name, dtype in TYPES.items():
        side = SQUARE if dtype == torch.float32 or has_bf16(CPU) else SMALL_SQUARE
        matrix = torch.randn(side, side).to(dtype)
        rates[f"{name}_gflops"] = 2 * side**3 / best_of(partial(torch.mm, matrix, matrix)) / 1e9
    source, target = torch.zeros(COPIED), torch.zeros(COPIED)
    rates["memory_gb_s"] = 8 * COPIED / best_of(lambda: target.copy_(source)) / 1e9
    return rates | {"disk_gb_s": WRITTEN / best_of(_write, 2) / 1e9}


def _write() -> None:
    block = os.urandom(2**20)
    with tempfile.TemporaryFile(dir=Path.cwd()) as file:
        for _ in range(WRITTEN // len(block)):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())


@dataclass(frozen=True)
class Steps:
    """Training steps of the pipeline's own module on the shop, one after the other."""

    once: Callable[[], None]
    customers: int
    """That are trained on in an epoch."""
    operations: int
    """Of the three products of the catalogue softmax in a step."""


def steps(params: Params, device: torch.device) -> Steps:
    """What a training does before its first step."""
    paths, s = params.paths, params.cvae
    articles, cut = read_articles(paths.split), read_cut(paths.split)
    conditions, uph = read_conditions(paths.cluster, s.condition), load(f"{paths.uph}/train")
    period = Period(uph, articles.n_train, cut.valid_start)
    fitter = Fitter(articles, conditions, s, params.trainer)
    net = fitter.net(period, fitter.together(period))
    rows = Rows(uph, conditions.of_customer, period.n_articles)
    trained_on = np.flatnonzero(np.diff(uph.matrix.indptr))
    module = CvaeModule(net, rows, s, params.trainer.precision, len(trained_on)).to(device)
    module.log_dict = lambda *_, **__: None  # type: ignore[method-assign]
    optimizer = torch.optim.AdamW(module.trained.parameters(), lr=s.learning_rate, fused=True)
    loader = shuffled_batches(trained_on, s.batch_size, s.seed)
    batches = chain.from_iterable(repeat(loader))

    def once() -> None:
        batch = next(batches)
        module.training_step(batch._replace(customers=batch.customers.to(device)), 0).backward()
        optimizer.step()
        optimizer.zero_grad()

    return Steps(once, len(trained_on), 3 * 2 * s.batch_size * net.config.n_articles * s.latent_dim)


def step(params: Params) -> dict[str, float]:
    """Seconds of a training step, and GFLOP/s of the products of its catalogue softmax."""
    of = steps(params, CPU)
    of.once()
    started = time.perf_counter()
    with profile(activities=[ProfilerActivity.CPU]) as profiled:
        for _ in range(STEPS):
            of.once()
    seconds = (time.perf_counter() - started) / STEPS
    spent = sum(e.self_cpu_time_total for e in profiled.key_averages() if e.key in PRODUCTS) / 1e6 / STEPS
    return {
        "step_seconds": seconds,
        "step_products_seconds": spent,
        "step_products_gflops": of.operations / spent / 1e9,
        "epoch_seconds": seconds * of.customers / params.cvae.batch_size,
    }


def main() -> None:
    """Measure and print, in a process that treats its memory as a stage does."""
    keep_freed_memory()
    params = load_params([])
    torch.set_num_threads(params.engine.threads)
    found = {name: round(value, 3) for name, value in (machine() | step(params)).items()}
    dtype = dtype_of_products(params.trainer.precision, CPU)
    products = next(name for name, each in TYPES.items() if each == dtype)
    print(json.dumps(found | {"products": products}))


if __name__ == "__main__":
    main()
