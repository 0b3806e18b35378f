"""The drawings: one for every type, in its colour, and sound SVG."""

import re
from xml.etree import ElementTree

import pytest

from traindy.serve import words
from traindy.serve.drawing import drawing, shape_of
from traindy.serve.garments import PATTERNS, SHAPES, WORDS


@pytest.mark.parametrize(
    ("kind", "group", "shape"),
    [
        ("T-shirt", None, "tee"),
        ("Vest top", None, "tee"),
        ("Shirt", None, "shirt"),
        ("Swimwear top", None, "bra"),
        ("Swimwear bottom", None, "briefs"),
        ("Underwear bottom", None, "briefs"),
        ("Pyjama bottom", None, "pyjama"),
        ("Other shoe", None, "shoe"),
        ("Hat/beanie", None, "hat"),
        ("Cap/peaked", None, "hat"),
        ("Skirt", "Garment Lower body", "skirt"),
        ("Unheard of", "Garment Lower body", "trousers"),
        (None, "Socks & Tights", "sock"),
        ("Capella", "Shortstop", "folded"),
        (None, None, "folded"),
    ],
)
def test_a_type_has_its_shape_else_its_group(kind, group, shape):
    assert shape_of(kind, group) == shape


def test_every_shape_can_be_asked_for():
    assert set(WORDS.values()) | {"folded"} == set(SHAPES)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("appearance", [None, "Solid", "All over pattern", *PATTERNS])
def test_a_drawing_is_sound_and_lies_within_its_frame(shape, appearance):
    root = ElementTree.fromstring(drawing(shape, "#336699", appearance, "d7"))
    outlines = [each for each in root if each.get("fill") == "#336699"]
    assert len(outlines) == 1, "the article's colour"
    patterned = appearance not in (None, "Solid")
    assert len(root.findall("clipPath[@id='d7']")) == patterned
    assert ("url(#d7)" in [each.get("clip-path") for each in root]) == patterned
    for each in root.iter("path"):
        if each.get("clip-path") is None:
            assert all(0 <= float(number) <= 400 for number in re.findall(r"[\d.]+", each.get("d")))
    assert not [each for each in root.iter() if each.get("style")], "which the policy would not allow"


def test_edges_are_told_from_what_they_surround():
    for colour in words.COLOURS.values():
        strokes = re.findall('stroke="(#[0-9a-f]{6})"', drawing("tee", colour, None, "d1"))
        apart = [abs(int(strokes[0][i : i + 2], 16) - int(colour[i : i + 2], 16)) for i in (1, 3, 5)]
        assert max(apart) >= 25, colour
