"""Article embeddings smoothed along a graph: some of each comes from the articles that it is bought with.

An article that few bought then lies where its neighbours' many purchases put it, and the encoder of a short
history sees what goes with it too. One step of propagation among the articles, with fixed weights, as graph
convolutions do without their layers (He et al. 2020, LightGCN, equation 3; the item-item graph is that of Mao
et al. 2021, UltraGCN).
"""

from typing import Any, Final

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor, nn
from torch.nn import functional as F

ARRAYS: Final = ("indices", "starts", "weights")


class Smoothing(nn.Module):
    """Which articles flow into which, in both directions: the gradient goes along the transposed graph."""

    def __init__(self, graph: csr_array, share: float) -> None:
        """graph: float32 [n_articles, n_articles], row i: what flows into article i; rows add up to one, or
        are empty. share: of an embedding that comes from them."""
        super().__init__()
        self.share = share
        self._keep("into", graph)
        self._keep("out_of", csr_array(graph.T))

    def _keep(self, name: str, graph: csr_array) -> None:
        arrays = graph.indices.astype(np.int64), graph.indptr[:-1].astype(np.int64), graph.data
        for array, values in zip(ARRAYS, arrays, strict=True):
            self.register_buffer(f"{name}_{array}", torch.from_numpy(values), persistent=False)

    def forward(self, articles: Tensor) -> Tensor:
        """(1 - share) * e_i + share * sum over j of graph[i, j] * e_j: float32 [n_articles, d]."""
        lists = [getattr(self, f"{way}_{array}") for way in ("into", "out_of") for array in ARRAYS]
        smoothed: Tensor = _Smoothed.apply(articles, self.share, *lists)
        return smoothed

    def graph(self) -> csr_array:
        """What it was made of."""
        starts, weights, indices = (
            getattr(self, f"into_{array}").cpu().numpy() for array in ("starts", "weights", "indices")
        )
        return csr_array(
            (weights, indices.astype(np.int32), np.append(starts, len(indices))), shape=2 * (len(starts),)
        )


class _Smoothed(torch.autograd.Function):
    """Its gradient is smoothed likewise, along the transposed graph."""

    @staticmethod
    def forward(
        ctx: Any, rows: Tensor, share: float, indices: Tensor, starts: Tensor, weights: Tensor,
        indices_back: Tensor, starts_back: Tensor, weights_back: Tensor,
    ) -> Tensor:  # fmt: skip
        ctx.share = share
        ctx.save_for_backward(indices_back, starts_back, weights_back)
        return _smoothed(rows, share, indices, starts, weights)

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor | None, ...]:
        return _smoothed(upstream[0], ctx.share, *ctx.saved_tensors), *[None] * 7


def _smoothed(rows: Tensor, share: float, indices: Tensor, starts: Tensor, weights: Tensor) -> Tensor:
    flown = F.embedding_bag(indices, rows, starts, mode="sum", per_sample_weights=weights)
    return torch.lerp(rows, flown, share, out=flown)


def graph_of(together: csr_array, keep: int) -> csr_array:
    """The `keep` strongest neighbours of each article, their weights adding up to one.

    together: float32 [n_articles, n_articles], row i: what is bought with article i, not itself.
    """
    row = np.repeat(np.arange(together.shape[0]), np.diff(together.indptr))
    order = np.lexsort((together.indices, -together.data, row))
    row, column, weight = row[order], together.indices[order], together.data[order]
    strongest = np.arange(len(row)) - together.indptr[row] < keep
    row, column, weight = row[strongest], column[strongest], weight[strongest]
    total = np.bincount(row, weights=weight, minlength=together.shape[0])
    graph = csr_array((weight / total[row], (row, column)), shape=together.shape, dtype=np.float32)
    graph.sort_indices()
    return graph
