"""The whole card."""

from collections.abc import Callable
from typing import Final

from traindy.card.facts import Facts
from traindy.card.given_away import leaks
from traindy.card.made import INTENDED, NOT_INTENDED, data, limits, model
from traindy.card.served import accuracy, groups

FILE: Final = "model_card.md"
SECTIONS: Final[dict[str, Callable[[Facts], str]]] = {
    "Model": model,
    "Data": data,
    "Accuracy": accuracy,
    "Groups": groups,
    "Leaks": leaks,
    "Limits": limits,
    "Intended use": lambda _: INTENDED,
    "Not intended": lambda _: NOT_INTENDED,
}
"""By heading, in their order (Mitchell et al. 2019, Model Cards for Model Reporting)."""


def card(facts: Facts) -> str:
    """Markdown. Every figure is measured: it stands in the stages' metrics or parameters, or is their "
    "ratio."""
    lists = facts.recommend
    head = (
        "# Model card\n\nWritten by the stage `model_card` from what the others measured: `dvc repro` "
        f"writes it again. The lists of {lists['customers']:,} customers, {lists['rows']:,} rows, come from "
        "this model.\n"
    )
    return head + "".join(f"\n## {name}\n\n{section(facts)}" for name, section in SECTIONS.items())
