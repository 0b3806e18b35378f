"""What is measured of the losses beside the pipeline's own figures: what the net answers, and to whom."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import torch
from losses_fit import RATES, alone
from torch import Tensor

from traindy.baselines.fit import Shop, fitted
from traindy.cluster import read_clusters, read_profiles
from traindy.core.params import Params
from traindy.core.vocabulary import CustomerGroup, read_articles, read_customers
from traindy.cvae.blocks import block_size
from traindy.cvae.recommender import CvaeRecommender
from traindy.cvae.rows import Rows
from traindy.cvae.store import CONDITIONED, load_recommender
from traindy.evaluate.judged import Judged, judge
from traindy.evaluate.metrics import SUCCESS_AT
from traindy.evaluate.models import all_lists, conditions
from traindy.evaluate.queries import WITHHELD, Queries, load_queries
from traindy.evaluate.report import FIRST, report
from traindy.recommend.neutral import load_served
from traindy.uph import UPH, load, merge

POPULARITY: Final = "popularity"
PREDICTIONS: Final[Mapping[str, Callable[[Tensor], Tensor]]] = {
    "bce": torch.sigmoid,
    "multinomial": lambda logits: torch.softmax(logits, 1),
    "cosine": lambda logits: logits.clamp(0, 1),
    "recall": lambda logits: logits.clamp(0, 1),
    "cosine_softmax": lambda logits: torch.softmax(logits, 1),
}
"""A net's logits [rows, articles] as predictions from 0 to 1, by the loss that it was trained with."""
KEPT: Final = ("recall_1", "recall_30", "ndcg_20", "coverage_20")
"""Of a report, for the page."""
SAYS_YES: Final = 0.5
"""From here on a prediction is read as a purchase."""


def judged_lists(params: Params, exclude_bought: bool) -> dict[str, Any]:
    """The pipeline's report of the model in `paths.cvae` beside the baselines'."""
    articles, queries = read_articles(params.paths.split), load_queries(params.paths)
    params = params.model_copy(
        update={"evaluate": params.evaluate.model_copy(update={"exclude_bought": exclude_bought})}
    )
    judged = judge(queries, [SUCCESS_AT], exclude_bought)
    lists = all_lists(params, load_served(params, articles), articles, queries, judged.depth)
    return _report(params, judged, lists, articles.n_known) | _likeness(queries, lists)


def _report(params: Params, judged: Judged, lists: dict[str, np.ndarray], n_known: int) -> dict[str, Any]:
    figures = {name: judged.figures(of_model) for name, of_model in lists.items()}
    return report(judged, lists, figures, n_known, params.evaluate.bootstrap, params.evaluate.seed)


def _likeness(queries: Queries, lists: Mapping[str, np.ndarray]) -> dict[str, float]:
    asked = (queries.groups != WITHHELD) & (queries.history_length > 0)
    both = shared(lists[FIRST][asked], lists[POPULARITY][asked])
    return {
        "popularity_list": float((both == SUCCESS_AT).mean()),
        "shared_with_popularity": float(both.mean()),
    }


def shared(lists: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Articles that stand in both of two lists, wherever: int [rows]. Lists as in `evaluate.metrics`."""
    return ((lists[:, :, None] == others[:, None, :]) & (lists >= 0)[:, :, None]).sum((1, 2))


def answers(params: Params) -> dict[str, float]:
    """`answered`, averaged over the customers of the test with a history, each row fed in whole."""
    queries = load_queries(params.paths)
    asked = np.flatnonzero((queries.groups != WITHHELD) & (queries.history_length > 0))
    model = load_recommender(f"{params.paths.cvae}/{CONDITIONED}", read_articles(params.paths.split))
    history, clusters = queries.history.rows(asked), queries.clusters[asked]
    return {name: float(v.mean()) for name, v in answered(model, params.cvae.loss, history, clusters).items()}


@torch.no_grad()
def answered(model: CvaeRecommender, loss: str, history: UPH, clusters: np.ndarray) -> dict[str, np.ndarray]:
    """What the net predicts for rows of the UPH that it is shown: float [rows] each.

    row_sum: the predictions summed over the catalogue. true_sum: articles of the row. at_bought: the mean
    prediction at these. largest: the highest prediction. all_zero: 1 if that is below `SAYS_YES`.
    """
    net = model.net
    articles, n = net.articles(), net.config.n_articles
    found: dict[str, list[Tensor]] = {name: [] for name in ("row_sum", "true_sum", "at_bought", "largest")}
    at_once = block_size(model.block, n, articles.device)
    for part in np.array_split(np.arange(len(clusters)), -(-len(clusters) // at_once)):
        rows = Rows(history.rows(part), clusters[part], n).to(articles.device)
        entries, cluster = rows.cut(torch.arange(len(part), device=articles.device))
        latent = net.decode(net.encode(articles, entries.article, entries.row, cluster).mean, cluster)
        predicted = PREDICTIONS[loss](torch.addmm(net.bias, latent, articles.T))
        size = entries.sizes(len(part))
        at_bought = torch.zeros_like(size)
        at_bought.index_add_(0, entries.row, predicted[entries.row, entries.article])
        found["row_sum"].append(predicted.sum(1))
        found["true_sum"].append(size)
        found["at_bought"].append(at_bought / size.clamp(min=1))
        found["largest"].append(predicted.amax(1))
    values = {name: torch.cat(parts).cpu().double().numpy() for name, parts in found.items()}
    return values | {"all_zero": (values["largest"] < SAYS_YES).astype(float)}


def rebuilt(params: Params) -> dict[str, Any]:
    """The report on rows of customers kept out of training: each is fed in whole, and its list, with bought
    articles allowed, is judged by the very same row. The net alone: evidence is of what comes later."""
    paths, articles = params.paths, read_articles(params.paths.split)
    clusters, groups = read_clusters(paths.cluster), read_customers(paths.split).groups
    customers = np.flatnonzero(groups == CustomerGroup.HELD_OUT)
    whole = merge(load(f"{paths.uph}/fold_in"), load(f"{paths.uph}/test")).rows(customers)
    profiles, _ = read_profiles(paths.cluster)
    queries = Queries(
        customers, groups[customers], clusters[customers], profiles[customers], whole, whole.matrix
    )
    judged = judge(queries, [SUCCESS_AT], exclude_bought=False)
    model = alone(load_recommender(f"{paths.cvae}/{CONDITIONED}", articles))
    before = merge(load(f"{paths.uph}/train"), load(f"{paths.uph}/valid"))
    shop = Shop(before, clusters, articles, articles.n_known, None)
    settings = params.baselines.model_copy(update={"models": [POPULARITY]})
    ((_, popularity),) = fitted(shop, settings, params.engine.threads)
    lists = {
        FIRST: model.rank(whole, conditions(model, queries), judged.depth, exclude_bought=False),
        POPULARITY: popularity.rank(whole, queries.clusters, judged.depth, exclude_bought=False),
    }
    return _report(params, judged, lists, articles.n_known)


def brief(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Of a report what the page needs."""
    plain = {name: round(v, 5) for name, v in figures.items() if isinstance(v, int | float)}
    popular = figures["models"][POPULARITY]
    return plain | {
        "interval": figures["intervals"]["ndcg_20"],
        "ceiling": {name: figures["ceiling"][name] for name in KEPT[:2]},
        "popularity": {name: popular[name] for name in KEPT} | {"interval": popular["intervals"]["ndcg_20"]},
    }


def setup(params: Params) -> dict[str, Any]:
    """What the prose names."""
    cvae, simulate = params.cvae, params.simulate
    return {
        "customers": simulate.customers,
        "articles": simulate.articles,
        "epochs": cvae.max_epochs,
        "batch_size": cvae.batch_size,
        "latent_dim": cvae.latent_dim,
        "kl_weight": cvae.kl_weight,
        "seed": cvae.seed,
        "rates": list(RATES),
        "held_out": params.split.held_out,
        "test_fraction": params.split.test_fraction,
    }
