"""Markdown: tables, and figures as they stand in their cells."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Its lines, the last one ended."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def met(reached: bool) -> str:
    """Whether a target is."""
    return "met" if reached else "**not met**"


def short(value: float) -> str:
    """Four decimals, without the zero before them."""
    return f"{value:.4f}".removeprefix("0")


def with_spread(values: Mapping[str, float], metric: str) -> str:
    """A metric, ± its standard deviation if there is one; nothing where it is not measured."""
    if metric not in values:
        return ""
    spread = values.get(f"{metric}_sd")
    return short(values[metric]) + (f" ±{short(spread)}" if spread is not None else "")


def interval(ends: Sequence[float]) -> str:
    """A mean and the two ends of its interval, signed."""
    mean, low, high = (f"{end:+.4f}".replace("0.", ".") for end in ends)
    return f"{mean} ({low} to {high})"


def assigned(values: Mapping[str, Any]) -> str:
    """Parameters and their values, three digits each."""
    return ", ".join(f"`{key}={_value(value)}`" for key, value in values.items())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_value(each)}" for key, each in value.items()) + "}"
    if isinstance(value, float):
        return f"{value:.3g}"
    return "null" if value is None else str(value)
