"""The command `traindy`: what a trained model says, in a terminal.

examples:
  traindy recommend age=28 club_member_status=ACTIVE
  traindy recommend --bought 0706016001 0372860001 -k 5
  traindy similar 0706016001
  traindy segments
  traindy forget CUSTOMER_ID
  traindy serve --port 8000

Run it in the project's folder, after `dvc repro`.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from traindy.core.errors import UserError
from traindy.core.forgotten import forget
from traindy.core.params import Params
from traindy.core.runtime import spin_little
from traindy.core.vocabulary import CUSTOMERS_FILE, read_customers

if TYPE_CHECKING:
    from traindy.recommend.desk import Desk

SHOWN = 3
"""Attributes of an article that are shown, the first of `data.article_attributes`."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; errors are one line, exit status 1."""
    asked = parser().parse_args(arguments)
    spin_little()
    try:
        from traindy.core.config import load_params
        from traindy.recommend.desk import Desk

        params = load_params([])
        if asked.command in ("serve", "forget"):
            return _serve(params, asked) if asked.command == "serve" else _forget(params, asked.customers)
        table = {"recommend": _recommend, "similar": _similar, "segments": _segments}[asked.command](
            Desk.open(params), asked
        )
    except UserError as error:
        sys.exit(f"error: {error}")
    Console().print(table)


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    made = argparse.ArgumentParser(
        prog="traindy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = made.add_subparsers(dest="command", required=True)
    recommend = commands.add_parser("recommend", help="a list for somebody, by metadata and articles bought")
    recommend.add_argument(
        "said", nargs="*", metavar="attribute=level", help="what is known; the rest counts as missing"
    )
    recommend.add_argument("--bought", nargs="+", default=[], metavar="ARTICLE_ID")
    similar = commands.add_parser("similar", help="articles that resemble one")
    similar.add_argument("article", metavar="ARTICLE_ID")
    for command in (recommend, similar):
        command.add_argument("-k", type=int, default=12, help="length of the list; 12")
    serve = commands.add_parser("serve", help="the web app; needs pip install '.[serve]'")
    serve.add_argument("--host", default="127.0.0.1", help="127.0.0.1: this machine alone")
    serve.add_argument("--port", type=int, default=8000, help="8000")
    commands.add_parser("segments", help="the clusters in words: size, modes, top articles")
    forgets = commands.add_parser("forget", help="leave customers out from the next `dvc repro` on")
    forgets.add_argument("customers", nargs="+", metavar="CUSTOMER_ID", help="-: read them, one a line")
    return made


def _serve(params: Params, asked: argparse.Namespace) -> None:
    try:
        from traindy.serve.run import serve
    except ModuleNotFoundError as error:
        raise UserError(f"serve needs {error.name}; install it with `pip install '.[serve]'`") from None
    serve(params, asked.host, asked.port)


def _forget(params: Params, customers: list[str]) -> None:
    ids = sys.stdin.read().splitlines() if customers == ["-"] else customers
    if not all(ids):
        raise UserError("forget: an id is empty; give whole ids, as they stand in the customers file")
    if (Path(params.paths.split) / CUSTOMERS_FILE).exists():
        unknown = set(ids) - set(read_customers(params.paths.split).ids.to_pylist())
        if unknown:
            print(f"warning: {len(unknown)} of {len(ids)} were not in the last split; are the ids whole?")
    added = forget(params.paths.forgotten, ids)
    print(f"{added} added to {params.paths.forgotten}; now `dvc repro`, then clear caches (docs/privacy.md)")


def _recommend(desk: "Desk", asked: argparse.Namespace) -> Table:
    said = dict(_pair(each) for each in asked.said)
    found = desk.recommend(said, asked.bought, _length(desk, asked.k))
    table = _table(desk, "score", "because you bought")
    for place, each in enumerate(found, 1):
        because = ", ".join(_name(desk, one.article) for one in each.because)
        _add(table, str(place), *_article(desk, each.article), f"{each.score:.2f}", because)
    return table


def _similar(desk: "Desk", asked: argparse.Namespace) -> Table:
    from traindy.recommend.similar import similar

    nearest, cosine = similar(desk.model.articles(), desk.position(asked.article), _length(desk, asked.k))
    table = _table(desk, "cosine")
    for place, (article, value) in enumerate(zip(nearest.tolist(), cosine.tolist(), strict=True), 1):
        _add(table, str(place), *_article(desk, article), f"{value:.3f}")
    return table


def _segments(desk: "Desk", _: argparse.Namespace) -> Table:
    table = Table(title="Segments")
    for column in ("cluster", "customers", "most often", "bought most, as the model sees it"):
        table.add_column(column, overflow="fold")
    for each in desk.metadata["clusters"]:
        mode = dict(each["mode"])
        top = [_name(desk, one.article) for one in desk.recommend(mode, [], 3)]
        words = ", ".join(f"{name}: {level}" for name, level in mode.items())
        _add(
            table,
            str(each["cluster"]),
            "few" if each["customers"] is None else f"{each['customers']:,}",
            words,
            ", ".join(top),
        )
    return table


def _table(desk: "Desk", *more: str) -> Table:
    table = Table()
    for column in ("", "article_id", *desk.articles.attributes.column_names[:SHOWN], *more):
        table.add_column(Text(column), overflow="fold")
    return table


def _add(table: Table, *cells: str) -> None:
    """A row of a shop's own words, in which brackets are no markup."""
    table.add_row(*map(Text, cells))


def _article(desk: "Desk", place: int) -> list[str]:
    """Its id, and what it is."""
    row = desk.articles.attributes.slice(place, 1).to_pylist()[0]
    shown = [str(value or "") for value in list(row.values())[:SHOWN]]
    return [str(desk.articles.ids[place]), *shown]


def _name(desk: "Desk", place: int) -> str:
    """In a word: the attributes that a person would say, else the id."""
    row = desk.articles.attributes.slice(place, 1).to_pylist()[0]
    return str(row.get("prod_name") or desk.articles.ids[place])


def _pair(text: str) -> tuple[str, str]:
    name, equals, level = text.partition("=")
    if not equals:
        raise UserError(f"{text}: not attribute=level, as age=28")
    return name, level


def _length(desk: "Desk", k: int) -> int:
    most = desk.model.net.config.n_articles - 1
    if not 1 <= k <= most:
        raise UserError(f"-k {k}: must be 1 to {most:,}")
    return k


if __name__ == "__main__":
    main()
