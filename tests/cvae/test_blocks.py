"""Blocks by memory."""

import torch

from traindy.cvae.blocks import ON_CPU, block_size


def test_what_is_asked_is_taken_and_a_processor_has_its_own():
    assert block_size(7, 100_000, torch.device("cpu")) == 7
    assert block_size(None, 10_000, torch.device("cpu")) == ON_CPU
    assert block_size(None, 105_542, torch.device("cpu")) == 512
    assert block_size(None, 105_542, torch.device("cpu"), 6) == 1024


def test_on_a_gpu_a_quarter_of_what_is_free(monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (38 * 2**30, 80 * 2**30))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _: 25 * 2**30)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda _: 15 * 2**30)
    # 12 GiB at 12 bytes are 2**30 logits: 10,737 customers of 100,000 articles, of which 8,192 is the power.
    assert block_size(None, 100_000, torch.device("cuda", 0)) == 8192
    assert block_size(None, 2**31, torch.device("cuda", 0)) == 1
