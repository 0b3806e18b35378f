"""RecVAE (Shenbin, Alekseev, Tutubalina, Malykh & Nikolenko 2020)."""

from copy import deepcopy
from math import log, pi
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F
from scipy.sparse import csr_array
from torch import Tensor, nn

from traindy.baselines.autoencoder import (
    DROPOUT,
    HIDDEN,
    LATENT,
    Autoencoder,
    BagLinear,
    Bags,
    log_likelihood,
    shuffled,
)
from traindy.core.params import Baselines
from traindy.uph import UPH

LAYERS: Final = 5
NORM_EPS: Final = 0.1
LEARNING_RATE: Final = 5e-4
ENCODER_PASSES: Final = 3
"""Passes over the rows that train the encoder, for each that trains the decoder."""
STANDARD, OLD, WIDE = 3 / 20, 3 / 4, 1 / 10
"""Weights of the composite prior's parts."""
WIDE_LOG_VARIANCE: Final = 10.0


class RecVae(Autoencoder):
    """Encoder and decoder are trained in turn (section 3.4)."""

    encoder: "Encoder"
    decoder: nn.Linear

    def __init__(self, uph: UPH, popular: np.ndarray, n_articles: int, settings: Baselines) -> None:
        self.settings = settings
        super().__init__(uph, popular, n_articles, settings.seed)

    def _fit(self, matrix: csr_array) -> None:
        self.encoder, self.decoder = Encoder(self.n_articles), nn.Linear(LATENT, self.n_articles)
        old = deepcopy(self.encoder).requires_grad_(False)
        of_encoder = torch.optim.Adam(self.encoder.parameters(), LEARNING_RATE, fused=True)
        of_decoder = torch.optim.Adam(self.decoder.parameters(), LEARNING_RATE, fused=True)
        for _ in range(self.settings.rec_vae_epochs):
            self.decoder.requires_grad_(False)
            for _ in range(ENCODER_PASSES):
                for rows in shuffled(matrix):
                    _step(of_encoder, self._negative_elbo(rows, old))
            self.decoder.requires_grad_(True)
            old.load_state_dict(self.encoder.state_dict())
            for rows in shuffled(matrix):
                with torch.no_grad():  # the KL term does not depend on the decoder
                    z = draw(*self.encoder(rows, 0.0))
                _step(of_decoder, -log_likelihood(self.decoder(z), rows).mean())

    def _negative_elbo(self, rows: Bags, old: nn.Module) -> Tensor:
        mean, log_variance = self.encoder(rows, DROPOUT)
        z = draw(mean, log_variance)
        prior = composite_prior(z, *old(rows, 0.0))
        kl = (log_normal(z, mean, log_variance) - prior).sum(1)
        weight = self.settings.rec_vae_kl_weight * rows.size
        return (weight * kl - log_likelihood(self.decoder(z), rows)).mean()

    def _logits(self, rows: Bags) -> Tensor:
        logits: Tensor = self.decoder(self.encoder(rows, 0.0)[0])
        return logits


def _step(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


class Encoder(nn.Module):
    """Each layer also sees the sum of all layers before it (figure 2)."""

    def __init__(self, n_articles: int) -> None:
        super().__init__()
        self.first = BagLinear(n_articles, HIDDEN)
        self.others = nn.ModuleList(nn.Linear(HIDDEN, HIDDEN) for _ in range(LAYERS - 1))
        self.norms = nn.ModuleList(nn.LayerNorm(HIDDEN, eps=NORM_EPS) for _ in range(LAYERS))
        self.mean, self.log_variance = nn.Linear(HIDDEN, LATENT), nn.Linear(HIDDEN, LATENT)

    def forward(self, rows: Bags, dropout: float) -> tuple[Tensor, Tensor]:
        """The posterior's mean and log variance: float32 [rows, latent] each."""
        hidden = before = self.norms[0](F.silu(self.first(rows, dropout)))
        for layer, norm in zip(self.others, self.norms[1:], strict=True):
            hidden = norm(F.silu(layer(hidden) + before))
            before = before + hidden
        return self.mean(hidden), self.log_variance(hidden)


def draw(mean: Tensor, log_variance: Tensor) -> Tensor:
    """A draw of z: float32 [rows, latent]."""
    return mean + torch.randn_like(mean) * (log_variance / 2).exp()


def log_normal(z: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """Log density of each dimension: [rows, latent]."""
    return -0.5 * (log_variance + log(2 * pi) + (z - mean).square() / log_variance.exp())


def composite_prior(z: Tensor, old_mean: Tensor, old_log_variance: Tensor) -> Tensor:
    """Log density of a mixture of N(0, 1), the posterior before this epoch, and a wide normal (section 3.3).

    As in the authors' code each dimension is a mixture of its own: [rows, latent].
    """
    none = torch.zeros_like(z)
    parts = [
        log_normal(z, none, none) + log(STANDARD),
        log_normal(z, old_mean, old_log_variance) + log(OLD),
        log_normal(z, none, none + WIDE_LOG_VARIANCE) + log(WIDE),
    ]
    return torch.stack(parts).logsumexp(0)
