"""Watches a fit on the validation purchases: learning curves, early stopping, the best epoch's weights."""

from typing import Any, Final

import numpy as np
import torch
from dvclive import Live
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor

from traindy.cvae.distributed import Processes
from traindy.cvae.later import K, later_of
from traindy.cvae.net import CvaeNet
from traindy.cvae.recommender import CvaeRecommender
from traindy.cvae.rows import Rows
from traindy.evaluate.metrics import coverage, hits_of, ndcg, recall
from traindy.uph import UPH

ACTIVE: Final = 0.01
"""A latent unit is active if its mean varies among customers by more than this share of the prior's."""


class Selection(Callback):
    """After each epoch: NDCG@20 on validation, full ranking, lists and truth without what was bought."""

    def __init__(self, live: Live | None, patience: int, seed: int) -> None:
        self.live, self.patience, self.seed = live, patience, seed
        self.best_ndcg, self.best_epoch = -1.0, 0
        self.best_weights: dict[str, Tensor] = {}
        self.curve: list[dict[str, float]] = []

    def state_dict(self) -> dict[str, Any]:
        """For a fit that goes on after a stop; plain tensors and numbers."""
        names = ("best_ndcg", "best_epoch", "best_weights", "curve")
        return {name: getattr(self, name) for name in names}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up what was measured before the stop, and draw the learning curves again."""
        vars(self).update(state_dict)
        for measured in self.curve:
            self._draw(measured)

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """A fit that had stopped early before it was kept stops at once."""
        trainer.should_stop = self._is_over(trainer.current_epoch)

    def _is_over(self, epoch: int) -> bool:
        """Whether nothing was better in the last `patience` of so many epochs."""
        return epoch - self.best_epoch >= self.patience

    def watch(
        self, recommender: CvaeRecommender, uph: UPH, conditions: np.ndarray, truth: UPH, processes: Processes
    ) -> None:
        """What to rank with, from which history, and what was bought then, all in the first process."""
        self.recommender = recommender
        if later := later_of(uph, truth, conditions, self.seed, processes):
            self.later, self.asked = later, later.of_who_buys_new()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Keep the best, stop when nothing was better for `patience` epochs; the first process tells all."""
        # Here, because all processes take part in it.
        trained = {name: float(value) for name, value in trainer.callback_metrics.items()}
        if trainer.is_global_zero:
            self._measure(trained, trainer, pl_module)
        self.best_ndcg, self.best_epoch = trainer.strategy.broadcast((self.best_ndcg, self.best_epoch))
        epoch, net = trainer.current_epoch + 1, self.recommender.net
        if self.best_epoch == epoch:
            self.best_weights = {name: w.detach().clone() for name, w in net.state_dict().items()}
        elif self._is_over(epoch):
            trainer.should_stop = True

    def _measure(self, trained: dict[str, float], trainer: Trainer, pl_module: LightningModule) -> None:
        net = self.recommender.net
        measured = self._accuracy() | {
            "val/active_units": active_units(net, self.later.history, self.later.conditions)
        }
        pl_module.log_dict(measured, rank_zero_only=True)
        if measured["val/ndcg_20"] > self.best_ndcg:
            self.best_ndcg, self.best_epoch = measured["val/ndcg_20"], trainer.current_epoch + 1
        self.curve.append({name: round(value, 6) for name, value in (trained | measured).items()})
        self._draw(self.curve[-1])

    def _draw(self, measured: dict[str, float]) -> None:
        if self.live is not None:
            for name, value in measured.items():
                self.live.log_metric(name, value)
            self.live.next_step()

    def _accuracy(self) -> dict[str, float]:
        later = self.asked
        lists = self.recommender.rank(later.history, later.conditions, K, exclude_bought=True)
        hits, size = hits_of(lists, later.truth), np.diff(later.truth.indptr)
        return {
            "val/ndcg_20": float(ndcg(hits, size, K).mean()),
            "val/recall_20": float(recall(hits, size, K).mean()),
            "val/coverage_20": coverage(lists, self.recommender.net.config.n_articles),
        }


@torch.no_grad()
def active_units(net: CvaeNet, history: UPH, conditions: np.ndarray) -> float:
    """Latent units that the customers of `history` use (after Burda et al. 2016, section 5.2, but relative to
    the prior's variance, since the means are normalised)."""
    device = net.bias.device
    rows = Rows(history, conditions, net.config.n_articles).to(device)
    entries, condition = rows.cut(torch.arange(min(history.n_customers, 4096), device=device))
    q = net.encode(net.articles(), entries.article, entries.row, condition)
    prior_variance = (2 * net.prior_log_std).exp().mean(0)
    return float((q.mean.var(0) > ACTIVE * prior_variance).sum())
