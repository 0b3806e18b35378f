"""The clusters on disk: one for every customer, the modes in words, and the profiles."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from traindy.core.columns import CLUSTER, CUSTOMER, PROFILE
from traindy.core.errors import UserError
from traindy.core.files import read_json, write_json
from traindy.core.params import Cluster
from traindy.core.vocabulary import CUSTOMERS_FILE

if TYPE_CHECKING:
    from traindy.cluster.customers import Clustering

MODES_FILE: Final = "modes.json"
PROFILES_FILE: Final = "profiles.parquet"


def write_modes(folder: Path, clustering: "Clustering", settings: Cluster) -> None:
    """Write modes.json: attributes with their bands and levels, and each cluster's size and mode.

    It is all that is needed to ask a new customer for its metadata and to put it into a cluster. A size below
    `cluster.min_size` is null: nobody who reads this is to show it.
    """
    sizes, modes = clustering.sizes.tolist(), clustering.chosen.modes.to_dict("records")
    content = {
        "attributes": settings.attributes,
        "bands": settings.bands,
        "ranges": settings.ranges,
        "levels": {name: sorted(clustering.levels[name].unique()) for name in settings.attributes},
        "clusters": [
            {CLUSTER: c, "customers": size if size >= settings.min_size else None, "mode": mode}
            for c, (size, mode) in enumerate(zip(sizes, modes, strict=True))
        ],
    }
    write_json(folder / MODES_FILE, content)


def describe(clustering: "Clustering") -> dict[str, Any]:
    """The stage's metrics: how many profiles and clusters, the cost, customers of each cluster."""
    return {
        "profiles": len(clustering.levels.drop_duplicates()),
        "clusters": len(clustering.chosen.modes),
        "merged": clustering.found - len(clustering.chosen.modes),
        "cost": clustering.chosen.cost,
        "out_of_range": clustering.out_of_range,
        "sizes": {str(c): int(size) for c, size in enumerate(clustering.sizes)},
    }


def read_modes(folder: str | Path) -> pd.DataFrame:
    """The modes, clusters x attributes, for `assign`."""
    return pd.DataFrame([cluster["mode"] for cluster in read_json(Path(folder) / MODES_FILE)["clusters"]])


def write_profiles(folder: Path, profiles: pd.DataFrame) -> None:
    """Write profiles.parquet: profile, cluster, levels; a row for each distinct profile, in their order."""
    distinct = profiles.drop_duplicates(PROFILE).sort_values(PROFILE)
    pq.write_table(pa.Table.from_pandas(distinct, preserve_index=False), folder / PROFILES_FILE)


def read_clusters(folder: str | Path) -> np.ndarray:
    """The cluster of every customer, in the order of their positions: int32 [customers]."""
    return _column(folder, CUSTOMERS_FILE, CUSTOMER, CLUSTER)


def read_profiles(folder: str | Path) -> tuple[np.ndarray, pd.DataFrame]:
    """The profile of every customer, int32 [customers], and what each profile is: cluster, levels."""
    of_customer = _column(folder, CUSTOMERS_FILE, CUSTOMER, PROFILE)
    return of_customer, _table(folder, PROFILES_FILE, PROFILE).drop_columns([PROFILE]).to_pandas()


def _column(folder: str | Path, name: str, position: str, column: str) -> np.ndarray:
    values: np.ndarray = _table(folder, name, position)[column].to_numpy()
    return values


def _table(folder: str | Path, name: str, position: str) -> pa.Table:
    file = Path(folder) / name
    try:
        table = pq.read_table(file)
    except FileNotFoundError:
        raise UserError(f"{file}: not found; run `dvc repro cluster` to make it") from None
    except (pa.ArrowException, OSError) as error:
        raise UserError(f"{file}: not readable as Parquet ({error}); run `dvc repro cluster`") from None
    if not np.array_equal(table[position].to_numpy(), np.arange(len(table))):
        raise UserError(f"{file}: column {position} is not 0, 1, 2, …; run `dvc repro cluster`")
    return table
