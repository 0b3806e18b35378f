"""What the folds say of each customer and each article, and so of the file that a row goes to."""

from collections.abc import Mapping
from typing import Final

import ibis
from ibis.expr.types import Table

from traindy.core.columns import ARTICLE, ARTICLE_ID, CUSTOMER, CUSTOMER_ID, GROUP, PHASE
from traindy.core.vocabulary import ArticlePhase, CustomerGroup
from traindy.split.names import FOLD, LISTED, Fold
from traindy.split.shares import in_share

FILES: Final[Mapping[str, tuple[tuple[Fold, ...], CustomerGroup | None]]] = {
    str(Fold.TRAIN): ((Fold.TRAIN,), CustomerGroup.WARM),
    str(Fold.VALID): ((Fold.VALID,), CustomerGroup.WARM),
    str(Fold.TEST): ((Fold.TEST,), None),
    "fold_in": ((Fold.TRAIN, Fold.VALID), CustomerGroup.HELD_OUT),
}
"""The outputs with transactions, without their suffix: the folds in each, and whose (None: everybody's)."""

PHASES = (ArticlePhase.TRAIN, ArticlePhase.VALID, ArticlePhase.LATER)


def group_customers(rows: Table, customers: Table, held_out: float, seed: int) -> Table:
    """customer, group, and the customer's rows in each fold; every customer.

    cold: no row before the test. held_out: of the others, a random share drawn by (seed, customer_id).
    warm: the rest.
    """
    chosen = in_share(held_out, f"held_out/{seed}", customers[CUSTOMER_ID])
    table = _counted(rows, customers.select(CUSTOMER, chosen=chosen), CUSTOMER)
    group = ibis.cases(
        (table[Fold.TRAIN] + table[Fold.VALID] == 0, str(CustomerGroup.COLD)),
        (table.chosen, str(CustomerGroup.HELD_OUT)),
        else_=str(CustomerGroup.WARM),
    )
    return table.select(CUSTOMER, group.name(GROUP), *Fold)


def phase_articles(rows: Table, articles: Table, everything: bool) -> Table:
    """_listed, article (0-based int32 position by phase, then id), phase, and the rows in each fold.

    An article's phase is that of its first sale to anyone, held-out customers included; with `everything`
    all are known from the start.
    """
    table = _counted(rows, articles.select(LISTED, ARTICLE_ID), LISTED)
    rank = ibis.cases((table[Fold.TRAIN] > 0, 0), (table[Fold.VALID] > 0, 1), else_=2)
    table = table.mutate(rank=ibis.literal(0) if everything else rank)
    position = ibis.row_number().over(order_by=["rank", ARTICLE_ID]).cast("int32")
    phase = table["rank"].cases(*[(i, str(phase)) for i, phase in enumerate(PHASES)], else_=str(PHASES[-1]))
    return table.select(LISTED, position.name(ARTICLE), phase.name(PHASE), *Fold)


def _counted(rows: Table, all_: Table, key: str) -> Table:
    counts = rows.group_by(key).aggregate(
        **{str(fold): rows.count(where=rows[FOLD] == str(fold)) for fold in Fold}
    )
    joined = all_.left_join(counts, key)
    return joined.select(*all_.columns, **{str(fold): joined[fold].fill_null(0) for fold in Fold})
