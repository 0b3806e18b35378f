"""The customers' metadata by level: for all of them, and for each cluster."""

import altair as alt
import numpy as np
import pandas as pd

from traindy.cluster import read_profiles
from traindy.cluster.levels import MISSING
from traindy.core.columns import CLUSTER
from traindy.report.parts import MAIN, WIDTH
from traindy.serve.words import label

MOST = 15
"""Levels of an attribute that are shown, the most frequent."""


def level_shares(cluster_folder: str) -> pd.DataFrame:
    """See `shares_of`; read from the cluster stage's folder."""
    of_customer, profiles = read_profiles(cluster_folder)
    return shares_of(profiles, np.bincount(of_customer, minlength=len(profiles)))


def shares_of(profiles: pd.DataFrame, customers: np.ndarray) -> pd.DataFrame:
    """attribute, level, cluster (-1: all customers), share of the cluster's customers.

    profiles: cluster and a level of each attribute; customers: how many have each profile.
    """
    counted = profiles.assign(n=customers)
    everybody = counted.assign(**{CLUSTER: -1})
    found = []
    for name in profiles.columns.drop(CLUSTER):
        n = pd.concat([counted, everybody]).groupby([CLUSTER, name])["n"].sum()
        share = (n / n.groupby(CLUSTER).sum()).rename("share").reset_index()
        usual = share[share[CLUSTER] == -1].nlargest(MOST, "share")[name]
        share = share[share[name].isin(set(usual))].rename(columns={name: "level"})
        found.append(share.assign(attribute=label(name)))
    return pd.concat(found, ignore_index=True)[["attribute", "level", CLUSTER, "share"]]


def in_order(levels: pd.Series) -> list[str]:
    """Bands rise from the one below; missing is the last."""
    return sorted(set(levels), key=lambda level: (level == MISSING, not level.startswith("<"), level))


def levels_chart(shares: pd.DataFrame) -> alt.VConcatChart:
    """Bars for all customers, one block an attribute."""
    of_all = shares[shares[CLUSTER] == -1]
    top = float(of_all["share"].max()) if len(of_all) else 1.0
    blocks = []
    for name, block in of_all.groupby("attribute", sort=False):
        last = name == of_all["attribute"].iloc[-1]
        axis = alt.Axis(format="~%", labels=last, ticks=last)
        x = alt.X("share:Q", title="share of customers" if last else None, axis=axis)
        y = alt.Y("level:N", title=None, sort=in_order(block["level"]), axis=alt.Axis(minExtent=80))
        bars = alt.Chart(block).mark_bar(color=MAIN).encode(x.scale(domain=[0, top]), y)
        blocks.append(bars.properties(title=str(name), width=WIDTH - 50, height=alt.Step(16)))
    return alt.vconcat(*blocks, spacing=8)


def heat_map(shares: pd.DataFrame) -> alt.VConcatChart:
    """Levels x clusters, the share of the cluster's customers in the cell; one block an attribute."""
    of_clusters = shares[shares[CLUSTER] >= 0]
    blocks = []
    for name, block in of_clusters.groupby("attribute", sort=False):
        last = name == of_clusters["attribute"].iloc[-1]
        x = alt.X(f"{CLUSTER}:O", title="cluster" if last else None)
        x = x.axis(labelAngle=0, labels=last, ticks=last, domain=False, grid=False)
        y = alt.Y("level:N", title=None, sort=in_order(block["level"]))
        y = y.axis(minExtent=80, domain=False, ticks=False, grid=False)
        colour = alt.Color("share:Q", legend=None).scale(scheme="blues", domain=[0, 1])
        base = alt.Chart(block).encode(x, y)
        text = base.mark_text(fontSize=10).encode(
            text=alt.Text("share:Q", format=".0%"),
            color=alt.condition("datum.share > 0.5", alt.value("white"), alt.value("#222")),
        )
        layers = alt.layer(base.mark_rect().encode(colour), text)
        blocks.append(layers.properties(title=str(name), width=WIDTH - 40, height=alt.Step(17)))
    return alt.vconcat(*blocks, spacing=6)
