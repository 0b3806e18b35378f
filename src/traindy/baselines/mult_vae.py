"""Mult-VAE (Liang, Krishnan, Hoffman & Jebara 2018): a variational autoencoder I-600-200-600-I."""

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor, nn

from traindy.baselines.autoencoder import (
    BATCH,
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


class MultVae(Autoencoder):
    """Multinomial likelihood, and a KL term whose weight rises from 0 to its cap (section 2.2.2)."""

    net: "Net"

    def __init__(self, uph: UPH, popular: np.ndarray, n_articles: int, settings: Baselines) -> None:
        self.settings = settings
        super().__init__(uph, popular, n_articles, settings.seed)

    def _fit(self, matrix: csr_array) -> None:
        self.net = net = Net(self.n_articles)
        settings = self.settings
        optimiser = torch.optim.Adam(net.parameters(), settings.mult_vae_learning_rate, fused=True)
        steps = settings.mult_vae_epochs * -(-matrix.shape[0] // BATCH)
        step = 0
        for _ in range(settings.mult_vae_epochs):
            for rows in shuffled(matrix):
                step += 1
                likelihood, kl = net(rows)
                loss = (settings.mult_vae_kl_weight * step / steps * kl - likelihood).mean()
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()

    def _logits(self, rows: Bags) -> Tensor:
        mean, _ = self.net.encode(rows, dropout=0.0)
        logits: Tensor = self.net.decoder(mean)
        return logits


class Net(nn.Module):
    """Its weights begin as in the authors' code."""

    def __init__(self, n_articles: int) -> None:
        super().__init__()
        self.hidden = BagLinear(n_articles, HIDDEN)
        self.posterior = nn.Linear(HIDDEN, 2 * LATENT)
        self.decoder = nn.Sequential(nn.Linear(LATENT, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, n_articles))
        for parameter in self.parameters():
            if parameter.ndim > 1:
                nn.init.xavier_uniform_(parameter)
            else:
                nn.init.trunc_normal_(parameter, std=0.001)

    def encode(self, rows: Bags, dropout: float) -> tuple[Tensor, Tensor]:
        """The posterior's mean and log variance: float32 [rows, latent] each."""
        mean, log_variance = self.posterior(torch.tanh(self.hidden(rows, dropout))).chunk(2, 1)
        return mean, log_variance

    def forward(self, rows: Bags) -> tuple[Tensor, Tensor]:
        """Log likelihood at a draw of z, and KL(q(z|x) || N(0, I)): nats, float32 [rows] each."""
        mean, log_variance = self.encode(rows, DROPOUT)
        z = mean + torch.randn_like(mean) * (log_variance / 2).exp()
        kl = 0.5 * (log_variance.exp() + mean.square() - 1 - log_variance).sum(1)
        return log_likelihood(self.decoder(z), rows), kl
