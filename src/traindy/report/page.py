"""report.html: the sections in one page that loads nothing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from traindy.report.parts import Section, svg

MAX_BYTES: Final = 5_000_000
"""A page that can be mailed."""


def render(sections: Sequence[Section], facts: str) -> str:
    """The whole page. facts: a line beneath its title."""
    environment = Environment(
        loader=PackageLoader("traindy.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    drawn: list[dict[str, Any]] = []
    for section in sections:
        charts = [svg(each.chart, f"{section.name}-{i}") for i, each in enumerate(section.pictures)]
        drawn.append({"section": section, "pictures": list(zip(section.pictures, charts, strict=True))})
    style = (Path(__file__).parent / "templates" / "report.css").read_text(encoding="utf-8")
    return environment.get_template("report.html").render(sections=drawn, facts=facts, style=style)
