"""The oracles: what somebody would recommend who knew the simulated shop's true parameters.

A customer with taste theta over styles buys article i, of style s, in a window in proportion to

    theta_s * sum over the window's weeks of (rows of the week) * (share of i in the appeal of s).

Second units, repeats and the other articles of a basket's line are left out: they add what a history tells.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from safetensors import SafetensorError
from safetensors.numpy import load_file

from traindy.core.errors import UserError

PARAMETERS = "parameters.safetensors"
CUSTOMERS = "customers.parquet"
ARTICLES = "articles.parquet"
WEEK = 7


@dataclass(frozen=True)
class Truth:
    """The true parameters, by the shop's own ids."""

    customer_ids: pa.Array
    segment: np.ndarray
    taste: np.ndarray
    """float32 [customers, styles]"""
    segment_taste: np.ndarray
    """float32 [segments, styles]"""
    article_ids: pa.Array
    style: np.ndarray
    share_of_style: np.ndarray
    """float32 [weeks, articles]"""
    rows_a_week: np.ndarray
    first_day: int
    """Days since 1970-01-01."""


@dataclass(frozen=True)
class Oracle:
    """Expected purchases by customer and article, up to a factor for each customer."""

    taste: np.ndarray
    """float32 [customers asked about, styles]"""
    style: np.ndarray
    """Of each article of the catalogue."""
    window: np.ndarray
    """float32 [articles]: how much of its style each sells in the window."""

    def scores(self, rows: np.ndarray) -> np.ndarray:
        """float32 [len(rows), articles] for rows of the customers asked about."""
        return self.taste[rows][:, self.style] * self.window


def load_truth(folder: str | Path) -> Truth:
    """Read what the simulate stage wrote."""
    folder = Path(folder)
    try:
        tensors = load_file(folder / PARAMETERS)
        customers, articles = pq.read_table(folder / CUSTOMERS), pq.read_table(folder / ARTICLES)
        return Truth(
            customers["customer_id"].combine_chunks(), customers["segment"].to_numpy(), tensors["taste"],
            tensors["segment_taste"], articles["article_id"].combine_chunks(), articles["style"].to_numpy(),
            tensors["share_of_style"], tensors["rows_a_week"], int(tensors["first_day"][0]),
        )  # fmt: skip
    except (OSError, KeyError, SafetensorError, pa.ArrowInvalid) as error:
        raise UserError(f"{folder}: not the simulator's truth ({error}); run `dvc repro simulate`") from None


def true_taste(
    truth: Truth, customer_ids: pa.Array, article_ids: pa.Array, window: tuple[int | None, int | None]
) -> Oracle:
    """Knows each customer's own taste. window: first day and first day after, None for an open end."""
    return _oracle(truth, truth.taste[_places(truth.customer_ids, customer_ids)], article_ids, window)


def segment(
    truth: Truth, customer_ids: pa.Array, article_ids: pa.Array, window: tuple[int | None, int | None]
) -> Oracle:
    """Knows the mean taste of each customer's segment alone: the limit for a customer without history."""
    of_customer = truth.segment[_places(truth.customer_ids, customer_ids)]
    return _oracle(truth, truth.segment_taste[of_customer], article_ids, window)


def segment_now(
    truth: Truth, customer_ids: pa.Array, article_ids: pa.Array, window: tuple[int | None, int | None]
) -> Oracle:
    """Knows the same, and of the articles how they sold in the last whole week before the window: the limit
    for who cannot see ahead."""
    if window[0] is None:
        return segment(truth, customer_ids, article_ids, window)
    # The truth is by weeks: the one that the window begins in is partly the window's.
    end = window[0] - (window[0] - truth.first_day) % WEEK
    return segment(truth, customer_ids, article_ids, (end - WEEK, end))


def _oracle(
    truth: Truth, taste: np.ndarray, article_ids: pa.Array, window: tuple[int | None, int | None]
) -> Oracle:
    places = _places(truth.article_ids, article_ids)
    first = 0 if window[0] is None else (window[0] - truth.first_day) // WEEK
    last = None if window[1] is None else -(-(window[1] - truth.first_day) // WEEK)
    weeks = slice(max(first, 0), last)
    sold = truth.rows_a_week[weeks] @ truth.share_of_style[weeks][:, places]
    return Oracle(taste, truth.style[places], sold.astype(np.float32))


def _places(known: pa.Array, asked: pa.Array) -> np.ndarray:
    places = pc.index_in(asked, value_set=known)
    if places.null_count:
        raise UserError(
            f"{places.null_count} ids of the split are not the simulated shop's; run `dvc repro` to make both"
        )
    found: np.ndarray = places.to_numpy()
    return found
