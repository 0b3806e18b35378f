"""The data: what the shop sold, to whom, and how much of it is not zero."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import altair as alt
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from scipy.sparse import csr_array

from traindy.core.columns import ARTICLE, CUSTOMER, DAY
from traindy.core.cut import Cut, iso, read_cut
from traindy.core.files import parquet_parts, read_json
from traindy.core.params import Params
from traindy.core.vocabulary import PERIODS, count_customers, read_articles
from traindy.report.levels import level_shares, levels_chart
from traindy.report.parts import HEIGHT, INK, MAIN, WIDTH, Picture, Section, percent

WEEK: Final = 7
LARGEST_BASKET: Final = 10
"""This many articles and more are one bar."""
DECADES: Final = [10.0**-i for i in range(8)]
HALF_YEARS: Final = alt.TimeIntervalStep(interval="month", step=6)
CELLS: Final = 40
"""Of the density picture, each way."""
LABELS, LIKENESS = 140, 120
"""Widths in the picture of the likeness: of the names, and of the line of ratios."""


def section(params: Params) -> Section:
    """Read the split and draw it."""
    split = Path(params.paths.split)
    bought = read_purchases(split)
    shape = count_customers(split), read_articles(split).n_all
    customers = np.bincount(bought[CUSTOMER], minlength=shape[0])
    articles = np.bincount(bought[ARTICLE], minlength=shape[1])
    matrix = csr_array((np.ones(len(bought), bool), (bought[CUSTOMER], bought[ARTICLE])), shape=shape)
    matrix.sum_duplicates()
    pictures = [
        weeks_picture(weekly(bought[DAY].to_numpy()), read_cut(split)),
        tail_picture(customers, "customers", "purchases of a customer"),
        tail_picture(articles, "articles", "purchases of an article"),
        baskets_picture(basket_sizes(bought)),
        density_picture(density(matrix, CELLS), matrix.nnz, shape),
    ]
    if params.cluster.attributes:
        shares = level_shares(params.paths.cluster)
        pictures.append(Picture("The levels of the customers' metadata", levels_chart(shares)))
    if Path(params.data.dir).resolve() == Path(params.paths.simulated).resolve():
        pictures.append(likeness_picture(likeness(read_json(f"{params.paths.metrics}/simulate.json"))))
    words = f"{len(bought):,} purchases of {shape[1]:,} articles by {shape[0]:,} customers."
    return Section("data", "The data", words, pictures)


def read_purchases(split: Path) -> pd.DataFrame:
    """All rows of the split: customer, article, day."""
    parts = (part for period in PERIODS for part in parquet_parts(split / f"{period}.parquet"))
    return pd.concat([pq.read_table(part).to_pandas() for part in parts], ignore_index=True)


def weekly(day: np.ndarray) -> pd.DataFrame:
    """Rows of each whole week: its first day, rows. day: int, days since 1970-01-01."""
    first = int(day.min())
    rows = np.bincount((day - first) // WEEK)[: (int(day.max()) - first + 1) // WEEK]
    start = first + WEEK * np.arange(len(rows))
    return pd.DataFrame({"week": start.astype("datetime64[D]").astype("datetime64[s]"), "rows": rows})


def weeks_picture(weeks: pd.DataFrame, cut: Cut) -> Picture:
    """Rows a week, with the days where the split cuts."""
    line = alt.Chart(weeks).mark_area(line={"color": MAIN}, color=MAIN, opacity=0.25)
    line = line.encode(
        alt.X("week:T", title=None, axis=alt.Axis(format="%b %y", labelAngle=0, tickCount=HALF_YEARS)),
        alt.Y("rows:Q", title="rows a week"),
    )
    days = {"validation": cut.valid_start, "test": cut.test_start}
    cuts = pd.DataFrame(
        [{"day": iso(day), "what": f"{what} →"} for what, day in days.items() if day is not None],
        columns=["day", "what"],
    )
    rule = alt.Chart(cuts).mark_rule(color=INK, strokeDash=[4, 3]).encode(x="day:T")
    text = alt.Chart(cuts).mark_text(color=INK, align="left", dx=3, fontSize=12).encode(
        x="day:T", text="what:N", y=alt.value(8)
    )  # fmt: skip
    chart = alt.layer(line, rule, text).properties(width=WIDTH, height=HEIGHT)
    mean = f"{weeks['rows'].mean():,.0f}" if len(weeks) else "no"
    return Picture(f"{mean} rows in a mean week", chart, "Training lies before the first dashed line.")


def tail(counts: np.ndarray, points: int = 150) -> pd.DataFrame:
    """Which share has at least so many: least, share. counts: int; zeroes are left out."""
    rising = np.sort(counts[counts > 0])
    least = np.unique(rising)
    if len(least) > points:
        least = np.unique(np.geomspace(least[0], least[-1], points).astype(int))
    return pd.DataFrame({"least": least, "share": 1 - np.searchsorted(rising, least) / max(1, len(rising))})


def tail_picture(counts: np.ndarray, who: str, what: str) -> Picture:
    """Both axes logarithmic, so that the tail is seen."""
    # Without the lines between the powers of ten, which would be most of the ink.
    x, y = alt.Axis(values=[10**i for i in range(7)], format="~s"), alt.Axis(values=DECADES, format="~%")
    chart = alt.Chart(tail(counts)).mark_line(color=MAIN).encode(
        alt.X("least:Q", title=f"{what}, at least", axis=x).scale(type="log"),
        alt.Y("share:Q", title=f"share of {who}", axis=y).scale(type="log"),
    )  # fmt: skip
    some = np.sort(counts[counts > 0])
    top = some[-max(1, len(some) // 10) :].sum() / max(1, some.sum())
    title = f"A tenth of the {who} make up {percent(top)} of the purchases"
    median = np.median(some) if len(some) else 0
    note = f"Of the {len(some):,} with any; the median has {median:,.0f}. Logarithmic axes."
    return Picture(title, chart.properties(width=WIDTH, height=HEIGHT), note)


def basket_sizes(bought: pd.DataFrame) -> pd.DataFrame:
    """Baskets, all that a customer bought in a day, by how much is in them: size, share."""
    size = bought.groupby([CUSTOMER, DAY]).size().clip(upper=LARGEST_BASKET)
    share = size.value_counts(normalize=True).reindex(range(1, LARGEST_BASKET + 1), fill_value=0.0)
    names = [f"{n}+" if n == LARGEST_BASKET else str(n) for n in share.index]
    return pd.DataFrame({"size": names, "share": share.to_numpy()})


def baskets_picture(sizes: pd.DataFrame) -> Picture:
    """Bars."""
    chart = alt.Chart(sizes).mark_bar(color=MAIN).encode(
        alt.X("size:N", sort=None, title="articles in a basket", axis=alt.Axis(labelAngle=0)),
        alt.Y("share:Q", title="share of baskets", axis=alt.Axis(format="~%")),
    )  # fmt: skip
    title = f"{percent(sizes['share'][0])} of the baskets hold one article"
    note = "A basket is what a customer buys in a day, repeated rows counted."
    return Picture(title, chart.properties(width=WIDTH, height=HEIGHT), note)


def density(matrix: csr_array, cells: int) -> pd.DataFrame:
    """The matrix, most active customers and most bought articles first, in cells x cells parts.

    x, x2, y, y2 in per cent of articles and customers; density: the share of ones. Empty parts are left out.
    """
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    places = []
    for indices, n in ((rows, matrix.shape[0]), (matrix.indices, matrix.shape[1])):
        rank = np.empty(n, np.int64)
        rank[np.argsort(-np.bincount(indices, minlength=n), kind="stable")] = np.arange(n)
        places.append((rank[indices] * min(cells, n) // n, min(cells, n), n))
    (y, n_y, customers), (x, n_x, articles) = places
    ones = np.bincount(y * n_x + x, minlength=n_y * n_x).reshape(n_y, n_x)
    sizes = [np.bincount(np.arange(n) * parts // n) for parts, n in ((n_y, customers), (n_x, articles))]
    share = ones / np.outer(*sizes)
    at = np.nonzero(share)
    sides = {"x": at[1] / n_x, "x2": (at[1] + 1) / n_x, "y": at[0] / n_y, "y2": (at[0] + 1) / n_y}
    return pd.DataFrame(sides | {"density": share[at]})


def density_picture(parts: pd.DataFrame, nnz: int, shape: tuple[int, int]) -> Picture:
    """A picture of the whole matrix."""
    chart = alt.Chart(parts).mark_rect().encode(
        alt.X("x:Q", title="articles, the most bought first", axis=alt.Axis(format="~%", grid=False)),
        alt.X2("x2:Q"),
        alt.Y("y:Q", title="customers, the most active first", axis=alt.Axis(format="~%", grid=False))
        .scale(reverse=True),
        alt.Y2("y2:Q"),
        alt.Color("density:Q", title="share that is one")
        .legend(format=".1~p", gradientLength=WIDTH)
        .scale(type="log", scheme="viridis"),
    )  # fmt: skip
    title = f"{percent(nnz / (shape[0] * shape[1]))} of the user purchase history is not zero"
    note = "All periods. A cell is the mean over a part of the matrix; the colours are logarithmic."
    return Picture(title, chart.properties(width=WIDTH, height=WIDTH), note)


def likeness(report: Mapping[str, Any]) -> pd.DataFrame:
    """The simulated shop's statistics over the real one's, without those of size.

    topic, statistic, ratio, simulated, real.
    """
    rows = [
        {"topic": _words(topic), "statistic": _words(name), "ratio": pair["simulated"] / pair["real"]} | pair
        for topic, statistics in report.items()
        if not topic.endswith("_at_full_size")
        for name, pair in statistics.items()
        if pair["real"] and pair["simulated"]
    ]
    return pd.DataFrame(rows, columns=["topic", "statistic", "ratio", "simulated", "real"])


def _words(key: str) -> str:
    return key.replace("_", " ")


def likeness_picture(pairs: pd.DataFrame) -> Picture:
    """Dots on a line of ratios, one block a topic; 1 is alike."""
    low, high = min(0.5, pairs["ratio"].min()), max(2.0, pairs["ratio"].max())
    scale = alt.Scale(type="log", domain=[float(low), float(high)], nice=False)
    pairs = pairs.assign(
        label=[f"{s:.3g} | {r:.3g}" for s, r in zip(pairs["simulated"], pairs["real"], strict=True)], one=1.0
    )
    blocks = []
    for topic, block in pairs.groupby("topic", sort=False):
        last = topic == pairs["topic"].iloc[-1]
        axis = alt.Axis(values=[0.5, 0.7, 1, 1.4, 2], format="~g", labels=last, ticks=last)
        x = alt.X("ratio:Q", title="simulated / real" if last else None, axis=axis).scale(scale)
        base = alt.Chart(block).encode(
            alt.Y("statistic:N", sort=None, title=None, axis=alt.Axis(minExtent=LABELS))
        )
        one = base.mark_tick(color=INK, opacity=0.5, size=16, thickness=1).encode(alt.X("one:Q").scale(scale))
        dot = base.mark_point(color=MAIN, filled=True, size=50, opacity=1).encode(x)
        text = base.mark_text(color=INK, align="left", dx=6, fontSize=11).encode(
            text="label", x=alt.value(LIKENESS)
        )
        layers = alt.layer(one, dot, text).properties(title=str(topic), width=LIKENESS, height=alt.Step(16))
        blocks.append(layers)
    near = ((pairs["ratio"] > 0.8) & (pairs["ratio"] < 1.25)).mean() if len(pairs) else 0
    title = f"{percent(near)} of the simulated shop's statistics lie within a quarter of H&M's published ones"
    return Picture(title, alt.vconcat(*blocks, spacing=4), "At the right: simulated | real.")
