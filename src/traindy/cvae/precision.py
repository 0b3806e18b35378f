"""In which precision the products over the catalogue are taken."""

from typing import Final

import torch

BF16_ON_CPU: Final = ("amx_bf16", "avx512_bf16", "bf16")
"""Instructions that multiply bfloat16; without them torch does it in software, ten to a hundred times slower
than float32."""


def has_bf16(device: torch.device) -> bool:
    """Whether products in bfloat16 are the faster ones there."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in BF16_ON_CPU)


def dtype_of_products(precision: str, device: torch.device) -> torch.dtype:
    """What `trainer.precision` means on a device: auto takes the faster one."""
    if precision == "auto":
        return torch.bfloat16 if has_bf16(device) else torch.float32
    return {"bf16": torch.bfloat16, "fp32": torch.float32}[precision]
