"""docs/serving.md from the figures of serving.py."""

from collections.abc import Mapping
from statistics import median
from typing import Any, Final

from cells import table

INTRODUCTION: Final = """\
# The web app under load

Written by `python benchmarks/serving.py run` (needs wrk, `apt-get install wrk`; about ten minutes to make
the model, then {minutes:.0f}). The shop is simulated with {articles:,} articles and few customers, and the
model, d = {latent_dim}, is trained for one epoch: its lists are poor, its tables have their full size. wrk
asks `traindy serve` on loopback; both share the machine: {cores} cores, {processor},
`engine.threads={threads}`.

- *Cold*: the metadata of customers, drawn evenly; k = 20. *Others each time*: with a new seed for each, so
  that no list is at hand. *With history*: with up to 20 articles that a customer bought; none is kept.
- *Answers a second* leave out the refused ones (503 with Retry-After). *Errors*: any other status of 400 or
  more, and broken or timed out connections.
- *400 a second*: what the connections would ask if each answer came at once; they wait for theirs, so that
  on a busy machine it is less.
- *Load*: processes that ran or wanted to run in the minute before, other work on the machine included.
"""


def page(found: Mapping[str, Any]) -> str:
    """The whole page."""
    machine = found["machine"]
    minutes = len(found["loads"]) * found["seconds_each"] / 60 + 2
    words = INTRODUCTION.format(**{**found, **machine, "minutes": minutes})
    return "\n".join([words, _targets(found), "", _loads(found), _rest(found)])


def _targets(found: Mapping[str, Any]) -> str:
    of = {each["name"]: each for each in found["loads"]}
    cold, served = of["cold"], {name: answered(each) for name, each in of.items()}
    twice = [of["cold, 400 a second"], of["with history, 120 a second"]]
    rows = [
        ("cold, one at a time: p50 at most 10 ms", f"{cold['p50_ms']:.1f} ms", cold["p50_ms"] <= 10),
        ("p99 at most 40 ms", f"{cold['p99_ms']:.1f} ms", cold["p99_ms"] <= 40),
        _at_least(200, "cold", served["cold, as many as it can"]),
        _at_least(60, "with history", served["with history, as many as it can"]),
        _no_errors("at twice that load", twice),
        _no_errors("far beyond it", [of["with history, far too many"]]),
        ("start under 5 s", f"{found['start_seconds']:.1f} s", found["start_seconds"] < 5),
        ("memory under 1.5 GB", f"{found['peak_gb']:.2f} GB", found["peak_gb"] < 1.5),
    ]
    return table(
        ("target", "measured", ""), [(what, is_, "met" if met else "**not met**") for what, is_, met in rows]
    )


def _at_least(rate: int, kind: str, served: float) -> tuple[str, str, bool]:
    return f"{rate} a second, {kind}", f"{served:,.0f}", served >= rate


def _no_errors(when: str, loads: list[Mapping[str, Any]]) -> tuple[str, str, bool]:
    errors, refused = (sum(each[name] for each in loads) for name in ("errors", "refused"))
    return f"no error but 503 {when}", f"{errors} ({refused:,} refused)", errors == 0


def answered(load: Mapping[str, Any]) -> float:
    """Good answers a second."""
    return float((load["answers"] - load["refused"] - load["errors"]) / load["seconds"])


def _loads(found: Mapping[str, Any]) -> str:
    columns = ("", "connections", "answers a second", "p50 ms", "p99 ms", "refused", "errors", "load")
    rows = [
        (
            each["name"],
            str(each["connections"]),
            f"{answered(each):,.0f}",
            f"{each['p50_ms']:.1f}",
            f"{each['p99_ms']:.1f}",
            f"{each['refused']:,}",
            str(each["errors"]),
            f"{each['load_average']:.1f}",
        )
        for each in found["loads"]
    ]
    return table(columns, rows)


def _rest(found: Mapping[str, Any]) -> str:
    first = found["first_ms"]
    return f"""
Ready {found["start_seconds"]:.1f} s after the command, at a load of {found["start_load_average"]:.1f}, with
{found["start_cpu_seconds"]:.1f} s of a processor; {found["peak_gb"]:.2f} GB at most under all of the above.
The lists of the clusters, of single levels and of all combinations that customers have are made before
anybody asks, in idle time: {found["ahead_seconds"]:.0f} s after the start all are at hand. A combination that
no customer has takes {median(first):.0f} ms the first time (median of {len(first)}), later as the others.
A reload takes {found["reload_seconds"]:.1f} s, in which the old model answers; with both open the peak is
{found["peak_gb_with_reload"]:.2f} GB.
"""
