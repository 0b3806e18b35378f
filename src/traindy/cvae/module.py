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
from traindy.cvae.precision import dtype_of_products
from traindy.cvae.rows import Batch, Rows
from traindy.cvae.sampled import sampled_softmax_loss
from traindy.cvae.softmax import softmax_loss


class CvaeModule(LightningModule):
    """Minimises, per customer, reconstruction + kl_weight * KL(q(z|x, c) || p(z|c)).

    The encoder sees a row of which a random part is hidden, or all of it; the whole row is the target. A row
    that is hidden whole is decoded from z ~ p(z|c), so that the prior and the condition learn to serve a
    customer without history (Volkovs et al. 2017, DropoutNet).
    """

    def __init__(self, net: CvaeNet, rows: Rows, settings: Cvae, precision: str, processes: int = 1) -> None:
        """processes: how many train together, each with its own part of every batch."""
        super().__init__()
        self.net, self.rows, self.settings, self.processes = net, rows, settings, processes
        self.precision_of_products = precision
        # DDP would send the first process's to all, in every step: but the rows are each process's own, and
        # the other buffers never change.
        self._ddp_params_and_buffers_to_ignore = [name for name, _ in self.named_buffers()]

    def on_train_epoch_start(self) -> None:
        """An epoch's random draws depend on seed, epoch and process alone, so that it can be repeated."""
        torch.manual_seed(self.settings.seed * 1_000_003 + self.current_epoch + (self.global_rank << 51))

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """The mean loss of a batch of customers: of several processes, the mean of what they return."""
        s, n = self.settings, len(batch.customers)
        entries, condition = self.rows.cut(batch.customers)
        divisor = batch.size / self.processes
        shown = torch.rand(len(entries.row), device=self.device) >= s.input_dropout
        shown &= (torch.rand(n, device=self.device) >= s.history_dropout)[entries.row]
        seen = entries.keep(shown)
        articles = self.net.articles()
        q = self.net.encode(articles, seen.article, seen.row, condition)
        empty = seen.sizes(n) == 0
        z = torch.where(empty[:, None], self.net.sample_prior(condition), q.sample())
        kl = (self.net.kl(q, condition) * ~empty).sum() / divisor
        reconstruction = self._loss(self.net.decode(z, condition), articles, entries.as_targets(n)) / divisor
        parts = {"train/reconstruction": reconstruction, "train/kl": kl}
        self.log_dict(parts, on_step=False, on_epoch=True, batch_size=batch.size, sync_dist=True)
        return reconstruction + s.kl_weight * kl

    def _loss(self, latent: Tensor, articles: Tensor, targets: Targets) -> Tensor:
        s, bias = self.settings, self.net.bias
        dtype = dtype_of_products(self.precision_of_products, self.device)
        given, block = (latent, articles, bias, targets), s.block_customers
        if s.loss in LOSSES:
            return catalogue_loss(*given, LOSSES[s.loss], block, dtype)
        if s.softmax == "sampled":
            return sampled_softmax_loss(*given, s.negatives, block, dtype)
        return softmax_loss(*given, block, dtype)

    def configure_optimizers(self) -> Any:
        """AdamW; the rate falls along a half cosine to zero over `cvae.max_epochs`.

        A fit of fewer ends before: what the refit repeats is the fit that was best then, not one that has
        come to rest sooner.
        """
        optimizer = torch.optim.AdamW(
            self.net.parameters(), lr=self.settings.learning_rate,
            weight_decay=self.settings.weight_decay, fused=True,
        )  # fmt: skip
        batches = self.trainer.estimated_stepping_batches / (self.trainer.max_epochs or 1)
        horizon = batches * self.settings.max_epochs
        falling = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: 0.5 * (1 + math.cos(math.pi * min(1.0, step / horizon)))
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": falling, "interval": "step"}}
