"""The losses beside one another, as `make losses` measured them, and what the stages of this clone took."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import altair as alt
import pandas as pd

from traindy.core.files import read_json
from traindy.core.times import TIMES, read_times
from traindy.report.parts import COLOURS, HEIGHT, INK, MAIN, SHAPES, WIDTH, Picture, Section

FILE: Final = Path("docs/losses.json")
NETS: Final = {
    "whole": "plain net, whole KL",
    "light": "plain net, light KL",
    "none": "plain net, no KL",
    "pipeline": "pipeline's net",
}
"""The setups of `make losses`, in words."""


def section() -> Section | None:
    """What was measured on the simulated shop; None where there is no such file."""
    if not FILE.is_file():
        return None
    words = (
        f"Measured by make losses on its simulated shop, not by this run: the net alone, without the "
        f"evidence that the pipeline sets beside it. {FILE.with_suffix('.md')} says how."
    )
    return Section("losses", "The losses", words, [losses_picture(by_loss(read_json(FILE)["losses"]))])


def by_loss(content: Mapping[str, Any]) -> pd.DataFrame:
    """loss, net, value: NDCG@20 of each loss in each setup."""
    rows = [
        (loss.replace("_", " "), NETS.get(setup, setup), figures["ndcg_20"])
        for setup, losses in content.items()
        for loss, figures in losses.items()
    ]
    return pd.DataFrame(rows, columns=["loss", "net", "value"])


def losses_picture(frame: pd.DataFrame) -> Picture:
    """A row a loss, a mark a setup."""
    nets = list(frame["net"].unique())
    legend = alt.Legend(title=None)
    chart = alt.Chart(frame).mark_point(size=80, strokeWidth=2, opacity=0.9).encode(
        alt.X("value:Q", title="NDCG@20"),
        alt.Y("loss:N", title=None, sort=None),
        alt.Color("net:N", legend=legend).scale(domain=nets, range=COLOURS[: len(nets)]),
        alt.Shape("net:N", legend=legend).scale(domain=nets, range=SHAPES[: len(nets)]),
    )  # fmt: skip
    best = frame.loc[frame["value"].idxmax()]
    whole = frame[frame["net"] == NETS["whole"]]
    where = f"; with the whole KL, {whole.loc[whole['value'].idxmax(), 'loss']}" if len(whole) else ""
    title = f"The best is {best['loss']} in the {best['net']}{where}"
    return Picture(title, chart.properties(width=WIDTH - 50, height=alt.Step(34)))


def resources() -> Section | None:
    """Time and memory by stage, where the stages ran in this clone; None where none did."""
    times = read_times()
    if not times:
        return None
    words = (
        f"Each stage as it last ran in this clone ({TIMES}); what DVC took from its cache is not measured."
    )
    frame = pd.DataFrame([{"stage": name} | taken._asdict() for name, taken in times.items()])
    return Section("resources", "Time and memory", words, resources_pictures(frame))


def resources_pictures(frame: pd.DataFrame) -> list[Picture]:
    """frame: stage, seconds, peak_mb."""
    longest, largest = frame.loc[frame["seconds"].idxmax()], frame.loc[frame["peak_mb"].idxmax()]
    of_all = f"{longest['seconds']:,.0f} s of {frame['seconds'].sum():,.0f} s"
    took = f"{longest['stage']} takes the longest, {of_all}"
    held = f"{largest['stage']} needs the most memory, {largest['peak_mb'] / 1000:.1f} GB"
    return [_bars(frame, "seconds", "seconds", took), _bars(frame, "peak_mb", "peak memory, MB", held)]


def _bars(frame: pd.DataFrame, field: str, unit: str, title: str) -> Picture:
    base = alt.Chart(frame).encode(
        alt.Y("stage:N", sort=None, title=None), alt.X(f"{field}:Q", title=unit).scale(nice=True)
    )
    text = base.mark_text(color=INK, align="left", dx=4, fontSize=11).encode(
        text=alt.Text(f"{field}:Q", format=",.0f")
    )
    chart = alt.layer(base.mark_bar(color=MAIN), text)
    return Picture(title, chart.properties(width=WIDTH - 70, height=max(HEIGHT // 2, 20 * len(frame))))
