"""The section on what model and lists give away."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from traindy.card.facts import Facts
from traindy.card.markdown import between, figure, share, table

SCORES: Final = {
    "hidden_half": "CVAE's scores of the half of a history that it was not shown",
    "hidden_half_calibrated": "the same, less what popularity says",
    "whole_history": "CVAE's scores of the whole history, folded in",
    "popularity": "popularity of the hidden half",
}
LISTS: Final = {
    "cvae": "CVAE's list without a history, against what was bought",
    "cvae_small": "the same, lists made for fewer than 100 customers",
    "popularity": "popularity's list",
    "popularity_cluster": "popularity's list within the cluster",
}
SOURCES: Final = {
    "majority": "nothing (the most frequent)",
    "purchases": "the articles bought",
    "z_history": "z of the history alone",
    "z": "z of history and condition",
    "list_cvae": "CVAE's list",
    "list_cvae_without_history": "CVAE's list without a history",
    "list_popularity": "popularity's list",
    "list_popularity_cluster": "popularity's list within the cluster",
}

MEMBERSHIP: Final = ("the attacker looks at", "area (95 %)", "caught", "members", "others")
NOTHING: Final = "No attribute has two levels of 20 customers: nothing to guess."


def leaks(facts: Facts) -> str:
    """Both attacks, in two tables."""
    found = facts.leaks
    learned = {name: of for name, of in found["attributes"].items() if of}
    sees = (
        "The model's encoder sees the history and the condition, which holds the metadata itself"
        if found["condition"] == "attributes"
        else "The model's encoder sees the history and the cluster, which was made from the metadata"
    )
    return (
        "**Who was trained on.** An attacker who knows a customer's purchases guesses; members were "
        "trained on, the others held out whole. Area under the curve: 0.5 is a coin, 1 is certainty. "
        "*Caught*: members found while 1 % of the others are taken for members.\n\n"
        + table(MEMBERSHIP, _membership(found["membership"]))
        + "\n**What metadata shows.** A logistic regression guesses an attribute of customers whom it has "
        f"not seen, from each of these: how often it is right (95 %), and the area under the curve. {sees}. "
        "A list without a history shows whom it was made for.\n\n"
        + (table(["guessed from", *learned], _attributes(learned)) if learned else f"{NOTHING}\n")
    )


def _membership(found: Mapping[str, Any]) -> Iterator[list[str]]:
    for kind, words in (("scores", SCORES), ("lists", LISTS)):
        for name in [name for name in words if name in found[kind]]:
            of = found[kind][name]
            if of is None:
                yield [words[name], "- (fewer than 20 on a side)", "-", "-", "-"]
            else:
                area = f"{figure(of['auc'])} ({between(of['interval'])})"
                yield [words[name], area, share(of["caught"]), f"{of['members']:,}", f"{of['others']:,}"]


def _attributes(found: Mapping[str, Any]) -> Iterator[list[str]]:
    """A row for each source, a column for each attribute of which something could be learned."""
    for source, words in SOURCES.items():
        cells = [_right(of["sources"].get(source)) for of in found.values()]
        if any(cell != "-" for cell in cells):
            yield [words, *cells]


def _right(of: Mapping[str, Any] | None) -> str:
    if of is None:
        return "-"
    low, high = of["interval"]
    return f"{share(of['accuracy'])} ({share(low)} to {share(high)}), {figure(of['auc'])}"
