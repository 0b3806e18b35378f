"""Fits a CVAE to a period of purchases with Lightning: first to select the epoch, then on everything."""

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from pytorch_lightning import Callback

from traindy.core.params import Cvae
from traindy.core.params import Trainer as TrainerParams
from traindy.core.vocabulary import Articles
from traindy.cvae.catalogue_facts import OLD, days_recorded, log_popularity, purchase_weights
from traindy.cvae.catalogue_levels import attribute_levels
from traindy.cvae.conditions import Conditions, by_cluster
from traindy.cvae.distributed import ALONE, Processes
from traindy.cvae.ensemble import members_of, united
from traindy.cvae.evidence import ALIKE, Evidence, gather
from traindy.cvae.lasting import lasting
from traindy.cvae.module import CvaeModule
from traindy.cvae.neighbours import Neighbours
from traindy.cvae.net import CvaeNet, NetConfig
from traindy.cvae.period import Period
from traindy.cvae.progress import Progress
from traindy.cvae.recommender import CvaeRecommender
from traindy.cvae.resume import Keep
from traindy.cvae.rows import Rows, shuffled_batches
from traindy.cvae.smoothing import graph_of
from traindy.cvae.sparing import sparing
from traindy.cvae.trainer import trainer_of
from traindy.cvae.validation import Selection
from traindy.cvae.weights import Weights, first_weights, modest, weigh
from traindy.uph import UPH

log = logging.getLogger("traindy")

FLOWING: Final = 10
"""Articles whose embeddings flow into one, at most."""
STEPS: Final = 32
SEEDS: Final = 1_000_000
"""A member's seed is this far from that of the one before, so that runs with other seeds share none."""
SMALLEST_BATCH: Final = 64
"""An epoch has at least so many steps, unless its batches would be smaller than this."""


@dataclass(frozen=True)
class Fitter:
    """Everything that fits have in common."""

    articles: Articles
    conditions: Conditions
    settings: Cvae
    trainer: TrainerParams
    processes: Processes = ALONE
    keep: Path | None = None
    """Folder in which fits are kept after each epoch, and from which they go on; None: they are not."""

    def unconditioned(self) -> "Fitter":
        """The same with one cluster for all: the CVAE without its condition."""
        nothing = by_cluster(np.zeros_like(self.conditions.of_customer))
        return replace(self, conditions=nothing, keep=self.keep and self.keep / "unconditioned")

    def select(
        self, period: Period, truth: UPH, selection: Selection, earlier: Period | None = None
    ) -> CvaeRecommender:
        """Fit with early stopping on `truth` (the validation purchases); the best epoch is kept, and what
        the evidence weighs beside it is fitted to `truth` too. Further members take as many epochs.

        earlier: what could be known a window before, see `lasting`.
        """
        together, s = self.together(period), self.settings
        net = self.net(period, together)
        first = first_weights(s.recency_days)
        watched = self._recommender(net, self._evidence(period, {}), first)
        selection.watch(watched, period.uph, self.conditions.of_customer, truth, self.processes)
        self.fit("select", net, period, s.max_epochs, [selection])
        net.load_state_dict(selection.best_weights)
        net = self._with_others("select", net, period, selection.best_epoch, together)
        evidence = self._evidence(period, period.paths(net, s, self.processes, together))
        lasts = lasting(period, earlier, evidence, truth, self.conditions.of_customer, s, self.processes)
        if not self.processes.first:
            return self._recommender(net, evidence, first)
        every, timeless = weigh(net, evidence, selection.later, s.samples, s.seed)
        candidates = every, modest(timeless, s.recency_days)
        with_all, with_little = (self._recommender(net, evidence, each) for each in candidates)
        weights = sparing(with_all, with_little, selection.later, lasts, s.seed)
        return self._recommender(net, evidence, weights)

    def refit(self, period: Period, epochs: int, weights: Weights, oldest: int = OLD) -> CvaeRecommender:
        """Fit from the start on `period` for so many epochs.

        oldest: `days_recorded` when `weights` were fitted.
        """
        together = self.together(period)
        net = self.net(period, together)
        self.fit("refit", net, period, epochs, [])
        net = self._with_others("refit", net, period, epochs, together)
        paths = period.paths(net, self.settings, self.processes, together)
        return self._recommender(net, self._evidence(period, paths, oldest), weights)

    def renewed(self, model: CvaeRecommender, uph: UPH, cut: int | None, oldest: int) -> CvaeRecommender:
        """The same net and weights; what the evidence says is as of another day. oldest: as for `refit`."""
        period = Period(uph, model.net.config.n_articles, cut)
        known = model.evidence.paths.get(ALIKE)
        paths = period.paths(model.net, self.settings, self.processes, known=known)
        return self._recommender(model.net, self._evidence(period, paths, oldest), model.weights)

    def _with_others(
        self, name: str, net: CvaeNet, period: Period, epochs: int, together: Neighbours | None
    ) -> CvaeNet:
        """A trained net and the other members, each trained from a seed of its own, as one net."""
        seed = self.settings.seed
        members = members_of(self.settings, len(self.conditions.of_customer))
        nets = [net]
        for number in range(2, members + 1):
            log.info("member %d of %d", number, members)
            member = replace(self, settings=self.settings.model_copy(update={"seed": seed + SEEDS * number}))
            nets.append(member.net(period, together))
            member.fit(f"{name}-{number}", nets[-1], period, epochs, [])
        return united(nets)

    def together(self, period: Period) -> Neighbours | None:
        """What is bought together, which smoothing needs before the fit; None without smoothing."""
        s = self.settings
        return period.together(s.neighbours, self.processes) if s.smoothing and s.neighbours else None

    def days_recorded(self, period: Period) -> int:
        """See `catalogue_facts.days_recorded`."""
        return OLD if period.cut is None else days_recorded(period.uph, period.cut, self.processes)

    def _evidence(self, period: Period, paths: dict[str, Neighbours], oldest: int = OLD) -> Evidence:
        days = self.settings.recency_days
        return gather(period.uph, period.n_articles, period.cut, days, paths, self.processes, oldest)

    def _recommender(self, net: CvaeNet, evidence: Evidence, weights: Weights) -> CvaeRecommender:
        s = self.settings
        return CvaeRecommender(net, evidence, weights, s.samples, s.seed, s.block_customers)

    def net(self, period: Period, together: Neighbours | None) -> CvaeNet:
        """Before any training, from `cvae.seed`. together: `together(period)`."""
        s = self.settings
        torch.manual_seed(s.seed)
        levels = attribute_levels(self.articles, period.n_articles, s.words)
        config = NetConfig(
            n_articles=period.n_articles,
            n_levels=levels.count,
            n_clusters=self.conditions.n_clusters,
            latent_dim=s.latent_dim,
            temperature=s.temperature if s.loss == "cosine_softmax" else 1.0,
            cosine=s.loss == "cosine_softmax",
            n_customer_levels=self.conditions.n_levels,
            smoothing=s.smoothing,
        )
        popular = log_popularity(period.uph, period.n_articles, self.processes)
        weights = purchase_weights(popular, s.popularity_discount)
        graph = graph_of(together.matrix, FLOWING) if together else None
        bias, parts = s.popularity_bias * popular, self.conditions.parts
        return CvaeNet(config, levels.codes, bias, parts, graph=graph, purchase_weights=weights)

    def fit(self, name: str, net: CvaeNet, period: Period, epochs: int, callbacks: list[Callback]) -> None:
        """Train a net on a period, in place. name: of the file in `keep`."""
        rows = Rows(period.uph, self.conditions.of_customer, period.n_articles)
        trained_on = np.flatnonzero(self.processes.total(np.diff(rows.indptr.numpy())))
        # Few customers in large batches would be few steps, and none of them sure.
        size = min(self.settings.batch_size, max(SMALLEST_BATCH, len(trained_on) // STEPS))
        own = self.processes.own(period.uph.n_customers)
        batches = shuffled_batches(trained_on, size, self.settings.seed, own)
        log.info("fit: %d customers, %d articles", len(trained_on), period.n_articles)
        callbacks = [*callbacks, Progress(len(trained_on))]
        kept = self.keep and self.keep / f"{name}.ckpt"
        if kept:
            callbacks.append(Keep(kept))
        trainer = trainer_of(self.trainer, self.processes, epochs, callbacks)
        module = CvaeModule(
            net, rows, self.settings, self.trainer.precision, len(trained_on), self.processes.world
        )
        trainer.fit(module, batches, ckpt_path=self._if_all_have(kept), weights_only=True)
        # Lightning takes the module off a GPU in the end; what follows is work for one too.
        net.to(trainer.strategy.root_device).eval()

    def _if_all_have(self, kept: Path | None) -> Path | None:
        return kept if kept and self.processes.least(np.array(kept.is_file())) else None
