"""Diagonal normal distributions, and how far one is from another."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Gaussian:
    """Mean and log standard deviation of each: [..., d]."""

    mean: Tensor
    log_std: Tensor

    def sample(self) -> Tensor:
        """One reparametrised draw of each."""
        return self.mean + self.log_std.exp() * torch.randn_like(self.mean)


def kl(q: Gaussian, p: Gaussian) -> Tensor:
    """KL(q || p) in nats of each pair of rows: [rows]."""
    ratio = (2 * (q.log_std - p.log_std)).exp()
    distance = (q.mean - p.mean).square() * (-2 * p.log_std).exp()
    return 0.5 * (ratio + distance - 1).sum(1) + (p.log_std - q.log_std).sum(1)
