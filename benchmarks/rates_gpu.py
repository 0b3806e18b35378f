"""What a GPU makes of the shop of a scratch folder of scale.py: prints one line of JSON.

The card's own rates; epochs with the exact softmax and with the sampled one, and what each reaches on
validation; a training step under torch's profiler, and the same with the loss compiled; everybody's lists.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
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
from traindy.cvae import softmax
from traindy.cvae.conditions import read_conditions
from traindy.cvae.distributed import ALONE
from traindy.cvae.evidence import gather
from traindy.cvae.fit import Fitter
from traindy.cvae.net import CvaeNet
from traindy.cvae.period import Period
from traindy.cvae.recommender import CvaeRecommender
from traindy.cvae.validation import Selection
from traindy.cvae.weights import NET, Weights, first_weights
from traindy.recommend.batch import Shop, lists
from traindy.uph import UPH, load, merge

STEPS: Final = 20
OF_STEP: Final = {
    "products": ("aten::mm", "aten::addmm"),
    "softmax": ("exp2", "aten::sum", "aten::index"),
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


@dataclass(frozen=True)
class Given:
    """What the stages before training have left in the folder."""

    fitter: Fitter
    period: Period
    during: UPH


def given(params: Params) -> Given:
    """Read it."""
    paths = params.paths
    articles, cut = read_articles(paths.split), read_cut(paths.split)
    conditions = read_conditions(paths.cluster, params.cvae.condition)
    before, during = (load(f"{paths.uph}/{period}") for period in ("train", "valid"))
    period = Period(before, articles.n_train, cut.valid_start)
    return Given(Fitter(articles, conditions, params.cvae, params.trainer), period, during)


def epochs(of: Given, softmax: str) -> tuple[CvaeNet, dict[str, Any]]:
    """Seconds of each epoch of a fit, and the net's own NDCG@20 on validation after each."""
    fitter, period = of.fitter, of.period
    settings = fitter.settings.model_copy(update={"softmax": softmax})
    selection = Timed(None, settings.patience, settings.seed)
    net = fitter.net(period, fitter.together(period))
    evidence = gather(period.uph, period.n_articles, period.cut, [], {})
    watched = CvaeRecommender(net, evidence, first_weights([]), settings.samples, settings.seed, None)
    selection.watch(watched, period.uph, fitter.conditions.of_customer, of.during, ALONE)
    torch.cuda.reset_peak_memory_stats()
    replace(fitter, settings=settings).fit(softmax, net, period, settings.max_epochs, [selection])
    return net, {
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
    with patch.object(softmax, "exponentials", torch.compile(softmax.exponentials, dynamic=True)):
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


def ranking(of: Given, net: CvaeNet, params: Params) -> dict[str, Any]:
    """Seconds to make everybody's lists as the stage recommend does, and where the first ones' go."""
    paths, settings, period, s = params.paths, params.recommend, of.period, of.fitter.settings
    direct = period.paths(net, s, ALONE)
    evidence = gather(period.uph, period.n_articles, period.cut, s.recency_days, direct)
    # How much each weighs makes no difference to how long it takes, if it weighs something.
    weights = {NET: 1.0} | dict.fromkeys([*evidence.articles, *direct], 0.1)
    model = CvaeRecommender(net, evidence, Weights(weights, weights, weights), s.samples, s.seed, None)
    model.freeze()
    history = merge(*(load(f"{paths.uph}/{period}") for period in ("train", "valid", "fold_in")))
    ids = read_customers(paths.split).ids
    shop = Shop(ids, of.fitter.articles.ids, history, of.fitter.conditions.of_customer)
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
    return {
        "customers": history.n_customers,
        "seconds": time.perf_counter() - started,
        "first_seconds": first,
        "first_parts": parts(profiled.key_averages(), 1, OF_RANKING),
        "peak_gb": torch.cuda.max_memory_allocated() / 1e9,
    }


def main() -> None:
    """Measure and print."""
    params, device = load_params([]), torch.device("cuda", 0)
    torch.set_num_threads(params.engine.threads)
    of = given(params)
    net, exact = epochs(of, "exact")
    _, sampled = epochs(of, "sampled")
    found = {
        "card": card(device),
        "articles": of.period.n_articles,
        "batch_size": params.cvae.batch_size,
        "latent_dim": params.cvae.latent_dim,
        "negatives": params.cvae.negatives,
        "exact": exact,
        "sampled": sampled,
        "ranking": ranking(of, net, params),
        "step": step(params, device),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
