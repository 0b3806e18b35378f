"""`python -m traindy.evaluate.table`: metrics/evaluate.json as a table."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from traindy.core.config import load_params
from traindy.core.errors import UserError
from traindy.core.files import read_json

WIDTH: Final = 100
NAMES: Final = {
    "cvae": "CVAE",
    "cvae_unconditioned": "CVAE, no condition",
    "popularity": "popularity",
    "popularity_cluster": "popularity, cluster",
    "past_purchases": "past purchases",
    "item_knn": "item-kNN",
    "co_occurrence": "co-occurrence",
    "als": "ALS",
    "ease": "EASE",
    "ease_attributes": "EASE, attributes",
    "mult_vae": "Mult-VAE",
    "rec_vae": "RecVAE",
    "oracle_taste": "oracle: true taste",
    "oracle_segment": "oracle: true segment",
    "oracle_segment_now": "oracle: segment now",
}
"""Models in words, in the order of the table."""
COLUMNS: Final = {
    "recall_1": "recall_1",
    "recall_30": "recall_30",
    "recall_20": "Recall@20",
    "ndcg_20": "NDCG@20",
    "map_12": "MAP@12",
    "coverage_20": "coverage",
}
GROUPS: Final = {
    "warm": "warm",
    "held_out": "held out",
    "held_out_withheld": "withheld",
    "cold": "cold",
    "history_1": "1",
    "history_2_4": "2-4",
    "history_5_9": "5-9",
    "history_10_plus": "10+",
}
"""Groups of the second table; the last four by articles bought before the test."""
BANDS: Final = {"0": "0", "1_4": "1-4", "5_49": "5-49", "50_plus": "50+", "unknown": "unknown"}
"""Articles of the third table, by customers who bought them before the test."""


def main() -> None:
    """Print the tables of the project's own metrics folder."""
    try:
        content = read_json(Path(load_params(sys.argv[1:]).paths.metrics) / "evaluate.json")
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    show(content, Console(width=WIDTH if not sys.stdout.isatty() else None))


def show(content: Mapping[str, Any], console: Console) -> None:
    """Print the tables and a few lines on how to read them; `content`: metrics/evaluate.json."""
    for table in (overall(content), by_group(content), by_article(content)):
        console.print(table)
    for line in (footer(content), samples(content)):
        console.print(line, style="dim", highlight=False)


def overall(content: Mapping[str, Any]) -> Table:
    """Models x metrics over all customers."""
    table = _table("Success on the test, all customers", "model", *COLUMNS.values())
    for model, figures, style in _models(content):
        cells = [f"{figures[key]:.4f}" for key in COLUMNS]
        low, high = figures["intervals"]["ndcg_20"]
        cells[list(COLUMNS).index("ndcg_20")] += f" [dim]±{(high - low) / 2:.4f}[/dim]"
        table.add_row(_name(model), *cells, style=style)
    return table


def by_group(content: Mapping[str, Any]) -> Table:
    """NDCG@20, models x groups."""
    present = [group for group in GROUPS if group in content["groups"]]
    title = "NDCG@20 by group, and by articles bought before"
    table = _table(title, "model", *(GROUPS[group] for group in present))
    for model, figures, style in _models(content):
        cells = [f"{figures['groups'][group]['ndcg_20']:.4f}" for group in present]
        table.add_row(_name(model), *cells, style=style)
    counts = (_short(content["groups"][group]["customers"]) for group in present)
    table.add_section()
    table.add_row("customers", *counts, style="dim")
    return table


def by_article(content: Mapping[str, Any]) -> Table:
    """Recall@20 over all purchases of a band of articles, models x bands."""
    bands = content["article_bands"]
    title = "Recall@20 by the articles' training purchases, of all purchases alike"
    table = _table(title, "model", *BANDS.values())
    for model, _, style in _models(content):
        found = [bands[band].get("recall_20", {}).get(model) for band in BANDS]
        table.add_row(
            _name(model), *("-" if share is None else f"{share:.4f}" for share in found), style=style
        )
    table.add_section()
    for count in ("pairs", "articles"):
        table.add_row(count, *(_short(bands[band][count]) for band in BANDS), style="dim")
    return table


def samples(content: Mapping[str, Any]) -> str:
    """How much the samples of a cluster differ, in a line."""
    drawn = content["diversity"]
    unions = [cluster["union"] for cluster in drawn["clusters"].values()]
    overlaps = [cluster["overlap"] for cluster in drawn["clusters"].values()]
    return (
        f"{drawn['samples']} samples of each cluster's prior, lists of {drawn['length']}: together "
        f"{min(unions)} to {max(unions)} articles, two lists overlap by {min(overlaps):.2f} to "
        f"{max(overlaps):.2f}; all samples {drawn['coverage']:.1%} of the catalogue, "
        f"lists served without history {drawn['coverage_served']:.1%}."
    )


def footer(content: Mapping[str, Any]) -> str:
    """The cut, the customers and the ceilings in a line."""
    cut, ceiling = content["cut"], content["ceiling"]
    when = f"from {cut['test_start']} to before {cut['test_end']}" if cut["test_start"] else "not cut in time"
    policy = "excluded" if content["exclude_bought"] else "allowed"
    return (
        f"Test {when} (split.by={cut['by']}); {content['customers']:,} customers, "
        f"{content['catalogue']:,} articles, bought ones {policy}. "
        f"Ceiling: recall_1 {ceiling['recall_1']:.3f}, recall_30 {ceiling['recall_30']:.3f}, "
        f"Recall@20 {ceiling['recall_20']:.3f}, NDCG@20 {ceiling['ndcg_20']:.3f}."
    )


def _short(count: int) -> str:
    return f"{count:,}" if count < 100_000 else f"{count / 1000:,.0f}k"


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold", padding=(0, 1))
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _models(content: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """(name, figures, style), the CVAE first."""
    yield "cvae", content, "bold green"
    models = content["models"]
    for name in sorted(models, key=lambda name: list(NAMES).index(name) if name in NAMES else len(NAMES)):
        yield name, models[name], "dim" if name.startswith("oracle") else ""


def _name(model: str) -> str:
    return NAMES.get(model, model)


if __name__ == "__main__":
    main()
