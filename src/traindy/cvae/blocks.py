"""How many customers are held against the whole catalogue at a time."""

from typing import Final

import torch

ON_CPU: Final = 1024
"""Enough for the products to run at their full rate; more only takes memory."""
SHARE: Final = 0.25
"""Of a GPU's free memory, for one block's logits."""
BYTES: Final = 12
"""For each logit: itself, its probability, its gradient, in two or four bytes."""


def block_size(asked: int | None, n_articles: int, device: torch.device) -> int:
    """`cvae.block_customers`, or where it is null what fits the device well: a power of two."""
    if asked is not None:
        return asked
    if device.type != "cuda":
        return ON_CPU
    free, _ = torch.cuda.mem_get_info(device)
    fits = max(1, int(SHARE * free) // (BYTES * max(n_articles, 1)))
    return int(2 ** (fits.bit_length() - 1))
