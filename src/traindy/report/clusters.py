"""The clusters: how many, who is in them, and how many of each have no history."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from traindy.cluster import read_clusters
from traindy.cluster.store import MODES_FILE
from traindy.core.columns import CLUSTER
from traindy.core.errors import UserError
from traindy.core.files import read_json
from traindy.core.params import Params
from traindy.core.vocabulary import CustomerGroup, read_customers
from traindy.report.levels import heat_map, level_shares
from traindy.report.parts import HEIGHT, INK, MAIN, SECOND, WIDTH, Picture, Section, Table, percent
from traindy.serve.words import segment


def section(params: Params) -> Section:
    """Read the cluster stage's outputs and draw them."""
    folder = params.paths.cluster
    clusters = read_json(Path(folder) / MODES_FILE)["clusters"]
    groups = read_customers(params.paths.split).groups
    cold = cold_shares(read_clusters(folder), groups)
    rows = [
        [str(each["cluster"]), size_of(each), segment(each), percent(share)]
        for each, share in zip(clusters, cold["share"], strict=True)
    ]
    words = (
        "Customers are clustered by their metadata alone, so that somebody without a history has a cluster."
    )
    pictures = [
        elbow_picture(_read_elbow(Path(params.paths.metrics) / "elbow.csv"), params.cluster.n_clusters),
        cold_picture(cold),
    ]
    if params.cluster.attributes:
        title = "What the customers of each cluster say of themselves"
        note = "Per cent of the cluster's customers; where there is no colour, nobody."
        pictures.insert(1, Picture(title, heat_map(level_shares(folder)), note))
    table = Table("The clusters in words", ["cluster", "customers", "most often", "cold"], rows)
    return Section("clusters", "The clusters", words, pictures, [table])


def size_of(cluster: Mapping[str, Any]) -> str:
    """Its customers; those of a cluster smaller than `cluster.min_size` are not counted to anybody."""
    return "few" if cluster["customers"] is None else f"{cluster['customers']:,}"


def _read_elbow(file: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(file)
    except FileNotFoundError:
        raise UserError(f"{file}: not found; run `dvc repro cluster` to make it") from None


def elbow_picture(elbow: pd.DataFrame, chosen: int) -> Picture:
    """The cost by the number of clusters. elbow: n_clusters, cost."""
    base = alt.Chart(elbow).encode(
        alt.X("n_clusters:O", title="clusters", axis=alt.Axis(labelAngle=0, grid=False)),
        alt.Y("cost:Q", title="attributes unlike the mode", axis=alt.Axis(format="~s")),
    )
    mark = base.transform_filter(alt.datum.n_clusters == chosen)
    layers = alt.layer(
        base.mark_line(color=MAIN, point=alt.OverlayMarkDef(color=MAIN, size=40)),
        mark.mark_point(color=SECOND, size=220, strokeWidth=3, shape="diamond"),
        mark.mark_text(color=INK, dy=-18, dx=8, align="left", fontSize=12, text=f"chosen: {chosen}"),
    )
    costs = elbow.set_index("n_clusters")["cost"]
    # The curve ends where there are no more profiles, or at cluster.max_clusters.
    shown = chosen if chosen in costs.index else costs.index[-1]
    left = costs[shown] / max(costs.iloc[0], 1)
    title = f"{shown} clusters leave {percent(left)} of the differences that one cluster has"
    note = "Attributes that differ from the mode of the customer's cluster, summed over customers."
    return Picture(title, layers.properties(width=WIDTH, height=HEIGHT), note)


def cold_shares(clusters: np.ndarray, groups: np.ndarray) -> pd.DataFrame:
    """cluster, share of its customers who have no purchase before the test; both arrays by customer."""
    n = np.bincount(clusters)
    cold = np.bincount(clusters[groups == CustomerGroup.COLD], minlength=len(n))
    return pd.DataFrame({CLUSTER: np.arange(len(n)), "share": cold / np.maximum(n, 1)})


def cold_picture(cold: pd.DataFrame) -> Picture:
    """Bars, one a cluster."""
    x = alt.X(f"{CLUSTER}:O", title="cluster", axis=alt.Axis(labelAngle=0))
    base = alt.Chart(cold).encode(x, alt.Y("share:Q", title="share of customers", axis=alt.Axis(format="~%")))
    text = base.mark_text(color=INK, dy=-8, fontSize=12).encode(text=alt.Text("share:Q", format=".1%"))
    low, high = percent(cold["share"].min()), percent(cold["share"].max())
    title = f"{low} to {high} of a cluster's customers are cold: without a purchase before the test"
    return Picture(title, alt.layer(base.mark_bar(color=MAIN), text).properties(width=WIDTH, height=HEIGHT))
