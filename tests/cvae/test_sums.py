"""Sums along lists of entries: by hand, and their gradient beside torch's."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from traindy.cvae.sums import sums_along, sums_of_rows


def test_three_rows_by_hand() -> None:
    """Row 0 is twice the second vector and the first, row 1 is empty, row 2 half of the second."""
    table = torch.tensor([[1.0, 10.0], [2.0, 20.0]], requires_grad=True)
    row, place = torch.tensor([0, 0, 2]), torch.tensor([1, 0, 1])
    sums = sums_of_rows(table, row, place, 3, torch.tensor([2.0, 1.0, 0.5]))
    assert sums.tolist() == [[5.0, 50.0], [0.0, 0.0], [1.0, 10.0]]
    (gradient,) = torch.autograd.grad(sums[:, 0].sum(), table)
    assert gradient.tolist() == [[1.0, 0.0], [2.5, 0.0]]


def test_entries_in_any_order() -> None:
    vectors = torch.tensor([[1.0], [2.0], [4.0]])
    into, of = torch.tensor([1, 0, 1, 3]), torch.tensor([2, 0, 0, 1])
    assert sums_along(into, 4, of, vectors, None).flatten().tolist() == [1.0, 5.0, 0.0, 2.0]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 40), st.integers(1, 9), st.integers(1, 9), st.booleans(), st.integers(0, 99))
def test_the_gradient_is_torchs(entries: int, rows: int, vectors: int, weighted: bool, seed: int) -> None:
    g = torch.Generator().manual_seed(seed)
    row = torch.randint(rows, (entries,), generator=g).sort().values
    place = torch.randint(vectors, (entries,), generator=g)
    weight = torch.rand(entries, generator=g) if weighted else None
    table = torch.randn((vectors, 3), generator=g, requires_grad=True)
    factor = torch.randn((rows, 3), generator=g)
    terms = table[place] if weight is None else weight[:, None] * table[place]
    expected = torch.zeros(rows, 3).index_add(0, row, terms)
    found = sums_of_rows(table, row, place, rows, weight)
    torch.testing.assert_close(found, expected)
    gradients = (torch.autograd.grad((sums * factor).sum(), table)[0] for sums in (found, expected))
    torch.testing.assert_close(*gradients)
