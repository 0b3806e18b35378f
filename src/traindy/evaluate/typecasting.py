"""Typecasting: whether the lists of two groups differ more than what the groups buy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_array

from traindy.evaluate.concentration import indicator
from traindy.evaluate.metrics import DECIMALS

SHUFFLES: Final = 20


@dataclass(frozen=True)
class Grouping:
    """Customers in groups by one thing that is known of them."""

    name: str
    levels: list[str]
    code: np.ndarray
    """int [customers]: place among `levels`; -1 for those in no group, or in one too small to be shown."""

    @property
    def sizes(self) -> np.ndarray:
        """Customers of each level: int [levels]."""
        return np.bincount(self.code[self.code >= 0], minlength=len(self.levels))


def shares(shown: csr_array, category: np.ndarray) -> np.ndarray:
    """What share of a customer's articles falls in each category: float32 [customers, categories].

    shown: customers x articles, 1 where so; category: int [articles]. An empty row has no shares.
    """
    counts = (shown @ indicator(category)).toarray()
    return np.asarray(counts / counts.sum(1, keepdims=True).clip(min=1))


def memberships(grouping: Grouping, seed: int) -> list[csr_array]:
    """`members_of` the groups as they are, then 20 times with the customers shuffled among them.

    Made once for all that is compared between these groups; they share what a shuffle does not change.
    """
    drawn = [members_of(grouping.code, len(grouping.levels))]
    random, first = np.random.default_rng(seed), drawn[0]
    for _ in range(SHUFFLES):
        shuffled = random.permutation(drawn[-1].indices)
        drawn.append(csr_array((first.data, shuffled, first.indptr), shape=first.shape))
    return drawn


def members_of(code: np.ndarray, n_groups: int) -> csr_array:
    """Who is in which group: float32 [customers, groups]. code: int [customers], -1 for those in none."""
    inside = code >= 0
    start = np.concatenate([[0], np.cumsum(inside)]).astype(np.int32)
    chosen = code[inside].astype(np.int32)
    return csr_array((np.ones(len(chosen), np.float32), chosen, start), shape=(len(code), n_groups))


def distance(shares: np.ndarray, members: csr_array) -> float:
    """One minus the mean overlap of two groups, 0 (alike) to 1 (nothing in common).

    p_g(c): mean over the customers of group g of category c's share (so everybody counts the same).
    overlap(g, h) = sum over c of min(p_g(c), p_h(c)), which is one minus their total variation distance.
    The mean is over all pairs of groups, each weighted by the product of its groups' customers.

    members: `members_of` the groups.
    """
    n_groups = members.shape[1]
    sizes = np.bincount(members.indices, minlength=n_groups)
    profile = (members.T @ shares) / sizes[:, None]
    overlap = np.minimum(profile[:, None], profile[None]).sum(2)
    g, h = np.triu_indices(n_groups, 1)
    return float(1 - np.average(overlap[g, h], weights=(sizes[g] * sizes[h]).astype(float)))


def distances(shares: np.ndarray, members: Sequence[csr_array]) -> dict[str, float]:
    """distance: between the groups; by_chance: the same with the customers shuffled among the groups.

    Small groups differ by chance alone; only what exceeds it is the groups' own. members: `memberships`.
    """
    measured, *by_chance = (distance(shares, of) for of in members)
    return {"distance": round(measured, DECIMALS), "by_chance": round(float(np.mean(by_chance)), DECIMALS)}


def ratio(recommended: dict[str, float], bought: dict[str, float]) -> float | None:
    """The typecasting ratio: (distance - by_chance) of the lists over the same of the purchases.

    1: the groups' lists differ as much as their purchases; above: the lists typecast; 0: the lists do not
    know the groups. None where the purchases differ no more than twice what they would by chance.
    """
    if bought["distance"] <= 2 * bought["by_chance"]:
        return None
    excess = max(0.0, recommended["distance"] - recommended["by_chance"])
    return round(excess / (bought["distance"] - bought["by_chance"]), DECIMALS)


def typecasting(
    bought: np.ndarray, recommended: dict[str, np.ndarray], members: Sequence[csr_array]
) -> dict[str, Any]:
    """Of one grouping and one set of categories: `distances` of what is bought, and by model with the ratio.

    bought, and each model's recommended: `shares`; members: `memberships` of the grouping.
    """
    own = distances(bought, members)
    models: dict[str, dict[str, float | None]] = {}
    for name, of_model in recommended.items():
        found = distances(of_model, members)
        models[name] = {**found, "ratio": ratio(found, own)}
    return {"bought": own, "models": models}
