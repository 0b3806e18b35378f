"""build_uph: the user purchase history, sparse customers x articles matrices of 1 and 0."""

import logging
from typing import TYPE_CHECKING

from traindy.core.stage import run_stage

if TYPE_CHECKING:
    from traindy.core.params import Params

log = logging.getLogger("traindy")


def main(params: "Params") -> None:
    """The split's rows in; a folder of NPZ shards for each period out."""
    from pathlib import Path

    from traindy.core.engine import open_engine
    from traindy.core.files import output_folder, write_json
    from traindy.core.manifest import check_inputs
    from traindy.core.vocabulary import PERIODS, count_customers, read_articles
    from traindy.uph.build import write

    split = Path(params.paths.split)
    inputs = check_inputs(params.paths, "split")
    shape = count_customers(split), read_articles(split).n_all
    counts: dict[str, object] = {"customers": shape[0], "articles": shape[1]}
    with (
        output_folder(params.paths.uph, inputs) as folder,
        open_engine(params.engine, scratch=folder / "scratch") as engine,
    ):
        for period in PERIODS:
            file = split / f"{period}.parquet"
            counts[period] = write(engine, file, folder / period, shape, params.build_uph.shard_customers)
            log.info("build_uph: %s: %s", period, counts[period])
    write_json(f"{params.paths.metrics}/build_uph.json", counts)


if __name__ == "__main__":
    run_stage("build_uph", main)
