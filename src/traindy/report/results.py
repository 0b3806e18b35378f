"""Results: the CVAE beside the baselines and the oracles, for everybody, by history and by cluster."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import altair as alt
import pandas as pd

from traindy.evaluate.judged import HISTORY_BANDS
from traindy.evaluate.report import FIRST
from traindy.evaluate.table import COLUMNS, NAMES
from traindy.report.parts import (
    COLOURS,
    DASHES,
    HEIGHT,
    INK,
    MAIN,
    QUIET,
    SECOND,
    SHAPES,
    WIDTH,
    Picture,
    Section,
    Table,
)

ORIGINAL: Final = {"recall_1": 0.73, "recall_30": 0.30}
"""What the original project reports."""
IN_WORDS: Final = {
    "recall_1": "one of 20 recommended articles is bought",
    "recall_30": "6 of 20 recommended articles are bought",
}
COMPARED: Final = (
    "cvae",
    "cvae_unconditioned",
    "popularity_cluster",
    "ease",
    "oracle_taste",
    "oracle_segment",
)
"""The models of pictures with lines, as far as they were run."""
METRIC: Final = "ndcg_20"


def section(content: Mapping[str, Any], more: Sequence[Picture]) -> Section:
    """content: metrics/evaluate.json; more: pictures that need the lists themselves."""
    models = dict(of_models(content))
    ndcg, clusters = by_history(models), by_cluster(models)
    pictures = [
        models_picture(with_intervals(models)),
        *(success_picture(models, rate, content["ceiling"][rate]) for rate in ORIGINAL),
        lines_picture(ndcg, "distinct articles bought before the test", history_title(ndcg)),
        lines_picture(clusters, "cluster", cluster_title(clusters)),
        *more,
    ]
    rows = [[NAMES.get(name, name), *(f"{of[key]:.3f}" for key in COLUMNS)] for name, of in models.items()]
    words = (
        f"{content['customers']:,} customers with a purchase in the test, the whole catalogue of "
        f"{content['catalogue']:,} articles ranked, articles bought before "
        f"{'excluded' if content['exclude_bought'] else 'allowed'}."
    )
    table = Table("All models, all customers", ["model", *COLUMNS.values()], rows)
    return Section("results", "Results", words, pictures, [table])


def of_models(content: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each model's figures, in the order of the table."""
    models = {FIRST: content} | dict(content["models"])
    order = [*NAMES, *models]
    yield from sorted(models.items(), key=lambda each: order.index(each[0]))


def _kind(model: str) -> str:
    return "oracle" if model.startswith("oracle") else "CVAE" if model.startswith(FIRST) else "baseline"


def with_intervals(models: Mapping[str, Any]) -> pd.DataFrame:
    """model, kind, value, low, high: NDCG@20 of everybody and its 95 % interval."""
    rows = [
        (NAMES.get(name, name), _kind(name), of[METRIC], *of["intervals"][METRIC])
        for name, of in models.items()
    ]
    return pd.DataFrame(rows, columns=["model", "kind", "value", "low", "high"])


def _by_kind(field: str) -> tuple[alt.Color, alt.Shape]:
    names, legend = ["CVAE", "baseline", "oracle"], alt.Legend(title=None, columns=3, symbolOpacity=1)
    colour = alt.Color(field, legend=legend).scale(domain=names, range=[MAIN, QUIET, SECOND])
    return colour, alt.Shape(field, legend=legend).scale(domain=names, range=["circle", "square", "diamond"])


def models_picture(frame: pd.DataFrame) -> Picture:
    """A dot and its interval for each model."""
    base = alt.Chart(frame).encode(alt.Y("model:N", sort=None, title=None))
    colour, shape = _by_kind("kind:N")
    bars = base.mark_rule(strokeWidth=2).encode(alt.X("low:Q", title="NDCG@20"), alt.X2("high:Q"), colour)
    dot = base.mark_point(filled=True, size=70, opacity=1).encode(alt.X("value:Q"), colour, shape)
    chart = alt.layer(bars, dot).properties(width=WIDTH - 70, height=alt.Step(20))
    best = frame[frame["kind"] == "baseline"].nlargest(1, "value")
    cvae = frame["value"].iloc[0]
    against = "".join(
        f", the best baseline, {each.model}, {each.value:.3f}" for each in best.itertuples(index=False)
    )
    note = "Lines: 95 % intervals over customers, where they are longer than the mark."
    return Picture(
        f"NDCG@20: the CVAE has {cvae:.3f}{against}",
        chart,
        note,
    )


def success_picture(models: Mapping[str, Any], rate: str, ceiling: float) -> Picture:
    """A success rate of every model; marked are the original project's and what is in reach."""
    rows = [(NAMES.get(name, name), _kind(name), of[rate]) for name, of in models.items()]
    frame = pd.DataFrame(rows, columns=["model", "kind", "value"])
    colour, shape = _by_kind("kind:N")
    base = alt.Chart(frame).encode(alt.Y("model:N", sort=None, title=None))
    x = alt.X("value:Q", title=f"share of customers ({rate})", axis=alt.Axis(format="~%", tickCount=4))
    line = base.mark_rule(opacity=0.4).encode(x, alt.X2(datum=0), colour)
    dot = base.mark_point(filled=True, size=70, opacity=1).encode(x, colour, shape)
    marks = pd.DataFrame({"at": [ORIGINAL[rate], ceiling], "what": ["original project", "ceiling"]})
    dash = alt.StrokeDash("what:N", legend=alt.Legend(title=None, orient="top")).scale(
        domain=["original project", "ceiling"], range=[[5, 3], [1, 0]]
    )
    rule = alt.Chart(marks).mark_rule(color=INK, strokeWidth=1.5).encode(x="at:Q", strokeDash=dash)
    chart = alt.layer(line, dot, rule).properties(width=WIDTH - 70, height=alt.Step(20))
    value = frame["value"].iloc[0]
    title = f"{rate} is {value:.2f}; the original has {ORIGINAL[rate]:.2f}, the most is {ceiling:.2f}"
    note = f"Share of customers for whom {IN_WORDS[rate]}. The original does not say by which cut."
    return Picture(title, chart, note)


def by_history(models: Mapping[str, Any]) -> pd.DataFrame:
    """model, at (articles bought before, in bands), value; NDCG@20."""
    names = {
        f"history_{band.name}": band.name.replace("_plus", "+").replace("_", "-") for band in HISTORY_BANDS
    }
    return _of_groups(models, names)


def by_cluster(models: Mapping[str, Any]) -> pd.DataFrame:
    """model, at (the cluster), value; NDCG@20."""
    groups = models[FIRST]["groups"]
    return _of_groups(models, {name: name[8:] for name in groups if name.startswith("cluster_")})


def _of_groups(models: Mapping[str, Any], groups: Mapping[str, str]) -> pd.DataFrame:
    rows = [
        (NAMES.get(model, model), at, models[model]["groups"][group][METRIC])
        for model in COMPARED
        if model in models
        for group, at in groups.items()
        if group in models[model]["groups"]
    ]
    return pd.DataFrame(rows, columns=["model", "at", "value"])


def history_title(frame: pd.DataFrame) -> str:
    """Where the CVAE begins and ends."""
    cvae = frame[frame["model"] == NAMES[FIRST]]
    first, last = cvae.iloc[0], cvae.iloc[-1]
    before = f"{first['value']:.3f} with {first['at']} articles bought"
    return f"NDCG@20 goes from {before} to {last['value']:.3f} with {last['at']}"


def cluster_title(frame: pd.DataFrame) -> str:
    """Where the CVAE does worst and best."""
    cvae = frame[frame["model"] == NAMES[FIRST]].sort_values("value")
    least, most = cvae.iloc[0], cvae.iloc[-1]
    worst = f"{least['value']:.3f} in cluster {least['at']}"
    return f"NDCG@20 goes from {worst} to {most['value']:.3f} in cluster {most['at']}"


def lines_picture(frame: pd.DataFrame, x: str, title: str) -> Picture:
    """NDCG@20 of the compared models, a line each, told apart by colour, shape and dash."""
    chart = alt.Chart(frame).encode(
        alt.X("at:N", sort=None, title=x, axis=alt.Axis(labelAngle=0)), alt.Y("value:Q", title="NDCG@20")
    )
    return Picture(
        title, alt.layer(*lined(chart, list(frame["model"].unique()))).properties(width=WIDTH, height=HEIGHT)
    )


def lined(chart: alt.Chart, names: list[str], points: bool = True) -> list[alt.Chart]:
    """The chart's lines by `model`, in looks that differ without colour too."""

    def scale(looks: list[Any]) -> alt.Scale:
        return alt.Scale(domain=names, range=(looks * len(names))[: len(names)])

    legend = alt.Legend(title=None, symbolStrokeWidth=0 if points else 2)
    colour = alt.Color("model:N", legend=legend, scale=scale([MAIN, *COLOURS[2:], SECOND]))
    dash = alt.StrokeDash("model:N", legend=None if points else legend, scale=scale(list(DASHES)))
    layers = [chart.mark_line(strokeWidth=2).encode(colour, dash)]
    if points:
        shape = alt.Shape("model:N", legend=legend, scale=scale(list(SHAPES)))
        layers.append(chart.mark_point(size=45, filled=True, opacity=1).encode(colour, shape))
    return layers
