"""How many customers are held against the whole catalogue at a time."""

from typing import Final

import torch

ON_CPU: Final = 2048
"""More gains next to nothing, and takes memory."""
MEMORY_ON_CPU: Final = 660_000_000
"""For one block there: at `BYTES` for each logit, and H&M's 105,542 articles, 512 customers."""
SHARE: Final = 0.25
"""Of a GPU's free memory, for one block's logits."""
BYTES: Final = 12
"""For each logit: itself, its probability, its gradient, in two or four bytes."""


def block_size(asked: int | None, n_articles: int, device: torch.device, each: int = BYTES) -> int:
    """`cvae.block_customers`, or where it is null what fits the device well: a power of two.

    each: bytes of memory for a logit.
    """
    if asked is not None:
        return asked
    if device.type != "cuda":
        return min(ON_CPU, _power_of_two(MEMORY_ON_CPU / (each * max(n_articles, 1))))
    free, _ = torch.cuda.mem_get_info(device)
    # What torch keeps for itself is free too.
    free += torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return _power_of_two(SHARE * free / (each * max(n_articles, 1)))


def _power_of_two(at_most: float) -> int:
    return int(2 ** (max(1, int(at_most)).bit_length() - 1))
