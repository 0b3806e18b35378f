"""Exact rankings of the whole catalogue, a block of customers at a time.

A product in bfloat16 takes a quarter of the time of one in float32, but orders near neighbours wrongly. So it
only names candidates; these are scored again in float32, and the list stands if no other article can belong
into it, whatever was rounded. A customer for whom that is not sure is ranked in float32.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor
from torch.nn.functional import pad

from traindy.cvae.blocks import block_size

CANDIDATES: Final = 128
"""Named by the product in bfloat16, and at least twice as many as are asked for."""
WORTH_IT: Final = 16
"""Times as many articles as candidates, from which on naming candidates first is faster."""
GROUP: Final = 8
"""Articles of which only the best is looked at, to find in which groups the candidates are."""
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
    """bfloat16 [articles, d], zeros below to a whole number of groups"""
    longest: float
    """The largest norm of an article."""


def coarse(articles: Tensor) -> Coarse | None:
    """Made once for many rankings of the same articles; None where a product in bfloat16 is not faster."""
    if not has_bf16(articles.device):
        return None
    whole = pad(articles.bfloat16(), (0, 0, 0, -len(articles) % GROUP))
    return Coarse(whole, float(articles.norm(dim=1).max()))


@dataclass(frozen=True)
class _Block:
    """Some customers: scores are latent @ articles.T + bias + beside, minus infinity where bought."""

    latent: Tensor
    beside: csr_array | None
    bought: csr_array | None

    def of(self, rows: Tensor) -> "_Block":
        place = rows.cpu().numpy()
        parts = (None if part is None else csr_array(part[place]) for part in (self.beside, self.bought))
        return _Block(self.latent[rows], *parts)

    def complete(self, scores: Tensor) -> Tensor:
        """Add what stands beside the product, in place."""
        if self.beside is not None:
            scores[_entries(self.beside, scores)] += torch.from_numpy(self.beside.data).to(scores)
        if self.bought is not None:
            scores[_entries(self.bought, scores)] = -torch.inf
        return scores


def top_articles(
    latent: Tensor,
    articles: Tensor,
    bias: Tensor,
    k: int,
    block: int | None,
    bought: csr_array | None = None,
    beside: Callable[[slice], csr_array] | None = None,
    prepared: Coarse | None = None,
) -> Lists:
    """The k best articles of each customer by latent @ articles.T + bias, in float32.

    latent [customers, d], articles [articles, d], bias [articles], float32; a bias of minus infinity leaves
    an article out. bought [customers, articles]: entries that must not appear. beside: what is added to the
    scores of some customers, float32 [those, articles], rows sorted. block: customers, see `block_size`.
    prepared: `coarse(articles)`, where it is at hand.
    """
    block = block_size(block, len(articles), articles.device)
    depth = min(k, len(articles))
    lists = Lists(np.full((len(latent), k), -1, np.int32), np.full((len(latent), k), -np.inf, np.float32))
    candidates = max(CANDIDATES, 2 * depth)
    quick = has_bf16(latent.device) and len(articles) >= WORTH_IT * candidates
    near_to = (prepared or coarse(articles)) if quick else None
    # What stands behind the last article in its group is never listed.
    near_bias = pad(bias.bfloat16(), (0, -len(bias) % GROUP), value=-torch.inf)

    def block_of(some: slice) -> _Block:
        more = beside(some) if beside else None
        return _Block(latent[some], more, None if bought is None else csr_array(bought[some]))

    parts = [slice(first, min(first + block, len(latent))) for first in range(0, len(latent), block)]
    for some, mine in zip(parts, _ahead(block_of, parts), strict=True):
        if near_to is None:
            best = _exactly(mine, articles, bias, depth)
        else:
            near = mine.complete(torch.addmm(near_bias, mine.latent.bfloat16(), near_to.articles.T))
            named, scores = _candidates(near, candidates)
            named = named.clamp(max=len(articles) - 1)
            best, sure = _among(mine, articles, bias, depth, named, scores, near_to.longest)
            if len(rest := (~sure).nonzero()[:, 0]):
                for part, exact in zip(best, _exactly(mine.of(rest), articles, bias, depth), strict=True):
                    part[rest] = exact
        values, indices = (part.cpu().numpy() for part in best)
        lists.articles[some, :depth] = np.where(values == -np.inf, -1, indices)
        lists.scores[some, :depth] = values
    return lists


def _ahead(make: Callable[[slice], _Block], parts: Iterable[slice]) -> Iterator[_Block]:
    """Make each block while the one before is worked on: sparse products run on one core alone."""
    with ThreadPoolExecutor(1) as other:
        coming = None
        for part in parts:
            made, coming = coming, other.submit(make, part)
            if made is not None:
                yield made.result()
        if coming is not None:
            yield coming.result()


def _candidates(scores: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` best of each row, places and values, falling; only groups with a good one are searched."""
    groups = scores.shape[1] // GROUP
    good = scores.view(-1, GROUP, groups).amax(1).topk(count, dim=1, sorted=False).indices
    inside = torch.arange(GROUP, device=scores.device)[None, :, None] * groups
    places = (good[:, None, :] + inside).flatten(1)
    best = scores.gather(1, places).topk(count, dim=1)
    return places.gather(1, best.indices), best.values


def has_bf16(device: torch.device) -> bool:
    """Whether products in bfloat16 are the faster ones there."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _exactly(block: _Block, articles: Tensor, bias: Tensor, depth: int) -> tuple[Tensor, Tensor]:
    best = block.complete(torch.addmm(bias, block.latent, articles.T)).topk(depth, dim=1)
    return best.values, best.indices


def _among(
    block: _Block, articles: Tensor, bias: Tensor, depth: int, named: Tensor, near: Tensor, longest: float
) -> tuple[tuple[Tensor, Tensor], Tensor]:
    """The best of the articles `named` [rows, candidates], values and articles; for which rows they are the
    best of all.

    near: their scores in bfloat16, falling; longest: the largest norm of an article.
    """
    score = torch.einsum("rd,rcd->rc", block.latent, articles[named]) + bias[named]
    if block.beside is not None:
        score += _at(block.beside, named)
    score[near == -torch.inf] = -torch.inf
    best = score.topk(depth, dim=1)
    # Both factors, the bias and what stands beside are rounded once, the sum up to three times on its way.
    # What is not named scores as the lowest that is, or so far below that its larger error is no matter.
    lowest, beside_most = near[:, -1].float(), 0.0 if block.beside is None else _largest(block.beside)
    bias_most = bias[bias.isfinite()].abs().max()
    size = 2 * block.latent.norm(dim=1) * longest + bias_most + 3 * beside_most
    bound = ROUNDING * (size + 3 * lowest.abs())
    sure = (best.values[:, -1] > lowest + bound) | (lowest == -torch.inf)
    return (best.values, named.gather(1, best.indices)), sure


def _at(matrix: csr_array, columns: Tensor) -> Tensor:
    """The values of a matrix, its rows sorted, at some columns of each row: float32 [rows, columns]."""
    if not matrix.nnz:
        return torch.zeros(columns.shape, device=columns.device)
    row, column = _entries(matrix, columns)
    keys = row * matrix.shape[1] + column
    asked = torch.arange(len(columns), device=columns.device)[:, None] * matrix.shape[1] + columns
    place = torch.searchsorted(keys, asked).clamp(max=len(keys) - 1)
    values = torch.from_numpy(matrix.data).to(columns.device)[place]
    return torch.where(keys[place] == asked, values, 0.0)


def _largest(matrix: csr_array) -> float:
    return float(np.abs(matrix.data).max(initial=0))


def _entries(matrix: csr_array, like: Tensor) -> tuple[Tensor, Tensor]:
    row = np.arange(matrix.shape[0]).repeat(np.diff(matrix.indptr))
    return torch.from_numpy(row).to(like.device), torch.from_numpy(matrix.indices).long().to(like.device)
