"""The training step of the conditional variational autoencoder, as a LightningModule."""

import copy
import math
from typing import Any, Final

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

SPAN: Final = 0.5
"""Epochs over which the weights are averaged."""
SNAPSHOTS: Final = 16
"""Steps of an epoch whose weights are averaged, about: each time is a pass over all of them."""


class CvaeModule(LightningModule):
    """Minimises, per customer, reconstruction + kl_weight * KL(q(z|x, c) || p(z|c)), and once for all of them
    `CvaeNet.condition_penalty`.

    The encoder sees a row of which a random part is hidden, or all of it; the whole row is the target. A row
    that is hidden whole is decoded from z ~ p(z|c), so that the prior and the condition learn to serve a
    customer without history (Volkovs et al. 2017, DropoutNet).

    What is trained is a copy of the net. The net itself is an exponential moving average of it, so that it is
    at rest after every epoch, whatever the learning rate then (Polyak & Juditsky 1992; Izmailov et al. 2018).
    """

    def __init__(
        self, net: CvaeNet, rows: Rows, settings: Cvae, precision: str, customers: int, processes: int = 1
    ) -> None:
        """customers: trained on, by all processes. processes: how many train together, each with its own part
        of every batch."""
        super().__init__()
        self.rows, self.settings = rows, settings
        self.customers, self.processes = customers, processes
        self.trained, self.net = copy.deepcopy(net), net.requires_grad_(False)
        self.precision_of_products = precision
        # DDP would send the first process's to all, in every step: but the rows are each process's own, and
        # the other buffers never change.
        self._ddp_params_and_buffers_to_ignore = [name for name, _ in self.named_buffers()]

    def on_train_epoch_start(self) -> None:
        """An epoch's random draws depend on seed, epoch and process alone, so that it can be repeated."""
        torch.manual_seed(self.settings.seed * 1_000_003 + self.current_epoch + (self.global_rank << 51))

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """The mean loss of a batch of customers: of several processes, the mean of what they return."""
        s, net, n = self.settings, self.trained, len(batch.customers)
        entries, condition = self.rows.cut(batch.customers)
        divisor = batch.size / self.processes
        shown = torch.rand(len(entries.row), device=self.device) >= s.input_dropout
        shown &= (torch.rand(n, device=self.device) >= s.history_dropout)[entries.row]
        seen = entries.keep(shown)
        articles = net.articles()
        q = net.encode(articles, seen.article, seen.row, condition)
        empty = seen.sizes(n) == 0
        hidden = empty.nonzero()[:, 0]
        z = q.sample().index_copy(0, hidden, net.sample_prior(condition[hidden]))
        kl = (net.kl(q, condition) * ~empty).sum() / divisor
        reconstruction = self._loss(net.decode(z, condition), articles, entries.as_targets(n)) / divisor
        parts = {"train/reconstruction": reconstruction, "train/kl": kl}
        self.log_dict(parts, on_step=False, on_epoch=True, batch_size=batch.size, sync_dist=True)
        return reconstruction + s.kl_weight * kl + net.condition_penalty() / self.customers

    def _loss(self, latent: Tensor, articles: Tensor, targets: Targets) -> Tensor:
        s, bias = self.settings, self.trained.bias
        dtype = dtype_of_products(self.precision_of_products, self.device)
        given, block = (latent, articles, bias, targets), s.block_customers
        if s.loss in LOSSES:
            return catalogue_loss(*given, LOSSES[s.loss], block, dtype)
        if s.softmax == "sampled":
            return sampled_softmax_loss(*given, s.negatives, block, dtype)
        return softmax_loss(*given, block, dtype)

    def on_train_batch_end(self, *_: Any) -> None:
        """Let the net follow what is trained: the mean of all so far, then of about the last SPAN epochs."""
        batches, step = self.trainer.num_training_batches, self.global_step
        every = math.ceil(batches / SNAPSHOTS)
        if step % every == 0:
            share = min(1.0, every / min(step, SPAN * batches))
            for mean, now in zip(self.net.parameters(), self.trained.parameters(), strict=True):
                mean.lerp_(now.detach(), share)

    def configure_optimizers(self) -> Any:
        """AdamW; the rate falls along a half cosine to zero over `cvae.max_epochs`.

        A fit of fewer ends before: what the refit repeats is the fit that was best then, not one that has
        come to rest sooner.
        """
        optimizer = torch.optim.AdamW(
            self.trained.parameters(), lr=self.settings.learning_rate,
            weight_decay=self.settings.weight_decay, fused=True,
        )  # fmt: skip
        batches = self.trainer.estimated_stepping_batches / (self.trainer.max_epochs or 1)
        horizon = batches * self.settings.max_epochs
        falling = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: 0.5 * (1 + math.cos(math.pi * min(1.0, step / horizon)))
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": falling, "interval": "step"}}
