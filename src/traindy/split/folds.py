"""Which fold a transaction falls into: by time, by a share of each customer's articles, or as given.

Tables here hold customer, _listed, day; each function adds or changes `fold`.
"""

from collections.abc import Mapping

import ibis
import numpy as np
from ibis.expr.types import IntegerValue, Table

from traindy.core import params
from traindy.core.columns import ARTICLE_ID, CUSTOMER, CUSTOMER_ID, DAY
from traindy.core.cut import Cut, iso
from traindy.core.errors import UserError
from traindy.split.names import FOLD, LISTED, Fold
from traindy.split.shares import draw, exact, rounded

PAIR = [CUSTOMER, LISTED]


def time_cut(days: np.ndarray, rows: np.ndarray, split: params.Split) -> Cut:
    """Where `split.by: fraction | date` cuts.

    train: before valid_start; valid: from valid_start to before test_start; test: from test_start to before
    test_end, which is test_start + `horizon_days`, or the day after the last.

    Args:
        days: the days with transactions, rising, since 1970-01-01.
        rows: transactions on each.

    fraction: test_start is the earliest day with transactions from which on there are at most
    `test_fraction` of all rows. valid_start, for both, is the earliest from which on there are at most
    `share_of_validation` of the rows before test_start, if `split.valid_start` does not say it.

    Raises `UserError` if training, validation or test is left without rows.
    """
    if split.test_start and split.by == "date":
        test_start = _number(split.test_start)
    else:
        test_start = _last_share(days, rows, split.test_fraction)
    before = days < test_start
    if split.valid_start and split.by == "date":
        valid_start = _number(split.valid_start)
    else:
        valid_start = _last_share(days[before], rows[before], split.share_of_validation)
    test_end = test_start + split.horizon_days if split.horizon_days else max(int(days[-1]) + 1, test_start)
    cut = Cut(split.by, valid_start, test_start, test_end)
    _check_sides(days, rows, cut, split)
    return cut


def by_time(table: Table, cut: Cut) -> Table:
    """Folds of a cut in time; the bounds are `time_cut`'s."""
    day = table[DAY]
    return table.mutate(
        ibis.cases(
            (day < cut.valid_start, str(Fold.TRAIN)),
            (day < cut.test_start, str(Fold.VALID)),
            (day < cut.test_end, str(Fold.TEST)),
            else_=str(Fold.AFTER),
        ).name(FOLD)
    )


def by_customer(table: Table, customers: Table, articles: Table, split: params.Split) -> Table:
    """A random share of each customer's distinct articles is test, of the rest validation (`hold_out`)."""
    table = table.mutate(ibis.literal(str(Fold.TRAIN)).name(FOLD))
    shares = {Fold.TEST: split.test_fraction, Fold.VALID: split.share_of_validation}
    return hold_out(table, shares, split.seed, customers, articles)


def hold_out(
    table: Table, shares: Mapping[Fold, float], seed: int, customers: Table, articles: Table
) -> Table:
    """Move random shares of each customer's distinct training articles, with all their rows, to other folds.

    Of n >= 2 articles max(1, share * n rounded half up) are moved, but never all: one stays. A customer
    with one article keeps it. Each share is one of what the shares before it have left. The order is that
    of `shares.draw` over (seed, customer_id, article_id).
    """
    pairs = table.filter(table[FOLD] == str(Fold.TRAIN)).select(*PAIR).distinct()
    ids = customers.select(CUSTOMER, CUSTOMER_ID), articles.select(LISTED, ARTICLE_ID)
    pairs = pairs.left_join(ids[0], CUSTOMER).left_join(ids[1], LISTED)
    pairs = pairs.select(*PAIR, order=draw(f"fold/{seed}", pairs[CUSTOMER_ID], pairs[ARTICLE_ID]))
    pairs = pairs.select(
        *PAIR,
        place=ibis.row_number().over(group_by=CUSTOMER, order_by=["order", LISTED]),
        n=pairs.count().over(group_by=CUSTOMER),
    )
    taken: IntegerValue = ibis.literal(0)
    folds = []
    for fold, share in shares.items():
        left = pairs.n - taken
        taken = taken + ibis.least(left - 1, ibis.greatest(1, rounded(share, left)))
        folds.append((pairs.place < taken, str(fold)))
    moved = pairs.filter(pairs.place < taken).select(*PAIR, moved=ibis.cases(*folds))
    joined = table.left_join(moved, PAIR)
    fold = (joined[FOLD] == str(Fold.TRAIN)).ifelse(joined.moved.fill_null(str(Fold.TRAIN)), joined[FOLD])
    return joined.select(*(name for name in table.columns if name != FOLD), fold.name(FOLD))


def _last_share(days: np.ndarray, rows: np.ndarray, share: float) -> int:
    """The earliest of the days from which on there are at most `share` of the rows; else the day after."""
    most = int(exact(share) * int(rows.sum()))
    fits = rows[::-1].cumsum()[::-1] <= most
    return int(days[fits.argmax()]) if fits.any() else int(days.max(initial=-(2**31))) + 1


def _check_sides(days: np.ndarray, rows: np.ndarray, cut: Cut, split: params.Split) -> None:
    assert cut.valid_start is not None and cut.test_start is not None and cut.test_end is not None
    sides = {
        Fold.TEST: (days >= cut.test_start) & (days < cut.test_end),
        Fold.TRAIN: days < cut.valid_start,
        Fold.VALID: (days >= cut.valid_start) & (days < cut.test_start),
    }
    for fold, inside in sides.items():
        if not inside.any():
            biggest = days[rows.argmax()]
            raise UserError(
                f"{_parameters(split, fold)}: no rows for {fold}; the {int(rows.sum()):,} rows run from "
                f"{iso(int(days[0]))} to {iso(int(days[-1]))}, {int(rows.max()):,} on {iso(int(biggest))}; "
                "change it, or use split.by=per_customer"
            )


def _parameters(split: params.Split, empty: Fold) -> str:
    """The parameters that a side without rows comes from, as written on the command line."""
    names = ["test_start" if split.by == "date" else "test_fraction"]
    if empty != Fold.TEST:
        names.append("valid_start" if split.by == "date" and split.valid_start else "valid_fraction")
    elif split.horizon_days:
        names.append("horizon_days")
    values = split.model_copy(update={"valid_fraction": split.share_of_validation})
    return " ".join(f"split.{name}={getattr(values, name)}" for name in ["by", *names])


def _number(day: object) -> int:
    return int(np.datetime64(str(day), "D").astype(int))
