"""In which precision the products over the catalogue are taken."""

from typing import Final

import torch

BF16_ON_CPU: Final = ("amx_bf16", "avx512_bf16", "bf16")
"""Instructions that multiply bfloat16; without them torch does it in software, ten to a hundred times slower
than float32."""
MATRIX_UNITS: Final = "amx_bf16"
OF_THEIR_TIME: Final = "avx512_fp16"
"""Intel's processors since these units have the older instructions for compatibility alone: half as fast as
float32 (benchmarks/rates.py), which a virtual machine that hides the units is left with."""


def has_bf16(device: torch.device) -> bool:
    """Whether products in bfloat16 are the faster ones there."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    capabilities = torch.cpu.get_capabilities()
    if capabilities.get(OF_THEIR_TIME) and str(capabilities.get("cpu_name", "")).startswith("Intel"):
        return bool(capabilities.get(MATRIX_UNITS))
    return any(capabilities.get(name, False) for name in BF16_ON_CPU)


def dtype_of_products(precision: str, device: torch.device) -> torch.dtype:
    """What `trainer.precision` means on a device: auto takes the faster one."""
    if precision == "auto":
        return torch.bfloat16 if has_bf16(device) else torch.float32
    return {"bf16": torch.bfloat16, "fp32": torch.float32}[precision]
