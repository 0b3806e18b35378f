"""bfloat16 where it is multiplied in hardware, float32 elsewhere."""

import pytest
import torch

from traindy.cvae.precision import dtype_of_products, has_bf16

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        ({"avx2": True, "amx_bf16": False, "avx512_bf16": False}, torch.float32),
        ({"avx512_f": True, "avx512_bf16": False}, torch.float32),
        ({"avx512_bf16": True}, torch.bfloat16),
        ({"amx_bf16": True}, torch.bfloat16),
        ({"avx512_bf16": True, "avx512_fp16": True, "cpu_name": "Intel Xeon"}, torch.float32),
        ({"amx_bf16": True, "avx512_fp16": True, "cpu_name": "Intel Xeon"}, torch.bfloat16),
        ({"avx512_bf16": True, "cpu_name": "Intel Xeon"}, torch.bfloat16),  # before there were matrix units
        ({"avx512_bf16": True, "avx512_fp16": True, "cpu_name": "AMD EPYC"}, torch.bfloat16),
        ({"neon": True, "bf16": True}, torch.bfloat16),
        ({"neon": True}, torch.float32),
    ],
)
def test_auto_is_bf16_only_where_the_processor_multiplies_it(monkeypatch, capabilities, expected):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert has_bf16(CPU) == (expected == torch.bfloat16)
    assert dtype_of_products("auto", CPU) == expected


def test_a_named_precision_is_taken_everywhere(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)
    assert dtype_of_products("bf16", CPU) == torch.bfloat16
    assert dtype_of_products("fp32", CPU) == torch.float32


def test_a_card_that_only_emulates_bf16_multiplies_in_float32(monkeypatch):
    def supported(including_emulation: bool = True) -> bool:
        return including_emulation

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", supported)
    assert dtype_of_products("auto", torch.device("cuda")) == torch.float32
