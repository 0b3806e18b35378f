"""Several nets as one: the mean of their logits (Lakshminarayanan, Pritzel, Blundell 2017, Deep ensembles).

Nets that differ by their seed alone err differently, and the mean of what they say errs less than each.
Logits are products of a latent vector and the articles' embeddings; so their mean is that of one net whose
vectors are theirs side by side: everything that ranks, explains or serves takes it for any other net.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import torch

from traindy.core.params import Cvae
from traindy.cvae.net import CvaeNet

SMALL_SHOP: Final = 50_000
"""Customers; of fewer each net knows little for sure, and three can be afforded."""
OF_SMALL_SHOP: Final = 3


def members_of(settings: Cvae, customers: int) -> int:
    """`cvae.members`, or what it is by default where there are so many customers, of whatever group."""
    if settings.members is not None:
        return settings.members
    return OF_SMALL_SHOP if customers < SMALL_SHOP else 1


@torch.no_grad()
def united(nets: Sequence[CvaeNet]) -> CvaeNet:
    """One net whose logits are the mean of those of `nets`; a single one is itself.

    Its latent vector is theirs side by side, and so are prior and posterior: KL(q || p) is the sum of theirs.
    nets: of the same shape.
    """
    first = nets[0]
    if len(nets) == 1:
        return first
    of_each = [net.state_dict() for net in nets]
    joined = {name: torch.cat([state[name] for state in of_each], -1) for name in of_each[0]}
    joined["bias"] = torch.stack([net.bias for net in nets]).mean(0)
    joined["purchase_weights"] = first.purchase_weights
    config = replace(
        first.config,
        latent_dim=sum(net.config.latent_dim for net in nets),
        temperature=sum(net.config.temperature for net in nets),
        members=len(nets),
    )
    graph = first.smoothing.graph() if first.smoothing else None
    net = CvaeNet(config, first.levels, joined["bias"], first.conditions, joined["table"], graph)
    net.load_state_dict(joined, assign=True)
    return net.to(first.bias.device).eval()
