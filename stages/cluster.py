"""cluster: clusters customers by their categorical metadata with k-modes, and draws the elbow curve."""

import logging
from typing import TYPE_CHECKING

from traindy.core.stage import run_stage

if TYPE_CHECKING:
    from traindy.core.params import Params

log = logging.getLogger("traindy")


def main(params: "Params") -> None:
    """The split's customers in; a cluster for everybody, the modes in words and the elbow out."""
    from pathlib import Path

    import pandas as pd

    from traindy.cluster.control import shuffle_customers
    from traindy.cluster.customers import cluster_profiles, count_profiles, write_customers
    from traindy.cluster.store import describe, write_modes
    from traindy.core.engine import open_engine
    from traindy.core.files import output_folder, write_json, write_text
    from traindy.core.manifest import check_inputs
    from traindy.core.vocabulary import CUSTOMERS_FILE

    settings, metrics = params.cluster, params.paths.metrics
    inputs = check_inputs(params.paths, "split")
    source = Path(params.paths.split) / CUSTOMERS_FILE
    with (
        output_folder(params.paths.cluster, inputs) as folder,
        open_engine(params.engine, scratch=folder / "scratch") as engine,
    ):
        customers = engine.read_parquet(source)
        profiles = count_profiles(engine, customers, settings.attributes)
        clustering = cluster_profiles(profiles, settings, str(source))
        write_customers(engine, customers, clustering, folder)
        write_modes(folder, clustering, settings)
        if settings.shuffle:
            shuffle_customers(folder, settings.seed)
    costs = [fit.cost for fit in clustering.fits]
    elbow = pd.DataFrame({"n_clusters": range(1, len(costs) + 1), "cost": costs})
    write_text(f"{metrics}/elbow.csv", elbow.to_csv(index=False, lineterminator="\n"))
    write_json(f"{metrics}/cluster.json", describe(clustering))
    log.info("cluster: %d profiles, sizes %s", len(clustering.levels.drop_duplicates()), clustering.sizes)


if __name__ == "__main__":
    run_stage("cluster", main)
