"""Drawings that stand in for pictures: a garment of the article's type, in its colour and pattern."""

import re

from markupsafe import Markup

from traindy.serve.garments import PATTERNS, SHAPES, WORDS, Shape
from traindy.serve.words import shifted


def shape_of(*descriptions: str | None) -> str:
    """The shape for an article's type, else its group: by the first words that have one."""
    for text in descriptions:
        words = f" {' '.join(re.split(r'[^a-z-]+', (text or '').lower()))} "
        for wanted, shape in WORDS.items():
            if f" {wanted} " in words:
                return shape
    return "folded"


def drawing(shape: str, colour: str, appearance: str | None, name: str) -> Markup:
    """An inline SVG, 3 wide and 4 high. colour: #rrggbb; name: an id of its own on the page."""
    of, edge = SHAPES[shape], shifted(colour, -0.28 if _is_light(colour) else 0.34)
    # A line in the colour, on a wider one that is its edge.
    straps = [(edge, 12), (colour, 7)] if of.strap else []
    strap = "".join(
        f'<path d="{of.strap}" fill="none" stroke="{paint}" stroke-width="{width}"/>'
        for paint, width in straps
    )
    return Markup(
        f'<svg viewBox="12 20 276 368" aria-hidden="true" focusable="false">{strap}'
        f'<path d="{of.outline}" fill="{colour}"/>{_pattern(of, edge, appearance, name)}'
        f'<path d="{of.outline} {of.lines}" fill="none" stroke="{edge}" stroke-width="3" '
        f'stroke-linecap="round" stroke-linejoin="round"/></svg>'
    )


def _pattern(of: Shape, edge: str, appearance: str | None, name: str) -> str:
    words = (appearance or "").lower().split()
    found = next((PATTERNS[word] for word in words if word in PATTERNS), None)
    if found is None:
        return ""
    lines, width = found
    return (
        f'<clipPath id="{name}"><path d="{of.outline}"/></clipPath>'
        f'<path clip-path="url(#{name})" d="{lines}" fill="none" stroke="{edge}" stroke-width="{width}" '
        f'stroke-linecap="round" opacity=".55"/>'
    )


def _is_light(colour: str) -> bool:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return 0.3 * red + 0.59 * green + 0.11 * blue > 80
