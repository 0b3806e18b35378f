"""The training step of the conditional variational autoencoder, as a LightningModule."""

import math
from typing import Any

import torch
from pytorch_lightning import LightningModule
from torch import Tensor

from traindy.core.params import Cvae
from traindy.cvae.catalogue import catalogue_loss
from traindy.cvae.losses import LOSSES, Targets
from traindy.cvae.net import CvaeNet
from traindy.cvae.rows import Rows
from traindy.cvae.sampled import sampled_softmax_loss

PRECISIONS = {"bf16": torch.bfloat16, "fp32": torch.float32}


class CvaeModule(LightningModule):
    """Minimises, per customer, reconstruction + kl_weight * KL(q(z|x, c) || p(z|c)).

    The encoder sees a row of which a random part is hidden, or all of it; the whole row is the target. A row
    that is hidden whole is decoded from z ~ p(z|c), so that the prior and the condition learn to serve a
    customer without history (Volkovs et al. 2017, DropoutNet).
    """

    def __init__(self, net: CvaeNet, rows: Rows, settings: Cvae, precision: str) -> None:
        super().__init__()
        self.net, self.rows, self.settings = net, rows, settings
        self.dtype_of_products = PRECISIONS[precision]

    def on_train_epoch_start(self) -> None:
        """An epoch's random draws depend on the seed and the epoch alone, so that it can be repeated."""
        torch.manual_seed(self.settings.seed * 1_000_003 + self.current_epoch)

    def training_step(self, customers: Tensor, _: int) -> Tensor:
        """The mean loss of a batch of customer positions."""
        s = self.settings
        entries, condition = self.rows.cut(customers)
        n = len(customers)
        shown = torch.rand(len(entries.row), device=self.device) >= s.input_dropout
        shown &= (torch.rand(n, device=self.device) >= s.history_dropout)[entries.row]
        seen = entries.keep(shown)
        articles = self.net.articles()
        q = self.net.encode(articles, seen.article, seen.row, condition)
        empty = seen.sizes(n) == 0
        z = torch.where(empty[:, None], self.net.sample_prior(condition), q.sample())
        kl = (self.net.kl(q, condition) * ~empty).sum() / n
        reconstruction = self._loss(self.net.decode(z, condition), articles, entries.as_targets(n)) / n
        parts = {"train/reconstruction": reconstruction, "train/kl": kl}
        self.log_dict(parts, on_step=False, on_epoch=True, batch_size=n, sync_dist=True)
        return reconstruction + s.kl_weight * kl

    def _loss(self, latent: Tensor, articles: Tensor, targets: Targets) -> Tensor:
        s, bias, dtype = self.settings, self.net.bias, self.dtype_of_products
        if s.softmax == "sampled":
            return sampled_softmax_loss(latent, articles, bias, targets, s.negatives, dtype)
        return catalogue_loss(latent, articles, bias, targets, LOSSES[s.loss], s.block_customers, dtype)

    def configure_optimizers(self) -> Any:
        """AdamW; the rate falls along a half cosine to zero over the epochs of the fit."""
        optimizer = torch.optim.AdamW(
            self.net.parameters(), lr=self.settings.learning_rate,
            weight_decay=self.settings.weight_decay, fused=True,
        )  # fmt: skip
        horizon = self.trainer.estimated_stepping_batches
        falling = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: 0.5 * (1 + math.cos(math.pi * min(1.0, step / horizon)))
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": falling, "interval": "step"}}
