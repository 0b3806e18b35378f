"""What the CVAE knows of the articles' sales: popularity, recent popularity, age.

Of several processes each has the purchases of its own customers; their counts are added up.
"""

import numpy as np
import torch
from torch import Tensor

from traindy.cvae.distributed import ALONE, Processes
from traindy.uph import UPH

UNSOLD = 0.5
"""Purchases that an article without any is taken to have, so that its logarithm exists."""
KNOTS = (30, 90)
"""Days: a month, a season."""
OLD = 200
"""Days from which on an article is simply old."""
RECENT_SMOOTHING = 0.05
"""Share of the recent window's popularity that is the whole period's: an article without recent sales keeps
a twentieth of its weight."""


def log_popularity(uph: UPH, n_articles: int, processes: Processes = ALONE) -> Tensor:
    """log of each article's share of all purchases (distinct pairs): float32 [n_articles]."""
    return torch.from_numpy(np.log(_shares(uph, n_articles, processes)).astype(np.float32))


def purchase_weights(log_popularity: Tensor, discount: float) -> Tensor:
    """What a purchase of each article weighs in the encoder: 1 / (1 + discount * its popularity over the mean
    article's), float32 [n_articles].

    What everybody has tells nobody apart. The form is that of the smooth inverse frequency, by which a
    sentence's words are weighted (Arora, Liang, Ma 2017, A simple but tough-to-beat baseline for sentence
    embeddings, section 3).

    log_popularity: that of the same name. discount: at least 0, which lets all weigh the same.
    """
    return 1 / (1 + discount * len(log_popularity) * log_popularity.exp())


def recency_shift(uph: UPH, n_articles: int, cut: int, days: int, processes: Processes = ALONE) -> Tensor:
    """log(share of the purchases of the last `days` before `cut` / share of all): float32 [n_articles].

    Added to the logits it carries the model from the mix of articles of its training period to the mix that
    sells when it is used: by Bayes' rule p_now(i|z) is proportional to p(i|z) p_now(i) / p(i) if what an
    article says of its buyers has not changed.
    """
    whole = _shares(uph, n_articles, processes)
    lately = uph.matrix.indices[uph.day >= cut - days]
    recent = processes.total(np.bincount(lately, minlength=n_articles)[:n_articles])
    if not recent.sum():
        return torch.zeros(n_articles)
    now = (1 - RECENT_SMOOTHING) * recent / recent.sum() + RECENT_SMOOTHING * whole
    return torch.from_numpy(np.log(now / whole).astype(np.float32))


def days_recorded(uph: UPH, cut: int, processes: Processes = ALONE) -> int:
    """How many days before `cut` the first purchase of all is."""
    return cut - int(processes.least(np.array(uph.day.min(initial=cut))))


def ages(
    uph: UPH, n_articles: int, cut: int, processes: Processes = ALONE, oldest: int = OLD
) -> dict[int, Tensor]:
    """What an article's age says, by the age in days from which on it says more: float32 [n_articles] each.

    a = log(1 + days from the first purchase that is known to `cut`, at most `oldest` and OLD) for 0, and
    max(0, a - log(1 + knot)) for each of `KNOTS`: weighted together they are any line with these knots, as
    what is new fades soon and what is old goes on. The UPH holds each customer's last purchase of an article;
    the first of these is close to the first sale.

    oldest: the age of the oldest articles when the ages were weighed. As months pass, the records go back
    further, and everything would seem older than what the weights were fitted to.
    """
    first = np.full(n_articles, cut - 1)
    known = uph.matrix.indices < n_articles
    np.minimum.at(first, uph.matrix.indices[known], uph.day[known])
    age = np.log1p(np.minimum(cut - processes.least(first), min(oldest, OLD)))
    beyond = {knot: np.maximum(age - np.log1p(knot), 0) for knot in (0, *KNOTS)}
    return {knot: torch.from_numpy(values.astype(np.float32)) for knot, values in beyond.items()}


def _shares(uph: UPH, n_articles: int, processes: Processes) -> np.ndarray:
    bought = np.bincount(uph.matrix.indices, minlength=n_articles)[:n_articles]
    counts = processes.total(bought) + UNSOLD
    return counts / counts.sum()
