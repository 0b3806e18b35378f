"""What metrics/split.json says, from the rows of each customer and of each article."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from ibis.expr.types import Table

from traindy.core import params
from traindy.core.engine import Engine
from traindy.core.errors import UserError
from traindy.core.vocabulary import ArticlePhase
from traindy.split.faults import Fault
from traindy.split.names import Fold
from traindy.split.standing import FILES

Counts = Mapping[str, Mapping[str, int]]
"""For each group or phase, how many there are (`ALL`), how many with test rows, and the rows in each fold."""

ALL: Final = "all"
WITH_TEST_ROWS: Final = "with_test_rows"


def count_by(engine: Engine, table: Table, name: str, values: type[StrEnum]) -> Counts:
    """Count a table of `standing` by its column `name`, for each of the `values` that it may have."""
    sums = {str(fold): table[fold].sum() for fold in Fold}
    sums |= {ALL: table.count(), WITH_TEST_ROWS: (table[Fold.TEST] > 0).sum()}
    found = {row[name]: row for row in engine.fetch(table.group_by(name).aggregate(**sums))}
    return {str(value): {what: int(found.get(value, {}).get(what) or 0) for what in sums} for value in values}


def split_counts(groups: Counts, phases: Counts, dropped: Mapping[Fault, int]) -> dict[str, Any]:
    """Rows read, written to each file and dropped; customers, articles; what no model can reach."""
    rows = {name: _rows_in(groups, name) for name in FILES}
    lost = {str(fault): n for fault, n in dropped.items()} | {"after_horizon": _total(groups, Fold.AFTER)}
    later = phases[ArticlePhase.LATER]
    return {
        "rows": {"read": sum(rows.values()) + sum(lost.values()), **rows, "dropped": lost},
        "customers": {
            "total": _total(groups, ALL),
            **{group: counts[ALL] for group, counts in groups.items()},
            WITH_TEST_ROWS: {group: counts[WITH_TEST_ROWS] for group, counts in groups.items()},
        },
        "articles": {
            "total": _total(phases, ALL),
            "known_at_validation": phases[ArticlePhase.TRAIN][ALL],
            "known_at_test": phases[ArticlePhase.TRAIN][ALL] + phases[ArticlePhase.VALID][ALL],
            "later": later[ALL],
        },
        "unreachable": {"test_rows": later[Fold.TEST], "articles": later[WITH_TEST_ROWS]},
    }


def check_files(groups: Counts, split: params.Split) -> None:
    """Raise `UserError` if train, valid or test would have no rows."""
    for name in Fold.TRAIN, Fold.VALID, Fold.TEST:
        if not _rows_in(groups, name):
            raise UserError(
                f"split.by={split.by} split.held_out={split.held_out}: no rows for {name}, of "
                f"{sum(_total(groups, fold) for fold in Fold):,}; hold out fewer customers, or cut elsewhere"
            )


def _rows_in(groups: Counts, name: str) -> int:
    folds, whose = FILES[name]
    return sum(groups[group][fold] for group in groups if whose in (None, group) for fold in folds)


def _total(of: Counts, what: str) -> int:
    return sum(counts[what] for counts in of.values())
