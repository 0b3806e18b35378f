"""Vectors of length 1, and what a change of such a vector changes.

The gradient of torch's own `normalize` makes array upon array as large as the whole catalogue's embeddings,
in every step of the training; this one makes two.
"""

from typing import Any, Final

import torch
from torch import Tensor

LEAST: Final = 1e-12
"""Of a length that is divided by."""


def unit(vectors: Tensor) -> Tensor:
    """Each of `vectors` [.., d] over its length; one of length zero stays. Differentiable once."""
    result: Tensor = _Unit.apply(vectors)
    return result


class _Unit(torch.autograd.Function):
    """y = x / |x|, so dx = (dy - (dy . y) y) / |x|: the part of dy along y changes nothing."""

    @staticmethod
    def forward(ctx: Any, vectors: Tensor) -> Tensor:
        inverse = torch.linalg.vector_norm(vectors, dim=-1, keepdim=True).clamp_(min=LEAST).reciprocal_()
        result = vectors * inverse
        ctx.save_for_backward(result, inverse)
        return result

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> Tensor:
        result, inverse = ctx.saved_tensors
        along = (upstream[0] * result).sum(-1, keepdim=True)
        return torch.addcmul(upstream[0], result, along, value=-1).mul_(inverse)
