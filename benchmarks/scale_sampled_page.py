"""The part of docs/scale.md on the sampled softmax, from the figures of scale_sampled.py."""

from collections.abc import Mapping
from typing import Any, Final

from cells import met, table
from scale_gpu_page import LOST

EPOCH: Final = 180.0
"""Seconds of an epoch to stay under."""


def section(found: Mapping[str, Any]) -> str:
    """The whole section."""
    exact, sampled = found["exact"], found["sampled"]
    lost = 1 - sampled["ndcg_20"] / exact["ndcg_20"]
    rows = [
        [
            name,
            f"{each['epoch_seconds']:,.0f}",
            f"{each['seconds']:,.0f}",
            f"{each['peak_gb']:.2f}",
            f"{each['ndcg_20']:.4f}",
            str(each["epoch"]),
        ]
        for name, each in (("exact", exact), ("sampled", sampled))
    ]
    head = ["softmax", "an epoch, s", "train_cvae, s", "peak GB", "NDCG@20 on validation", "best epoch"]
    return "\n".join(
        [
            "## The sampled softmax\n",
            f"`python benchmarks/scale_sampled.py`: `cvae.softmax=sampled` with {found['negatives']:,} "
            "negatives and then the exact one, on the same machine, which need not be the one above "
            f"({exact['bf16_gflops']:,.0f} GFLOP/s in bfloat16). NDCG@20 is that "
            "of the best epoch, with what sells lately beside the net, before any evidence is weighed.\n",
            table(head, rows),
            f"An epoch takes {sampled['epoch_seconds']:,.0f} s (target: {EPOCH:,.0f} s, "
            f"{met(sampled['epoch_seconds'] <= EPOCH)}); {lost:.1%} of NDCG@20 is lost (target: at most "
            f"{LOST:.0%}, {met(lost <= LOST)}).\n",
        ]
    )
