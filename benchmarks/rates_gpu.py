"""What a GPU makes of the shop of a scratch folder of scale.py: prints one line of JSON.

  rates_gpu.py training | ranking

The card's own rates; epochs with the exact softmax and with the sampled one, and what each reaches on
validation; a training step under torch's profiler, and the same with the loss compiled; everybody's lists.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final
from unittest.mock import patch

import torch
from pytorch_lightning import LightningModule, Trainer
from rates import COPIED, SQUARE, steps
from torch._C._autograd import DeviceType
from torch.profiler import ProfilerActivity, profile

from traindy.core.config import load_params
from traindy.core.cut import read_cut
from traindy.core.params import Params
from traindy.core.vocabulary import read_articles, read_customers
from traindy.cvae.conditions import conditions_of, read_conditions
from traindy.cvae.fit import Fitter, Period
from traindy.cvae.losses import LOSSES
from traindy.cvae.validation import Selection
from traindy.recommend.batch import Shop, lists
from traindy.recommend.neutral import load_served
from traindy.uph import load, merge

STEPS: Final = 20
OF_STEP: Final = {
    "products": ("aten::mm", "aten::addmm"),
    "softmax": ("softmax", "aten::mul_", "aten::index"),
    "embeddings": ("embedding_bag", "linalg_vector_norm", "aten::div"),
    "optimizer": ("adam",),
}
OF_RANKING: Final = {
    "products": ("aten::mm", "aten::addmm", "aten::bmm"),
    "evidence": ("scatter_add", "log1p", "aten::clamp", "aten::div", "aten::add_", "aten::index", "zero_"),
    "best of each row": ("topk", "aten::amax", "aten::aminmax", "aten::gather", "aten::sort"),
}
"""Where the card's time goes, by a piece of the operation's name; the first that fits."""
Parts = Mapping[str, tuple[str, ...]]


def seconds_of(work: Callable[[], object], times: int) -> float:
    """Of one run, after one that does not count; the card's work included."""
    work()
    torch.cuda.synchronize()
    started = time.perf_counter()
    for _ in range(times):
        work()
    torch.cuda.synchronize()
    return (time.perf_counter() - started) / times


def card(device: torch.device) -> dict[str, Any]:
    """Its name, TFLOP/s of square bfloat16 products, GB/s of memory (read and written)."""
    matrix = torch.randn(2 * SQUARE, 2 * SQUARE, device=device).bfloat16()
    source, target = (torch.zeros(4 * COPIED, device=device) for _ in range(2))
    return {
        "name": torch.cuda.get_device_name(device),
        "torch": torch.__version__,
        "bf16_tflops": 2 * (2 * SQUARE) ** 3 / seconds_of(partial(torch.mm, matrix, matrix), 20) / 1e12,
        "memory_gb_s": 4 * 8 * COPIED / seconds_of(lambda: target.copy_(source), 20) / 1e9,
    }


class Timed(Selection):
    """Takes the time of each epoch's steps, without its validation."""

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Nothing is measured yet."""
        super().on_train_start(trainer, pl_module)
        self.epochs: list[float] = []

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start."""
        torch.cuda.synchronize()
        self.started = time.perf_counter()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Stop, then validate."""
        torch.cuda.synchronize()
        self.epochs.append(time.perf_counter() - self.started)
        super().on_train_epoch_end(trainer, pl_module)


def epochs(params: Params, softmax: str) -> dict[str, Any]:
    """Seconds of each epoch of a fit without the direct paths, and NDCG@20 on validation after each."""
    changes = {"softmax": softmax, "neighbours": 0, "ridge_max_articles": 0}
    settings = params.cvae.model_copy(update=changes)
    paths = params.paths
    articles, cut = read_articles(paths.split), read_cut(paths.split)
    conditions = read_conditions(paths.cluster, settings.condition)
    before, during = (load(f"{paths.uph}/{period}") for period in ("train", "valid"))
    fitter = Fitter(articles, conditions, settings, params.trainer)
    selection = Timed(None, settings.patience, settings.seed)
    torch.cuda.reset_peak_memory_stats()
    fitter.select(Period(before, articles.n_train, cut.valid_start), during, selection)
    return {
        "epoch_seconds": selection.epochs,
        "ndcg_20": [epoch["val/ndcg_20"] for epoch in selection.curve],
        "peak_gb": torch.cuda.max_memory_allocated() / 1e9,
    }


def step(params: Params, device: torch.device) -> dict[str, Any]:
    """Seconds of a training step, also with the loss compiled, and where they go."""
    of = steps(params, device)
    seconds = seconds_of(of.once, STEPS)
    with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as profiled:
        for _ in range(STEPS):
            of.once()
        torch.cuda.synchronize()
    spent = parts(profiled.key_averages(), STEPS, OF_STEP)
    loss = params.cvae.loss
    with patch.dict(LOSSES, {loss: torch.compile(LOSSES[loss], dynamic=True)}):
        compiled = seconds_of(of.once, STEPS)
    return {
        "trained_on": of.customers,
        "step_seconds": seconds,
        "step_compiled_seconds": compiled,
        "step_parts": spent,
        "step_products_tflops": of.operations / spent["products"] / 1e12,
        "step_tflops": of.operations / seconds / 1e12,
    }


def parts(events: Iterable[Any], times: int, of: Parts) -> dict[str, float]:
    """Seconds of the card by part, of one of so many runs: what the operations have started there."""
    found = dict.fromkeys([*of, "the rest"], 0.0)
    for event in events:
        if event.device_type == DeviceType.CPU:  # the card's own entries are the same time again
            fits = (part for part, pieces in of.items() if any(p in event.key.lower() for p in pieces))
            found[next(fits, "the rest")] += event.self_device_time_total / 1e6 / times
    return found


def training(params: Params) -> dict[str, Any]:
    """The card, and all that a training does on it."""
    device = torch.device("cuda", 0)
    return {
        "card": card(device),
        "articles": read_articles(params.paths.split).n_known,
        "batch_size": params.cvae.batch_size,
        "latent_dim": params.cvae.latent_dim,
        "exact": epochs(params, "exact"),
        "sampled": epochs(params, "sampled"),
        "step": step(params, device),
    }


def ranking(params: Params) -> dict[str, Any]:
    """Seconds to make everybody's lists as the stage recommend does, and where the first ones' go."""
    paths, settings = params.paths, params.recommend
    articles = read_articles(paths.split)
    model = load_served(params, articles)
    history = merge(*(load(f"{paths.uph}/{period}") for period in ("train", "valid", "fold_in")))
    shop = Shop(
        read_customers(paths.split).ids, articles.ids, history, conditions_of(model.net, paths.cluster)
    )
    made = partial(lists, model, shop, settings.k, settings.exclude_bought, None)
    first = seconds_of(lambda: next(made()), 1)
    torch.cuda.reset_peak_memory_stats()
    with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as profiled:
        next(made())
        torch.cuda.synchronize()
    started = time.perf_counter()
    for _ in made():
        pass
    torch.cuda.synchronize()
    measured = {
        "customers": history.n_customers,
        "seconds": time.perf_counter() - started,
        "first_seconds": first,
        "first_parts": parts(profiled.key_averages(), 1, OF_RANKING),
        "peak_gb": torch.cuda.max_memory_allocated() / 1e9,
    }
    return {"ranking": measured}


def main() -> None:
    """Measure and print."""
    params = load_params([])
    torch.set_num_threads(params.engine.threads)
    found = {"training": training, "ranking": ranking}[sys.argv[1]](params)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
