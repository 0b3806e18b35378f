"""Lists that typecast less: how much the condition says, turned down.

Every part of the model that a condition chooses is moved towards its mean over the customers:

    t_c <- (1 - neutrality) * t_c + neutrality * mean over customers of t

for the shifts of encoder, decoder and prior, part by part (cluster, levels of each attribute), and for the
clusters' Gaussians. At 1 everybody is served as the average customer, and only what somebody bought tells
people apart. It is a dial of the trained model, as guidance is of a diffusion model (Ho & Salimans 2022):
nothing is trained again, and lists take no longer to make.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from traindy.core.params import Params
from traindy.core.vocabulary import Articles
from traindy.cvae.conditions import conditions_of
from traindy.cvae.net import CvaeNet
from traindy.cvae.recommender import CvaeRecommender
from traindy.cvae.store import CONDITIONED, load_recommender


def load_served(params: Params, articles: Articles) -> CvaeRecommender:
    """The CVAE with its condition as it serves: with `fairness.neutrality`."""
    model = load_recommender(Path(params.paths.cvae) / CONDITIONED, articles)
    if neutrality := params.fairness.neutrality:
        conditions = conditions_of(model.net, params.paths.cluster)
        customers = np.bincount(conditions, minlength=len(model.net.conditions))
        neutralise(model.net, neutrality, torch.from_numpy(customers))
    model.freeze()
    return model


@torch.no_grad()
def neutralise(net: CvaeNet, neutrality: float, customers: Tensor) -> None:
    """Turn down what conditions say, in place.

    neutrality: from 0, nothing, to 1, all of it; customers: how many have each condition, int [conditions].
    """
    parts = net.conditions
    weight = torch.zeros(len(net.encoder_condition), device=parts.device)
    weight.index_add_(0, parts.flatten(), customers.to(weight).repeat_interleave(parts.shape[1]))
    shifts = net.encoder_condition, net.decoder_condition, net.prior_condition
    of_cluster = net.posterior_log_std, net.prior_mean, net.prior_log_std
    for place in range(parts.shape[1]):
        rows = parts[:, place].unique()
        for table in shifts + (of_cluster if place == 0 else ()):
            _towards_mean(table, rows, weight[rows], neutrality)


def _towards_mean(table: Tensor, rows: Tensor, weight: Tensor, by: float) -> None:
    mean = torch.tensordot(weight / weight.sum(), table[rows], 1)
    table[rows] = torch.lerp(table[rows], mean.expand_as(table[rows]), by)
