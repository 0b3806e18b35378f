"""The clusters on disk: one for every customer, and the modes in words."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from traindy.core.columns import CLUSTER, CUSTOMER
from traindy.core.errors import UserError
from traindy.core.files import read_json, write_json
from traindy.core.params import Cluster
from traindy.core.vocabulary import CUSTOMERS_FILE

if TYPE_CHECKING:
    from traindy.cluster.customers import Clustering

MODES_FILE: Final = "modes.json"


def write_modes(folder: Path, clustering: "Clustering", settings: Cluster) -> None:
    """Write modes.json: attributes with their bands and levels, and each cluster's size and mode.

    It is all that is needed to ask a new customer for its metadata and to put it into a cluster.
    """
    sizes, modes = clustering.sizes.tolist(), clustering.chosen.modes.to_dict("records")
    content = {
        "attributes": settings.attributes,
        "bands": settings.bands,
        "levels": {name: sorted(clustering.levels[name].unique()) for name in settings.attributes},
        "clusters": [
            {CLUSTER: c, "customers": size, "mode": mode}
            for c, (size, mode) in enumerate(zip(sizes, modes, strict=True))
        ],
    }
    write_json(folder / MODES_FILE, content)


def describe(clustering: "Clustering") -> dict[str, Any]:
    """The stage's metrics: how many profiles and clusters, the cost, customers of each cluster."""
    return {
        "profiles": len(clustering.levels.drop_duplicates()),
        "clusters": len(clustering.chosen.modes),
        "cost": clustering.chosen.cost,
        "sizes": {str(c): int(size) for c, size in enumerate(clustering.sizes)},
    }


def read_modes(folder: str | Path) -> pd.DataFrame:
    """The modes, clusters x attributes, for `assign`."""
    return pd.DataFrame([cluster["mode"] for cluster in read_json(Path(folder) / MODES_FILE)["clusters"]])


def read_clusters(folder: str | Path) -> np.ndarray:
    """The cluster of every customer, in the order of their positions: int32 [customers]."""
    file = Path(folder) / CUSTOMERS_FILE
    try:
        table = pq.read_table(file)
    except FileNotFoundError:
        raise UserError(f"{file}: not found; run `dvc repro cluster` to make it") from None
    except pa.ArrowInvalid as error:
        raise UserError(f"{file}: not readable as Parquet ({error}); remove it and run `dvc repro`") from None
    if not np.array_equal(table[CUSTOMER].to_numpy(), np.arange(len(table))):
        raise UserError(f"{file}: column {CUSTOMER} is not 0, 1, 2, …; remove it and run `dvc repro cluster`")
    clusters: np.ndarray = table[CLUSTER].to_numpy()
    return clusters
