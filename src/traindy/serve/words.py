"""What the page says in plain words: labels, reasons, colours."""

from collections.abc import Mapping
from typing import Any, Final

from traindy.cluster.levels import MISSING

LABELS: Final = {
    "age": "Age",
    "club_member_status": "Club status",
    "fashion_news_frequency": "Newsletter",
    "FN": "Fashion news",
    "Active": "Gets messages",
}
"""H&M's attributes; others are called by their column."""
LEVELS: Final = {
    MISSING: "prefer not to say", "1.0": "yes", "0.0": "no", "NONE": "none", "PRE-CREATE": "About to join",
}  # fmt: skip
PEOPLE: Final = {
    "club_member_status": {
        "ACTIVE": "active members", "PRE-CREATE": "about to join the club", "LEFT CLUB": "former members",
    },
    "fashion_news_frequency": {
        "NONE": "no newsletter", "None": "no newsletter", "Regularly": "a regular newsletter",
        "Monthly": "a monthly newsletter",
    },
    "FN": {"1.0": "readers of fashion news"},
    "Active": {"1.0": "reached by messages"},
}  # fmt: skip
"""Levels that are said of people otherwise than by the attribute's name before the level's."""
COLOURS: Final = {
    "black": "#1c1c1e", "white": "#f6f5f1", "grey": "#8d9096", "beige": "#d8c7a9", "brown": "#7b5537",
    "blue": "#2f5fb0", "turquoise": "#2a9d9d", "green": "#3f7d4e", "khaki": "#7d7a4f", "yellow": "#e8c33c",
    "orange": "#e2873a", "red": "#c0392f", "pink": "#e39bb2", "purple": "#7f5aa5", "lilac": "#b79bd0",
    "mole": "#6f6a64", "gold": "#c7a13a", "silver": "#bfc3c9", "bronze": "#9a6b3c", "metal": "#9aa0a6",
}  # fmt: skip
UNKNOWN_COLOUR: Final = "#b9b4ab"


def label(name: str) -> str:
    """An attribute, as a person would call it."""
    return LABELS.get(name, name.replace("_", " ").capitalize())


def level(value: str) -> str:
    """A level, as a person would call it."""
    return LEVELS.get(value, value.capitalize() if value.isupper() else value)


def people(said: Mapping[str, str]) -> str:
    """Those of whom this is said, leaving out what is not."""
    return ", ".join(
        PEOPLE.get(name, {}).get(value, f"{label(name).lower()} {level(value)}")
        for name, value in said.items()
        if value != MISSING
    )


def segment(cluster: Mapping[str, Any]) -> str:
    """A cluster by its mode, leaving out what is mostly not said."""
    return people(cluster["mode"]) or "people who say little of themselves"


def popular_with(said: Mapping[str, str]) -> str:
    """Why somebody without a history sees a list."""
    found = people(said)
    return f"Popular with {found}" if found else "Popular with everybody now"


def colour(name: str | None) -> str:
    """A colour for the swatch, from the catalogue's name of it ("Dark Blue")."""
    words = (name or "").lower().replace("/", " ").split()
    found = next((COLOURS[word] for word in words if word in COLOURS), UNKNOWN_COLOUR)
    shift = 0.35 if "light" in words else -0.35 if "dark" in words else 0.0
    return shifted(found, shift)


def shifted(colour: str, share: float) -> str:
    """Towards white (share above 0) or black."""
    parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    towards = 255 if share > 0 else 0
    mixed = [round(part + (towards - part) * abs(share)) for part in parts]
    return "#" + "".join(f"{part:02x}" for part in mixed)
