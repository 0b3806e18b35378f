"""docs/ladder.md from the figures of ladder.py."""

from collections.abc import Mapping
from typing import Any

from cells import assigned, interval, short, table


def page(found: Mapping[str, Mapping[str, Any]]) -> str:
    """docs/ladder.md."""
    text = (
        "# What each part of the CVAE is worth\n\nWritten by `python benchmarks/ladder.py run simulated`. "
        "The model has one net, whatever a small shop has by default. One thing is changed, it is fitted to "
        "what precedes the validation window, and ranks for it; "
        "the test is not looked at. *Warm*: customers with a history, by what is new to them. *Withheld*: "
        "everybody, as if without one, by all that they buy. Paired 95 % intervals over customers, one seed; "
        "a difference below zero says that the model of params.yaml is better. The evidence's weights are "
        "a dozen numbers, fitted for every rung to the same purchases that it is judged on. Conditions "
        "that are shuffled are the control: who is withheld should then fare as without a condition, by "
        "what sells lately with everybody (on the test: accuracy.md, simulated). What was left out, several "
        "Gaussians a cluster among it: tried.md.\n"
    )
    for name, each in found.items():
        groups = [
            f"{metric}, {group}" for group in ("warm", "withheld") for metric in ("Recall@20", "NDCG@20")
        ]
        whole = [short(value) for group in ("warm", "withheld") for value in each["whole"][group]]
        rows = [["**params.yaml**", *(f"{value}" for value in whole)]]
        for rung, of in each["rungs"].items():
            label = rung + (f" ({assigned(of['changes'])})" if of["changes"] else "")
            rows.append([label, *(interval(x) for group in ("warm", "withheld") for x in of[group])])
        warm, withheld = each["customers"]
        text += f"\n## {name}\n\n{warm:,} warm customers, {withheld:,} withheld.\n\n"
        text += table(["", *groups], rows)
    return text
