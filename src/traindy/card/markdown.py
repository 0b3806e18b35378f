"""Figures and tables as they stand in the model card."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Its lines, the last one ended."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def figure(value: float | None) -> str:
    """Four decimals; a dash where nothing could be measured."""
    return "-" if value is None else f"{value:.4f}"


def between(ends: Sequence[float], signed: bool = False) -> str:
    """The two ends of an interval."""
    low, high = (f"{end:+.4f}" if signed else f"{end:.4f}" for end in ends)
    return f"{low} to {high}"


def share(value: float) -> str:
    """A share in per cent."""
    return f"{value:.1%}"
