"""What the train_cvae stage does: which fit sees which purchases."""

import logging

import numpy as np
from dvclive import Live

from traindy.core.cut import Cut
from traindy.core.errors import UserError
from traindy.core.vocabulary import Articles
from traindy.cvae.fit import Fitter
from traindy.cvae.period import Period
from traindy.cvae.recommender import CvaeRecommender
from traindy.cvae.store import CONDITIONED, UNCONDITIONED
from traindy.cvae.validation import Selection
from traindy.uph import UPH, merge

log = logging.getLogger("traindy")


def train(
    fitter: Fitter, before: UPH, during: UPH, cut: Cut, live: Live | None, earlier: UPH | None = None
) -> dict[str, CvaeRecommender]:
    """The CVAE and, with `cvae.ablation`, the CVAE without its condition, each ready to rank.

    before, during: purchases before the validation window and in it, of the customers that may be trained
    on. earlier: those before `Cut.earlier`, which say whether evidence of the day lasts; None where the cut
    is not one in time. live: where the learning curves go, if anywhere. Of several processes the first has
    what can rank; the models of the others, which only help to fit, lack evidence and weights.
    """
    if not fitter.processes.total(np.array(during.matrix.nnz)):
        raise UserError("no purchase is left for validation; raise split.valid_fraction")
    settings, articles = fitter.settings, fitter.articles
    selection = Selection(live, settings.patience, settings.seed)
    period, known = before_validation(before, earlier, articles, cut)
    model = fitter.select(period, during, selection, known)
    log.info("best: epoch %d, validation NDCG@20 %.4f", selection.best_epoch, selection.best_ndcg)
    log.info("weights of the evidence: %s", model.weights.as_dict())
    oldest, everything = fitter.days_recorded(period), merge(before, during)
    if settings.refit:
        period = Period(everything, articles.n_known, cut.test_start, period.whole)
        model = fitter.refit(period, selection.best_epoch, model.weights, oldest)
    models = {CONDITIONED: model}
    if settings.ablation:
        # As many epochs as were best with the condition: its own search would cost as much again.
        plain = fitter.unconditioned()
        models[UNCONDITIONED] = plain.refit(period, selection.best_epoch, model.weights, oldest)
    if not settings.refit:
        # What sells now, and who bought what before, need no training.
        models = {
            name: fitter.renewed(each, everything, cut.test_start, oldest) for name, each in models.items()
        }
    if live is not None:
        live.summary["best"] = {"epoch": selection.best_epoch, "ndcg_20": round(selection.best_ndcg, 6)}
    return models


def before_validation(
    before: UPH, earlier: UPH | None, articles: Articles, cut: Cut
) -> tuple[Period, Period | None]:
    """What a fit may see that selects the epoch, and what it may see of a window before.

    before, earlier: as for `train`.
    """
    whole = articles.n_train == articles.n_all
    known = None if earlier is None else Period(earlier, articles.n_train, cut.earlier, whole)
    return Period(before, articles.n_train, cut.valid_start, whole), known
