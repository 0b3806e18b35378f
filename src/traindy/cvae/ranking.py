"""Exact rankings of the whole catalogue, a block of customers at a time.

A product in bfloat16 takes a quarter of the time of one in float32, but orders near neighbours wrongly. So it
only names candidates; these are scored again in float32, and the list stands if no other article can belong
into it, whatever was rounded. A customer for whom that is not sure is ranked in float32.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from traindy.cvae.blocks import block_size
from traindy.cvae.precision import has_bf16
from traindy.cvae.selecting import first_of, products

CANDIDATES: Final = 48
"""Named by the product in bfloat16, and at least twice as many as are asked for."""
WORTH_IT: Final = 14_000
"""Numbers in all embeddings for each candidate, from which on naming candidates first is faster."""
ROUNDING: Final = 2.0**-8
"""Largest relative error of a rounding to bfloat16."""


@dataclass(frozen=True)
class Lists:
    """The best articles of some customers."""

    articles: np.ndarray
    """int32 [customers, k], best first, -1 after the last."""
    scores: np.ndarray
    """float32 [customers, k]: logits up to a constant of each customer; minus infinity after the last."""


@dataclass(frozen=True)
class Coarse:
    """The catalogue as it names candidates."""

    articles: Tensor
    """bfloat16 [articles, d]"""
    longest: float
    """The largest norm of an article."""

    @classmethod
    def of(cls, articles: Tensor) -> "Coarse":
        """articles: float32 [articles, d]."""
        return cls(articles.bfloat16(), float(articles.norm(dim=1).max()))


def coarse(articles: Tensor) -> Coarse | None:
    """Made once for many rankings of the same articles; None where a product in bfloat16 is not faster."""
    return Coarse.of(articles) if has_bf16(articles.device) else None


@dataclass(frozen=True)
class _Block:
    """Some customers: their scores are latent @ articles.T + beside."""

    latent: Tensor
    beside: Tensor
    """float32 [customers, articles]: minus infinity where an article must not be listed."""
    most: float
    """The largest absolute value of what is finite there, where candidates are named."""

    def of(self, rows: Tensor) -> "_Block":
        return _Block(self.latent[rows], self.beside[rows], self.most)

    def scores(self, articles: Tensor, room: Tensor | None = None) -> Tensor:
        """In the precision of the articles, in `room`; without it in the place of what stands beside."""
        into = self.beside if room is None else room[: len(self.beside)].copy_(self.beside)
        return into.addmm_(self.latent.to(articles), articles.T)


def top_articles(
    latent: Tensor,
    articles: Tensor,
    bias: Tensor,
    k: int,
    block: int | None,
    bought: csr_array | None = None,
    beside: Callable[[slice, Tensor], None] | None = None,
    prepared: Coarse | None = None,
) -> Lists:
    """The k best articles of each customer by latent @ articles.T + bias, in float32.

    latent [customers, d], articles [articles, d], bias [articles], float32; a bias of minus infinity leaves
    an article out. bought [customers, articles]: entries that must not appear. beside: adds to the scores of
    some customers, float32 [those, articles], what else they have. block: customers, see `block_size`.
    prepared: `coarse(articles)`, where it is at hand.
    """
    block = block_size(block, len(articles), articles.device)
    depth = min(k, len(articles))
    lists = Lists(np.full((len(latent), k), -1, np.int32), np.full((len(latent), k), -np.inf, np.float32))
    closed = bias.isinf()
    finite = bias.masked_fill(closed, 0.0)

    # Kept for all blocks: having the system clear new pages for each takes an eighth of the time.
    room = latent.new_empty(min(block, len(latent)), len(articles))
    near = _near(articles, max(CANDIDATES, 2 * depth), room, prepared)

    def block_of(some: slice) -> _Block:
        total = room[: some.stop - some.start].copy_(finite)
        if beside is not None:
            beside(some, total)
        most = max(map(abs, torch.stack(total.aminmax()).tolist())) if near else 0.0
        if closed.any():
            total[:, closed] = -torch.inf
        if bought is not None:
            total[places(csr_array(bought[some]), bias.device)] = -torch.inf
        return _Block(latent[some], total, most)

    for first in range(0, len(latent), block):
        some = slice(first, min(first + block, len(latent)))
        values, indices = (part.cpu().numpy() for part in _best(block_of(some), articles, depth, near))
        lists.articles[some, :depth] = np.where(values == -np.inf, -1, indices)
        lists.scores[some, :depth] = values
    return lists


@dataclass(frozen=True)
class _Near:
    """How candidates are named."""

    articles: Coarse
    room: Tensor
    candidates: int


def _near(articles: Tensor, candidates: int, room: Tensor, prepared: Coarse | None) -> _Near | None:
    """None where naming them first would not be faster."""
    if not has_bf16(articles.device) or articles.numel() < WORTH_IT * candidates:
        return None
    found = prepared or Coarse.of(articles)
    return _Near(found, torch.empty_like(room, dtype=found.articles.dtype), candidates)


def _best(block: _Block, articles: Tensor, depth: int, near: _Near | None) -> tuple[Tensor, Tensor]:
    """The best of all articles for each customer: scores and articles, [rows, depth]."""
    if near is None:
        return first_of(block.scores(articles), depth)
    scores, named = first_of(block.scores(near.articles.articles, near.room), near.candidates, falling=False)
    best, sure = _among(block, articles, depth, named, scores, near.articles.longest)
    if len(rest := (~sure).nonzero()[:, 0]):
        exactly = first_of(block.of(rest).scores(articles), depth)
        for part, exact in zip(best, exactly, strict=True):
            part[rest] = exact
    return best


def _among(
    block: _Block, articles: Tensor, depth: int, named: Tensor, near: Tensor, longest: float
) -> tuple[tuple[Tensor, Tensor], Tensor]:
    """The best of the articles `named` [rows, candidates], values and articles; for which rows they are the
    best of all.

    near: their scores in bfloat16; longest: the largest norm of an article.
    """
    named = named.sort(dim=1).values
    score = products(block.latent, articles, named) + block.beside.gather(1, named)
    best = score.topk(depth, dim=1)
    # Both factors and what stands beside are rounded once, the product and the sum on their way.
    # What is not named scores as the lowest that is, or so far below that its larger error is no matter.
    lowest = near.amin(1).float()
    size = 2 * block.latent.norm(dim=1) * longest + 2 * block.most
    bound = ROUNDING * (size + 3 * lowest.abs())
    sure = (best.values[:, -1] > lowest + bound) | (lowest == -torch.inf)
    return (best.values, named.gather(1, best.indices)), sure


def places(matrix: csr_array, device: torch.device) -> tuple[Tensor, Tensor]:
    """Row and column of each entry: int64 [entries] each."""
    row = np.arange(matrix.shape[0]).repeat(np.diff(matrix.indptr))
    return torch.from_numpy(row).to(device), torch.from_numpy(matrix.indices).long().to(device)
