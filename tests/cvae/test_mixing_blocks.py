"""All rows are in one block each, in order; the first blocks are made once."""

import numpy as np
import pytest
import torch

from traindy.cvae import mixing_blocks
from traindy.cvae.mixing_blocks import Block, in_blocks

NOBODY = torch.zeros(0)


@pytest.mark.parametrize(
    ("kept", "made"), [(0, [5, 5, 5]), (19, [5, 4, 4]), (40, [5, 2, 2]), (500, [5, 0, 0])]
)
def test_blocks_are_the_same_each_time_and_made_anew_where_there_is_no_room(monkeypatch, kept, made):
    monkeypatch.setattr(mixing_blocks, "AT_ONCE", 12)
    monkeypatch.setattr(mixing_blocks, "KEPT", kept)
    asked = []

    def make(rows):
        asked.append(rows)
        return Block(torch.from_numpy(rows)[:, None], NOBODY, NOBODY, NOBODY, NOBODY)

    blocks = in_blocks(make, np.arange(10, 20), 6)
    for times in made:
        asked.clear()
        assert torch.cat([block.offset for block in blocks()])[:, 0].tolist() == list(range(10, 20))
        assert len(asked) == times


def test_nobody_is_one_block():
    blocks = in_blocks(lambda rows: Block(torch.from_numpy(rows), *4 * [NOBODY]), np.arange(0), 6)
    assert [block.offset.tolist() for block in blocks()] == [[]]
