"""Diagonal normal distributions, and how far one is from a mixture of them."""

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


def kl_to_mixture(q: Gaussian, logit: Tensor, parts: Gaussian) -> Tensor:
    """KL(q || sum over m of softmax(logit)_m parts_m) in nats, [rows]; for a mixture its variational bound.

    Hershey & Olsen 2007, equation 18 with a single component on the left: exact for one component.

    q: [rows, d]. logit: [rows, components]. parts: [rows, components, d].
    """
    mean, log_std = q.mean[:, None], q.log_std[:, None]
    ratio = (2 * (log_std - parts.log_std)).exp()
    distance = (mean - parts.mean).square() * (-2 * parts.log_std).exp()
    each = 0.5 * (ratio + distance - 1).sum(2) + (parts.log_std - log_std).sum(2)
    return -torch.logsumexp(logit.log_softmax(1) - each, 1)
