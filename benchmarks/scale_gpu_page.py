"""The part of docs/scale.md on a GPU, from the figures of scale_gpu.py."""

from collections.abc import Mapping
from typing import Any, Final

from cells import met, table

Measured = Mapping[str, Any]

USED: Final = ("train_cvae", "recommend")
"""The stages that use a GPU."""
EPOCH: Final = 10.0
RANKING: Final = 30.0
"""Seconds to stay under, of an epoch and of everybody's lists."""
LOST: Final = 0.02
"""Of NDCG, at most, by the sampled softmax."""


def section(found: Measured) -> str:
    """The whole section."""
    card, stages = found["card"], found["stages"]
    return "\n".join(
        [
            "## On a GPU\n",
            f"`python benchmarks/scale_gpu.py` on an {card['name']}: {card['bf16_tflops']:,.0f} TFLOP/s in "
            f"bfloat16 (square products), {card['memory_gb_s']:,.0f} GB/s of memory (copying), torch "
            f"{card['torch']}. The same shop with {found['customers']:,} customers and {found['articles']:,} "
            f"articles, simulated there; batches of {found['batch_size']:,}, {found['latent_dim']} "
            "dimensions. Rows are cut and ranked on the card; a block is what a quarter of its free memory "
            "holds.\n",
            _summary(found),
            _training(found),
            _ranking(found),
            "Whole stages there, with reading, writing and what the processor does: "
            + ", ".join(f"{name} {cost['seconds']:,.0f} s" for name, cost in stages.items())
            + f".{_owed(stages)}\n",
        ]
    )


def _owed(stages: Measured) -> str:
    """The stages that were not run there."""
    owed = [f"`{name}`" for name in USED if name not in stages]
    return f" Not yet run there as stages: {', '.join(owed)}." if owed else ""


def _summary(found: Measured) -> str:
    exact, sampled, ranking = found["exact"], found["sampled"], found["ranking"]
    everybody = f"lists for {ranking['customers']:,} customers"
    lost = 1 - max(sampled["ndcg_20"]) / max(exact["ndcg_20"])
    rows = [
        _row("an epoch, exact softmax", _fastest(exact), EPOCH, exact["peak_gb"]),
        _row(f"an epoch, {found['negatives']:,} negatives", _fastest(sampled), None, sampled["peak_gb"]),
        _row(everybody, ranking["seconds"], RANKING, ranking["peak_gb"]),
    ]
    return (
        table(["", "seconds", "GPU memory, GB", "target", ""], rows)
        + f"\nNDCG@20 on validation, the best of {len(exact['ndcg_20'])} epochs, without evidence: "
        f"{max(exact['ndcg_20']):.4f} exact, {max(sampled['ndcg_20']):.4f} with these negatives, whatever "
        f"the default is now, {lost:.1%} lost (target: "
        f"at most {LOST:.0%}, {met(lost <= LOST)}).\n"
    )


def _row(name: str, seconds: float, target: float | None, memory: float) -> list[str]:
    if target is None:
        return [name, f"{seconds:.1f}", f"{memory:.1f}", "", ""]
    return [name, f"{seconds:.1f}", f"{memory:.1f}", f"{target:.0f} s", met(seconds <= target)]


def _fastest(fit: Measured) -> float:
    return float(min(fit["epoch_seconds"]))


def _training(found: Measured) -> str:
    step, rate = found["step"], found["card"]["bf16_tflops"]
    return (
        f"A training step takes {step['step_seconds'] * 1e3:.1f} ms and does its three products of the "
        f"catalogue softmax at {step['step_tflops']:,.0f} TFLOP/s over the whole step, "
        f"{step['step_tflops'] / rate:.0%} of the card's rate; at {step['step_products_tflops']:,.0f} while "
        f"they run, {step['step_products_tflops'] / rate:.0%}. Where the card's time goes, in ms: "
        f"{_parts(step['step_parts'], 1e3)}. With the loss compiled by `torch.compile` a step takes "
        f"{step['step_compiled_seconds'] * 1e3:.1f} ms.\n"
    )


def _ranking(found: Measured) -> str:
    ranking = found["ranking"]
    busy = sum(ranking["first_parts"].values())
    return (
        f"The first 32,768 customers' lists take {ranking['first_seconds']:.2f} s, in which the card is busy "
        f"for {busy:.2f}: {_parts(ranking['first_parts'], 1)}.\n"
    )


def _parts(seconds: Measured, unit: float) -> str:
    falling = sorted(seconds.items(), key=lambda part: -part[1])
    return ", ".join(f"{name} {value * unit:.2f}" for name, value in falling)
