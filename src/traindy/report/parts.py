"""What the report is made of: sections with words, pictures and tables; and how every picture looks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import altair as alt
import vl_convert

Chart = alt.Chart | alt.LayerChart | alt.FacetChart | alt.ConcatChart | alt.VConcatChart

WIDTH: Final = 300
"""Of a plot in pixels, without its axes: a phone's screen shows it in full size."""
HEIGHT: Final = 200
INK: Final = "currentColor"
"""The page's own text colour, in light and dark."""
MAIN, SECOND, QUIET = "#3987d9", "#e08a2e", "#8a9099"
"""Colours for data that stand out on white and on dark grey."""
SHAPES: Final = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"]
COLOURS: Final = [MAIN, SECOND, "#5aa55a", "#b067c7", "#c9b037", "#d0605e"]
DASHES: Final = [[1, 0], [6, 2], [2, 2], [8, 2, 2, 2], [4, 4], [1, 3]]
"""Groups differ by shape or dash beside their colour, to be told apart in grey."""
WIDER: Final = 1.17
"""Room for text, against what Vega measures: the reader's font may be so much wider."""
VEGA_LITE: Final = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])


@dataclass(frozen=True)
class Picture:
    """A chart under a title that says what it shows."""

    title: str
    chart: Chart
    note: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of text; the first column names the row."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Section:
    """A part of the page."""

    name: str
    """Its anchor."""
    title: str
    words: str
    pictures: Sequence[Picture] = ()
    tables: Sequence[Table] = ()
    stories: Sequence[Any] = ()
    """See `stories`."""


def svg(chart: Chart, name: str) -> str:
    """The chart as SVG to stand in a page. name: what its ids begin with, so that they stay its own."""
    dressed = _wider(_dressed(chart).to_dict())
    inside = vl_convert.vegalite_to_svg(dressed, vl_version=VEGA_LITE)
    inside = re.sub(r'(?<=font-size=")[\d.]+', lambda size: f"{float(size[0]) / WIDER:.4g}", inside)
    inside = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', inside)
    inside = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", inside)
    # What draws nothing is a third of the file.
    return re.sub(r'<path class="(?:back|fore)ground"[^>]*d="(?:M0,0h0v0h0Z)?"[^>]*/>', "", inside)


def _wider(spec: Any) -> Any:
    """The same with all text, and the room that it may take, so much larger."""
    if isinstance(spec, list):
        return [_wider(each) for each in spec]
    if not isinstance(spec, dict):
        return spec
    sized = re.compile("([fF]ontSize|Limit)$")
    return {name: each * WIDER if sized.search(name) else _wider(each) for name, each in spec.items()}


def _dressed(chart: Chart) -> Chart:
    ink: dict[str, Any] = {"labelColor": INK, "titleColor": INK}
    lines: dict[str, Any] = {"gridColor": INK, "gridOpacity": 0.13, "domainColor": INK, "tickColor": INK}
    text: dict[str, Any] = {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal"}
    return chart.configure(
        background="transparent",
        font="sans-serif",
        padding=4,
        axis=alt.AxisConfig(**ink, **lines, **text, labelLimit=170, domainOpacity=0.4, tickOpacity=0.4),
        legend=alt.LegendConfig(**ink, **text, orient="bottom", columns=2, symbolSize=90, labelLimit=200),
        header=alt.HeaderConfig(**ink, **text),
        title=alt.TitleConfig(color=INK, fontSize=12, fontWeight="normal", anchor="start"),
        view=alt.ViewConfig(stroke=None),
    )


def percent(share: float) -> str:
    """A share in words: 12%, 1.2%, 0.004%."""
    return f"{share:.0%}" if share >= 0.1 or share == 0 else f"{100 * share:.2g}%"
