"""The latent space: customers, articles and the priors of the clusters, in the plane of most variance."""

from typing import Any, Final

import altair as alt
import numpy as np
import pandas as pd
import torch
from sklearn.decomposition import PCA

from traindy.cluster import read_clusters
from traindy.core.params import Params
from traindy.core.vocabulary import Articles, read_articles
from traindy.cvae.conditions import conditions_of
from traindy.cvae.recommender import CvaeRecommender
from traindy.cvae.rows import Rows
from traindy.cvae.store import CONDITIONED, load_recommender
from traindy.report.parts import COLOURS, MAIN, QUIET, SHAPES, WIDTH, Chart, Picture, Section, percent
from traindy.uph import UPH, load, merge

CUSTOMERS: Final = 1000
ARTICLES: Final = 1500
"""Dots of each kind, so that the page stays small."""
DRAWS: Final = 150
"""Of each cluster's prior."""
GROUPS: Final = len(SHAPES)
"""Clusters or departments that are told apart, the largest."""
OTHERS: Final = "others"
PLANES: Final = 2
"""Small pictures beside one another."""


def section(params: Params) -> Section:
    """Read the model and the UPH; place customers, draws and articles."""
    articles = read_articles(params.paths.split)
    model = load_recommender(f"{params.paths.cvae}/{CONDITIONED}", articles)
    model.freeze()
    before = merge(*(load(f"{params.paths.uph}/{period}") for period in ("train", "valid", "fold_in")))
    clusters, conditions = read_clusters(params.paths.cluster), conditions_of(model.net, params.paths.cluster)
    random = np.random.default_rng(0)
    some = _some(np.flatnonzero(np.diff(before.matrix.indptr)), CUSTOMERS, random)
    z = encoded(model, before.rows(some), conditions[some])
    plane = PCA(2, svd_solver="full").fit(z)
    customers = placed(plane, z, clusters[some])
    drawn = [_some(np.flatnonzero(clusters == c), DRAWS, random, again=True) for c in np.unique(clusters)]
    asked = np.concatenate(drawn)
    draws = placed(plane, prior_draws(model, conditions[asked]), clusters[asked])
    words = (
        f"The latent vector has {model.net.config.latent_dim} dimensions; what is seen here is the plane in "
        f"which its dots differ most, {_kept(plane)} of all their variance. Dots that are apart here are "
        "apart; dots that lie together may differ elsewhere. The axes have no unit."
    )
    pictures = [
        Picture(f"{len(some):,} customers by cluster, as the encoder places them", dots(customers, "cluster"),
                "Means of q(z | x, c) of customers with a history."),
        Picture("Where p(z | c) draws somebody without a history", priors(customers, draws),
                f"Blue triangles: {DRAWS} draws for each; grey circles: its customers with a history."),
        articles_picture(model, articles, random),
    ]  # fmt: skip
    return Section("latent", "The latent space", words, pictures)


def _some(of: np.ndarray, most: int, random: np.random.Generator, again: bool = False) -> np.ndarray:
    """At most so many, in order. again: just as many, some of them more than once if they are too few."""
    size = most if again else min(most, len(of))
    return np.sort(random.choice(of, size, replace=again and len(of) < most))


@torch.no_grad()
def encoded(model: CvaeRecommender, history: UPH, conditions: np.ndarray) -> np.ndarray:
    """Means of q(z|x, c): float32 [rows, latent_dim]."""
    articles = model.articles()
    rows = Rows(history, conditions, len(articles)).to(articles.device)
    entries, condition = rows.cut(torch.arange(history.n_customers, device=articles.device))
    mean: np.ndarray = model.net.encode(articles, entries.article, entries.row, condition).mean.cpu().numpy()
    return mean


@torch.no_grad()
def prior_draws(model: CvaeRecommender, conditions: np.ndarray) -> np.ndarray:
    """One z ~ p(z|c) for each condition, of length 1 if the decoder makes it so: [conditions, latent_dim]."""
    torch.manual_seed(0)
    z = model.net.sample_prior(torch.from_numpy(conditions).long().to(model.net.bias.device))
    draws: np.ndarray = model.net.scaled(z).cpu().numpy()
    return draws


def placed(plane: PCA, z: np.ndarray, group: np.ndarray) -> pd.DataFrame:
    """x, y, group (text)."""
    at = plane.transform(z).round(3)
    return pd.DataFrame({"x": at[:, 0], "y": at[:, 1], "group": group.astype(str)})


def _kept(plane: PCA) -> str:
    return percent(float(plane.explained_variance_ratio_.sum()))


def told_apart(group: pd.Series) -> pd.Series:
    """The largest groups by name, all else `OTHERS`."""
    large = group.value_counts().index[:GROUPS]
    return group.where(group.isin(set(large)), OTHERS)


def _axes() -> tuple[alt.X, alt.Y]:
    x = alt.X("x:Q", title="first component", axis=alt.Axis(labels=False, ticks=False))
    return x, alt.Y("y:Q", title="second component", axis=alt.Axis(labels=False, ticks=False))


def dots(points: pd.DataFrame, title: str) -> Chart:
    """Points by colour and shape of their group; those of others in grey beneath."""
    points = points.assign(group=told_apart(points["group"]))
    named = points[points["group"] != OTHERS]
    names = sorted(named["group"].unique())
    legend = alt.Legend(title=title)
    domain: dict[str, Any] = {"domain": names, "range": COLOURS[: len(names)]}
    of = {"x": _axes()[0], "y": _axes()[1]}
    front = alt.Chart(named).mark_point(size=26, opacity=0.75, strokeWidth=1.3).encode(
        **of,
        color=alt.Color("group:N", legend=legend).scale(**domain),
        shape=alt.Shape("group:N", legend=legend).scale(domain=names, range=SHAPES[: len(names)]),
    )  # fmt: skip
    behind = alt.Chart(points[points["group"] == OTHERS]).mark_circle(size=9, opacity=0.45, color=QUIET)
    return alt.layer(behind.encode(**of), front).properties(width=WIDTH, height=WIDTH)


def priors(customers: pd.DataFrame, draws: pd.DataFrame) -> Chart:
    """A small picture for each of the largest clusters, all in the same plane: customers and draws."""
    points = pd.concat([customers.assign(kind="customer"), draws.assign(kind="draw")], ignore_index=True)
    large = sorted(customers["group"].value_counts().index[:GROUPS])
    x, y = (at.scale(domain=_ends(points[name])) for at, name in zip(_axes(), "xy", strict=True))
    is_draw = alt.datum.kind == "draw"
    side, charts = (WIDTH - 20) // 2, []
    for place, name in enumerate(large):
        # A plane's title stands where its neighbours do not.
        of_x = x if place >= len(large) - PLANES else x.title(None)
        of_y = y if place % PLANES == 0 else y.title(None)
        chart = alt.Chart(points[points["group"] == name]).mark_point(strokeWidth=1.2).encode(
            of_x, of_y,
            color=alt.condition(is_draw, alt.value(MAIN), alt.value(QUIET)),
            shape=alt.condition(is_draw, alt.value("triangle-up"), alt.value("circle")),
            size=alt.condition(is_draw, alt.value(18), alt.value(9)),
            opacity=alt.condition(is_draw, alt.value(0.9), alt.value(0.6)),
        )  # fmt: skip
        charts.append(chart.properties(title=f"cluster {name}", width=side, height=side))
    return alt.concat(*charts, columns=PLANES, spacing=12)


def _ends(values: pd.Series) -> list[float]:
    return [float(values.min()), float(values.max())]


def articles_picture(model: CvaeRecommender, articles: Articles, random: np.random.Generator) -> Picture:
    """Embeddings of articles, the largest groups told apart."""
    n = model.net.config.n_articles
    some = _some(np.arange(n), ARTICLES, random)
    w = model.articles().detach().cpu().numpy()[some]
    plane = PCA(2, svd_solver="full").fit(w)
    name = _attribute(articles)
    values = pd.Series(articles.attributes[name].to_pylist() if name else [""] * n).fillna("")
    what = (name or "").removesuffix("_name").replace("_", " ")
    chart = dots(placed(plane, w, values.to_numpy(dtype=str)[some]), what)
    note = f"Embeddings; the plane holds {_kept(plane)} of their variance. Grey: all other articles."
    return Picture(f"{len(some):,} articles by {what}", chart, note)


def _attribute(articles: Articles) -> str | None:
    """The attribute that articles are told apart by: the department's, else the first that has groups."""
    names = articles.attributes.column_names
    if "department_name" in names:
        return "department_name"
    grouped = (name for name in names if 1 < len(articles.attributes[name].unique()) < articles.n_all / 2)
    return next(grouped, names[0] if names else None)
