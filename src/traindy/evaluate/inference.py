"""Attribute inference: how well metadata is read off what is held of a customer, and what is shown."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
import torch
from scipy.sparse import csr_array

from traindy.core.columns import CLUSTER
from traindy.core.vocabulary import CustomerGroup
from traindy.cvae.conditions import most_frequent
from traindy.cvae.recommender import CvaeRecommender
from traindy.cvae.rows import Rows
from traindy.evaluate.concentration import as_matrix
from traindy.evaluate.guesses import guesses, rotated
from traindy.evaluate.metrics import SUCCESS_AT
from traindy.evaluate.queries import Queries
from traindy.uph import UPH

SAMPLE: Final = 4000
"""Customers at most."""


def attributes(
    model: CvaeRecommender,
    queries: Queries,
    profiles: pd.DataFrame,
    own: np.ndarray,
    lists: Mapping[str, np.ndarray],
    seed: int,
) -> dict[str, Any]:
    """`guesses` of every attribute of the metadata, for up to 4,000 customers who were trained on.

    purchases: from the articles they bought before; z: the mean of q(z|x, c), where the encoder sees history
    and own condition; z_history: with the most frequent condition for everybody, so that the history alone
    speaks; the lists by model, and of the CVAE the one that is served without a history.

    own: conditions of the queries, int [queries]; lists: by model, int [queries, 20 or more].
    """
    warm = np.flatnonzero(queries.groups == CustomerGroup.WARM)
    rows = np.sort(np.random.default_rng(seed).permutation(warm)[:SAMPLE])
    history, usual = queries.history.rows(rows), np.full(len(rows), most_frequent(own)[0])
    own = own[rows]
    n = history.n_articles
    shown = {f"list_{name}": of[rows, :SUCCESS_AT] for name, of in lists.items()}
    shown["list_cvae_without_history"] = model.lists_without_history(SUCCESS_AT, own)
    sources: dict[str, np.ndarray | csr_array] = {
        "purchases": rotated(history.matrix),
        "z": latents(model, history, own),
        "z_history": latents(model, history, usual),
    } | {name: rotated(as_matrix(of, n)) for name, of in shown.items()}
    names = profiles.columns.drop(CLUSTER)
    found = {str(name): profiles[name].to_numpy()[queries.profiles[rows]] for name in names}
    return {name: guesses(sources, labels, seed) for name, labels in found.items()}


@torch.no_grad()
def latents(model: CvaeRecommender, history: UPH, conditions: np.ndarray) -> np.ndarray:
    """The means of q(z|x, c), each coordinate of about unit variance: float32 [rows, latent_dim]."""
    articles = model.articles()
    rows = Rows(history, conditions, len(articles)).to(articles.device)
    entries, condition = rows.cut(torch.arange(history.n_customers, device=articles.device))
    mean = model.net.encode(articles, entries.article, entries.row, condition).mean.cpu().numpy()
    return np.asarray((mean - mean.mean(0)) / mean.std(0).clip(min=1e-6))
