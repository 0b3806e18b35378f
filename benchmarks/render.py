"""docs/accuracy.md from the datasets' figures."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from cells import assigned, interval, met, short, table, with_spread
from spaces import CVAE
from targets import COLD, METRIC_NAMES, PUBLISHED, TARGETS, WARM, is_baseline
from told import TOLD

from traindy.evaluate.judged import EVERYBODY
from traindy.evaluate.queries import WITHHELD
from traindy.evaluate.report import FIRST
from traindy.evaluate.table import COLUMNS, GROUPS, NAMES

INTRODUCTION: Final = """\
# Accuracy

Made by `benchmarks/accuracy.py` from the figures in `docs/accuracy/`; each dataset's command stands above its
table (`make bench-setup` first). A dataset is written as raw files, then the pipeline's own stages run on it
unchanged: there is no second evaluator. Figures are of the code as it was when they were written:
`git log docs/accuracy/NAME.json` says when.

- Chosen on validation, tested once. A search (Optuna's TPE) fits each trial on the training purchases and
  judges it by NDCG@20 on the validation purchases, bought articles excluded (past purchases: allowed, where
  that is measured; where the test is of cold customers, as if nobody had a history); its first trial are the
  settings of params.yaml. Then the model is fitted on both periods and tested. Where bought articles are
  allowed the baselines keep the settings that were found with them excluded.
- The CVAE's settings were chosen by hand on validation (*no search*), the defaults on the real week and the
  simulated shop; below the tables stands how many were tried, where it was counted. Searches before 30
  November 2026 counted what was bought again as misses, for the baselines alone.
- A test that was seen before is no longer blind: below each dataset's tables stands what was tested then.
- *Split once more*: only what was bought before the test, the last of it for a test of its own. Where a
  dataset is cut in time that is `accuracy.py run … --before DAY`, and `paired.py` compares two settings so.
- The CVAE's figures are means over its seeds, ± the seeds' standard deviation. The baselines are fitted once.
- The CVAE is three nets for fewer than 50,000 customers, else one, unless `cvae.members` is among its
  parameters.
- The whole catalogue is ranked. Articles first sold in the test are misses of every model.
- Differences are the CVAE's figures, averaged over its seeds, minus the other's, customer by customer; the
  intervals are those of 95 % of a paired bootstrap over customers.
- `warm`: trained on; `held out`: kept out of training, its history given at the test; `withheld`: the same
  without it; `cold`: no purchase before the test. 1, 2-4, …: articles bought before the test.
- *Oracles* know what the simulated shop was made from. *Published* rows are the papers' own figures.
"""
SHOWN: Final = ("recall_20", "ndcg_20", "recall_1", "recall_30", "coverage_20")
"""Columns for the first group of a dataset's table; the other groups have NDCG@20."""
COMPARED: Final = (EVERYBODY, WARM, WITHHELD, COLD)
WORDS: Final = {EVERYBODY: "all", **GROUPS}
Content = Mapping[str, Any]


def page(datasets: Sequence[Content], week: Content | None = None) -> str:
    """The whole page; datasets: the contents of docs/accuracy/*.json; week: what hardness.py found."""
    parts = [INTRODUCTION, "## Targets\n", targets(datasets)]
    if week:
        parts += ["## Is the simulated shop as hard as the real one?\n", hardness(week)]
    for each in datasets:
        parts += _dataset(each)
    return "\n".join(parts)


def hardness(week: Content) -> str:
    """The simulated week beside the real one."""
    rows = [
        [NAMES[name], f"{week['recall_20'][name]:.3f}", f"{real:.3f}", met(name not in week["outside"])]
        for name, real in week["real"].items()
    ]
    return (
        "`python benchmarks/hardness.py --docs DOCS`: the last week of a simulated shop of H&M's size, "
        f"{week['customers']:,} customers and {week['articles']:,} articles, beside H&M's last one (68,984 "
        "and 17,986). 30 % of each customer's articles are held out, bought ones excluded. Asked: within "
        f"{week['allowed']:.0%}.\n\n"
    ) + table(["Recall@20", "simulated", "real", ""], rows)


def targets(datasets: Sequence[Content]) -> str:
    """Which of the targets are met."""
    measured = {each["dataset"]: each["policies"] for each in datasets}
    rows = []
    for target in TARGETS:
        found = target.reached(measured.get(target.dataset, {}))
        said = ("", "not measured") if found is None else (met(found[0]), found[1])
        rows.append([target.words, *said])
    return table(["target", "", "measured"], rows)


def _dataset(content: Content) -> Iterator[str]:
    machine, cvae = content["machine"], content["searches"].get(CVAE)
    tried = f"{cvae['trials']} trials" if cvae else "no search, what is listed here"
    yield f"## {content['dataset']}\n"
    yield f"`{content['command']}`\n"
    yield (
        f"{content['trials']} trials a baseline; CVAE: {tried}, "
        f"seeds {', '.join(map(str, content['seeds']))}; "
        f"{machine['cores']} cores ({machine['cpu']}), engine.threads={machine['threads']}, "
        f"{machine['gpu'] or 'no GPU'}. "
        f"Parameters other than the defaults: {assigned(content['overrides']) or 'none'}.\n"
    )
    for policy, figures in content["policies"].items():
        yield f"### {content['dataset']}, bought articles {policy}\n"
        yield _facts(figures)
        yield accuracy(figures, PUBLISHED.get(content["dataset"], {}))
        yield "The CVAE minus the other:\n"
        yield differences(figures)
        if shares := _share_of_taste(figures):
            yield shares
    yield f"### {content['dataset']}, settings and cost\n"
    yield settings(content)
    if told := TOLD.get(content["dataset"]):
        yield f"### {content['dataset']}, tested before\n"
        yield told


def _facts(figures: Content) -> str:
    cut = figures["cut"]
    when = (
        f"test from {cut['test_start']} to before {cut['test_end']}"
        if cut["test_start"]
        else "no cut in time"
    )
    known = f"{figures['catalogue']:,} articles known before the test; split.by={cut['by']}, {when}"
    named = {name: figures["ceiling"].get(metric) for metric, name in METRIC_NAMES.items()}
    reach = [f"; ceiling of {name} {value:.3f}" for name, value in named.items() if value is not None]
    return known + "".join(reach) + ".\n"


def accuracy(figures: Content, published: Mapping[str, Mapping[str, float]]) -> str:
    """All models: the CVAE first, then the baselines by NDCG@20, the oracles, what is published."""
    models, counts = figures["models"], figures["customers"]
    first, *others = counts
    lines = [_line(name, models[name], first, others) for name in _in_order(models, first)]
    for name, values in published.items():
        cells = [short(values[metric]) if metric in values else "" for metric in SHOWN]
        lines.append([f"*published: {name}*", *cells, *[""] * len(others)])
    blank = [""] * (len(SHOWN) - 1)
    lines.append(["customers", f"{counts[first]:,}", *blank, *(f"{counts[group]:,}" for group in others)])
    head = [f"{COLUMNS[metric]} {WORDS[first]}" for metric in SHOWN]
    return table(["model", *head, *(f"{COLUMNS['ndcg_20']} {WORDS[group]}" for group in others)], lines)


def _line(name: str, model: Content, first: str, others: Iterable[str]) -> list[str]:
    style = "**" if name == FIRST else "*" if name.startswith("oracle") else ""
    cells = [with_spread(model[first], metric) for metric in SHOWN]
    cells += [with_spread(model[group], "ndcg_20") for group in others]
    return [f"{style}{NAMES.get(name, name)}{style}", *cells]


def _in_order(models: Content, group: str) -> list[str]:
    """The CVAE, the CVAE without its condition, the baselines, the oracles; each kind by NDCG@20."""

    def key(name: str) -> tuple[bool, bool, bool, float]:
        kind = name != FIRST, not name.startswith(FIRST), not (is_baseline(name) or name.startswith(FIRST))
        return *kind, -models[name][group]["ndcg_20"]

    return sorted(models, key=key)


def differences(figures: Content) -> str:
    """The paired intervals of the CVAE against every other model."""
    first, apart = next(iter(figures["customers"])), figures["differences"]
    shown = [group for group in COMPARED if group in figures["customers"]]
    columns = [(metric, group) for metric in METRIC_NAMES for group in shown]
    rows = [
        [NAMES.get(name, name), *(interval(apart[name][group][metric]) for metric, group in columns)]
        for name in _in_order(figures["models"], first)
        if name in apart
    ]
    return table(["model", *(f"{COLUMNS[metric]} {WORDS[group]}" for metric, group in columns)], rows)


def _share_of_taste(figures: Content) -> str:
    """How much of what the true taste reaches the CVAE reaches, by group."""
    taste = figures["models"].get("oracle_taste")
    if taste is None:
        return ""
    of_cvae = figures["models"][FIRST]
    shares = [
        f"{WORDS[group]} {of_cvae[group]['ndcg_20'] / taste[group]['ndcg_20']:.0%}" for group in of_cvae
    ]
    return f"The CVAE's share of the NDCG@20 of {NAMES['oracle_taste']}: {', '.join(shares)}.\n"


def settings(content: Content) -> str:
    """What the searches found and what a fit cost."""
    rows = []
    for name, each in content["searches"].items():
        found = short(each["ndcg_20"]), f"{each['seconds']:.1f}", assigned(each["overrides"])
        rows.append([NAMES[name], str(each["trials"]), *found])
    rows += [[NAMES[name], "", "", "", f"left out: {why}"] for name, why in content["skipped"].items()]
    seconds = ", ".join(f"{stage} {value:,.0f} s" for stage, value in content["seconds"].items())
    head = ["model", "trials", "NDCG@20 on validation", "one fit on training, s", "settings"]
    return table(head, rows) + f"\nThe stages: {seconds}. {_fits(content['overrides'])}\n"


def _fits(overrides: Mapping[str, Any]) -> str:
    """What train_cvae does in these seconds."""
    fits = ["to choose the epoch", "again on everything"]
    if overrides.get("cvae.ablation", True):
        fits.append("again without the condition")
    members = overrides.get("cvae.members", 1)
    nets = f"; each time {members} nets" if members > 1 else ""
    return f"train_cvae fits {', '.join(fits[:-1])}, and {fits[-1]}{nets}."
