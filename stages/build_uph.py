"""build_uph: the user purchase history, sparse customers x articles matrices of 1 and 0."""

import logging
from typing import TYPE_CHECKING

from traindy.core.stage import run_stage

if TYPE_CHECKING:
    from traindy.core.params import Params

log = logging.getLogger("traindy")


def main(params: "Params") -> None:
    """The split's rows in; a folder of NPZ shards for each period out, and one as of `Cut.earlier`."""
    from pathlib import Path

    from traindy.core.cut import read_cut
    from traindy.core.engine import open_engine
    from traindy.core.files import output_folder, write_json
    from traindy.core.manifest import check_inputs
    from traindy.core.vocabulary import EARLIER, PERIODS, count_customers, read_articles
    from traindy.uph.build import write

    split = Path(params.paths.split)
    inputs = check_inputs(params.paths, "split")
    shape = count_customers(split), read_articles(split).n_all
    counts: dict[str, object] = {"customers": shape[0], "articles": shape[1]}
    with (
        output_folder(params.paths.uph, inputs) as folder,
        open_engine(params.engine, scratch=folder / "scratch") as engine,
    ):
        parts: dict[str, tuple[Path, int | None]] = {
            period: (split / f"{period}.parquet", None) for period in PERIODS
        }
        if (earlier := read_cut(split).earlier) is not None:
            parts[EARLIER] = split / "train.parquet", earlier
        for name, (file, until) in parts.items():
            size = params.build_uph.shard_customers
            counts[name] = write(engine, file, folder / name, shape, size, until)
            log.info("build_uph: %s: %s", name, counts[name])
    write_json(f"{params.paths.metrics}/build_uph.json", counts)


if __name__ == "__main__":
    run_stage("build_uph", main)
