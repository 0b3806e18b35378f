"""Kaggle's submission.csv: twelve articles for every customer that the sample names, in its order."""

from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from traindy.core.errors import UserError
from traindy.recommend.batch import Shop

LENGTH: Final = 12
CUSTOMER, PREDICTION = "customer_id", "prediction"
"""Kaggle's own names."""
FILE: Final = "submission.csv"


def write_submission(
    folder: Path, sample: str | Path, shop: Shop, lists: np.ndarray, others: np.ndarray
) -> int:
    """Write submission.csv and return its rows.

    lists: int32 [customers, 12 or more], -1 after the last. others: int32 [12 or more], for customers of the
    sample that customers.csv does not have.
    """
    asked = _customers(Path(sample))
    texts = pa.array([*_texts(shop, lists), *_texts(shop, others[None])])
    place = pc.fill_null(pc.index_in(asked, value_set=shop.customer_ids), len(lists))
    options = pacsv.WriteOptions(quoting_style="none", quoting_header="none")
    table = pa.table({CUSTOMER: asked, PREDICTION: texts.take(place)})
    try:
        pacsv.write_csv(table, folder / FILE, write_options=options)
    except pa.ArrowInvalid:
        raise UserError(
            f"{sample}: an id has a comma, a quote or a line break, for which Kaggle's form has no place; "
            "set recommend.submission=false"
        ) from None
    return len(table)


def _customers(sample: Path) -> pa.Array:
    options = pacsv.ConvertOptions(include_columns=[CUSTOMER], column_types={CUSTOMER: pa.string()})
    try:
        return pacsv.read_csv(sample, convert_options=options)[CUSTOMER].combine_chunks()
    except FileNotFoundError:
        raise UserError(
            f"recommend.sample_submission={sample}: not found; download it from Kaggle, or set "
            "recommend.submission=false"
        ) from None
    except (pa.ArrowInvalid, KeyError):  # Arrow's own words quote the row, ids and all
        raise UserError(
            f"{sample}: not a sample submission: no column {CUSTOMER}, or a row of another length"
        ) from None


def _texts(shop: Shop, lists: np.ndarray) -> list[str]:
    # The ids stand in a list as they are: an article's id is text, leading zeroes kept.
    ids = np.array([*shop.article_ids.to_pylist(), ""], dtype=object)
    return [" ".join(row).rstrip() for row in ids[lists[:, :LENGTH]].tolist()]
