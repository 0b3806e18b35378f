"""What the published variational autoencoders have in common; no row is ever as long as the catalogue."""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F
from scipy.sparse import csr_array
from torch import Tensor, nn

from traindy.baselines.ranking import ScoreModel
from traindy.uph import UPH

HIDDEN: Final = 600
LATENT: Final = 200
DROPOUT: Final = 0.5
"""Share of a row hidden from the encoder in training."""
BATCH: Final = 500
"""Customers a step. These four are the same in both papers."""


@dataclass(frozen=True)
class Bags:
    """Some rows of the UPH: their articles one row after the other."""

    article: Tensor
    """int64 [entries]"""
    row: Tensor
    """int64 [entries], rising."""
    size: Tensor
    """int64 [rows]: entries of each."""


def bags(matrix: csr_array) -> Bags:
    """Every row of customers x articles."""
    size = torch.from_numpy(np.diff(matrix.indptr).astype(np.int64))
    row = torch.repeat_interleave(torch.arange(len(size)), size)
    return Bags(torch.from_numpy(matrix.indices.astype(np.int64)), row, size)


def shuffled(matrix: csr_array) -> Iterator[Bags]:
    """One pass over all rows in batches, in an order drawn from torch's generator."""
    for chosen in torch.randperm(matrix.shape[0]).split(BATCH):
        yield bags(csr_array(matrix[chosen.numpy()]))


class BagLinear(nn.Module):
    """A linear layer on rows of 1 and 0, each normalised to the length 1, with dropout before it."""

    def __init__(self, n_articles: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_articles, width))
        self.bias = nn.Parameter(torch.empty(width))
        bound = n_articles**-0.5  # as nn.Linear begins
        nn.init.uniform_(self.weight, -bound, bound)
        nn.init.uniform_(self.bias, -bound, bound)

    def forward(self, rows: Bags, dropout: float) -> Tensor:
        """Float32 [rows, width]."""
        value = F.dropout(rows.size.clamp(min=1).rsqrt()[rows.row], dropout)
        first = rows.size.cumsum(0) - rows.size
        summed = F.embedding_bag(rows.article, self.weight, first, mode="sum", per_sample_weights=value)
        return summed + self.bias


def log_likelihood(logits: Tensor, rows: Bags) -> Tensor:
    """Sum over a row's articles of the log softmax over the catalogue: float32 [rows].

    Liang et al. 2018, equation 2.
    """
    chosen = torch.zeros(len(logits)).index_add(0, rows.row, logits[rows.row, rows.article])
    return chosen - rows.size * logits.logsumexp(1)


class Autoencoder(ScoreModel):
    """Trains when it is made; ranks by the logits at the posterior's mean."""

    def __init__(self, uph: UPH, popular: np.ndarray, n_articles: int, seed: int) -> None:
        super().__init__(popular, n_articles)
        matrix = csr_array(uph.matrix[:, :n_articles])
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self._fit(csr_array(matrix[np.flatnonzero(np.diff(matrix.indptr))]))

    @abstractmethod
    def _fit(self, matrix: csr_array) -> None:
        """Train on customers x articles; no row is empty."""

    @abstractmethod
    def _logits(self, rows: Bags) -> Tensor:
        """float32 [rows, n_articles], at the posterior's mean."""

    @torch.no_grad()
    def scores(self, history: UPH) -> np.ndarray:
        """See `ScoreModel`."""
        scores: np.ndarray = self._logits(bags(csr_array(history.matrix[:, : self.n_articles]))).numpy()
        return scores
