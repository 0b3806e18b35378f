"""What the cluster stage does: profiles counted by the engine, clustered, given back to every customer."""

import logging
from dataclasses import dataclass
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
from ibis.expr.types import Table

from traindy.cluster.levels import MISSING, to_levels, within
from traindy.cluster.merge import merge_small
from traindy.cluster.modes import Fit, assign, elbow
from traindy.cluster.store import write_profiles
from traindy.core.columns import CLUSTER, CUSTOMER, GROUP, PROFILE
from traindy.core.engine import Engine
from traindy.core.errors import UserError
from traindy.core.params import Cluster
from traindy.core.vocabulary import CUSTOMERS_FILE, CustomerGroup

log = logging.getLogger("traindy")

MAX_PROFILES = 100_000
MAX_LEVELS = 1_000
"""Of an attribute: what has more tells customers apart instead of what they have in common."""
FITTED, EVERYBODY = "_fitted", "_everybody"  # unlike any attribute


@dataclass(frozen=True)
class Clustering:
    """The chosen clusters and how they were chosen."""

    profiles: pd.DataFrame
    """Distinct raw metadata: the attributes, customers fitted on, all customers, cluster, profile."""
    levels: pd.DataFrame
    """The same rows' levels."""
    chosen: Fit
    """What is left after `merge_small`."""
    fits: list[Fit]
    """For k = 1, 2, …: the elbow curve."""
    found: int
    """Clusters before small ones were merged."""
    out_of_range: dict[str, int]
    """By banded attribute, customers whose number is outside `cluster.ranges`."""

    @property
    def sizes(self) -> np.ndarray:
        """Customers of each cluster, those without purchases included."""
        return np.bincount(self.profiles[CLUSTER], self.profiles[EVERYBODY], len(self.chosen.modes)).astype(
            int
        )


def count_profiles(engine: Engine, customers: Table, attributes: list[str]) -> pd.DataFrame:
    """Distinct raw metadata with the customers that may be fitted on and all customers, in a fixed order."""
    filled = _filled(customers, attributes)
    counts = {FITTED: (filled[GROUP] == CustomerGroup.WARM).sum(), EVERYBODY: filled.count()}
    grouped = filled.group_by(attributes).aggregate(**counts) if attributes else filled.aggregate(**counts)
    profiles = engine.fetch_arrow(grouped.order_by(attributes) if attributes else grouped).to_pandas()
    if len(profiles) > MAX_PROFILES:
        widest = max(attributes, key=lambda name: profiles[name].nunique())
        raise UserError(
            f"cluster.attributes={attributes}: {len(profiles):,} distinct profiles, {widest} alone has "
            f"{profiles[widest].nunique():,} levels; leave it out or give it bands in cluster.bands"
        )
    return profiles


def cluster_profiles(profiles: pd.DataFrame, settings: Cluster, source: str) -> Clustering:
    """k-modes on the profiles of customers with purchases before the cut; every profile gets a cluster.

    source: the file that the profiles come from, for messages.
    """
    levels, out_of_range = _levels(profiles, settings, source)
    if not profiles[FITTED].any():
        raise UserError(f"{source}: no customer has a purchase before the test; nothing to cluster")
    weights = levels.assign(**{FITTED: profiles[FITTED]})
    if settings.attributes:
        weights = weights.groupby(settings.attributes, sort=True, as_index=False).sum()
    weights = weights[weights[FITTED] > 0].reset_index(drop=True)
    up_to = max(settings.n_clusters, settings.max_clusters)
    distinct, weight = weights[settings.attributes], weights[FITTED].to_numpy()
    fits = elbow(distinct, weight, up_to, settings.restarts, settings.seed)
    if len(fits) < settings.n_clusters:
        log.warning(
            "warning: cluster.n_clusters=%d: the metadata has only %d profiles, so there are %d clusters",
            settings.n_clusters, len(fits), len(fits),
        )  # fmt: skip
    modes = fits[min(settings.n_clusters, len(fits)) - 1].modes
    chosen, clusters = _large_enough(modes, levels, profiles, settings.min_size)
    profiles = profiles.assign(**{CLUSTER: clusters, PROFILE: _numbered(levels)})
    return Clustering(profiles, levels, chosen, fits[: settings.max_clusters], len(modes), out_of_range)


def _levels(profiles: pd.DataFrame, settings: Cluster, source: str) -> tuple[pd.DataFrame, dict[str, int]]:
    """Every profile's levels, and by banded attribute the customers whose number is out of its range."""
    bands = {name: edges for name, edges in settings.bands.items() if name in settings.attributes}
    raw = profiles[settings.attributes]
    plausible = within(raw, {name: settings.ranges[name] for name in bands if name in settings.ranges})
    outside = {name: int(profiles[EVERYBODY][plausible[name] != raw[name]].sum()) for name in bands}
    for name, customers in outside.items():
        if customers:
            log.warning(
                "warning: %s: %s of %s customers is outside cluster.ranges.%s=%s and counts as missing",
                source, name, f"{customers:,}", name, settings.ranges[name],
            )  # fmt: skip
    levels = to_levels(plausible, bands, source)
    for name in levels:
        if levels[name].nunique() > MAX_LEVELS:
            raise UserError(
                f"{source}: {name} has {levels[name].nunique():,} levels, more than {MAX_LEVELS:,}; leave it "
                "out of cluster.attributes, or give it bands in cluster.bands if it is a number"
            )
    return levels, outside


def _large_enough(
    modes: pd.DataFrame, levels: pd.DataFrame, profiles: pd.DataFrame, min_size: int
) -> tuple[Fit, np.ndarray]:
    """The clusters that are left when small ones are merged, and every profile's: int32 [profiles]."""
    nearest = assign(levels, modes)
    sizes = np.bincount(nearest, profiles[EVERYBODY], len(modes))
    left, into = merge_small(modes, sizes, min_size)
    if len(left) < len(modes):
        log.warning(
            "warning: cluster.min_size=%d: %d of %d clusters are smaller, so they are merged into others",
            min_size, len(modes) - len(left), len(modes),
        )  # fmt: skip
    modes, clusters = modes.iloc[left].reset_index(drop=True), into[nearest]
    differ = (levels.to_numpy(dtype=object) != modes.to_numpy(dtype=object)[clusters]).sum(1)
    return Fit(modes, int((differ * profiles[FITTED]).sum())), clusters


def _numbered(levels: pd.DataFrame) -> np.ndarray:
    """Which of the distinct rows, in their own order, each is: int32 [rows]."""
    if not len(levels.columns):
        return np.zeros(len(levels), np.int32)
    return levels.groupby(list(levels.columns), sort=True).ngroup().to_numpy(np.int32)


def write_customers(engine: Engine, customers: Table, clustering: Clustering, folder: Path) -> None:
    """Give every customer the cluster of its profile: customers.parquet (customer, cluster, profile), by
    position; profiles.parquet (profile, cluster, levels)."""
    attributes = list(clustering.levels.columns)
    if attributes:
        filled = _filled(customers, attributes)
        profiles = ibis.memtable(clustering.profiles[[*attributes, CLUSTER, PROFILE]])
        customers = filled.inner_join(profiles, attributes)
    else:
        customers = customers.mutate(**{CLUSTER: ibis.literal(0), PROFILE: ibis.literal(0)})
    numbers = [customers[name].cast("int32").name(name) for name in (CLUSTER, PROFILE)]
    engine.write(customers.select(CUSTOMER, *numbers).order_by(CUSTOMER), folder / CUSTOMERS_FILE)
    write_profiles(folder, clustering.levels.assign(**clustering.profiles[[PROFILE, CLUSTER]]))


def _filled(customers: Table, attributes: list[str]) -> Table:
    return customers.mutate(
        **{name: customers[name].cast("string").fill_null(MISSING) for name in attributes}
    )
