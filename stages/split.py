"""split: check the raw files, give customers and articles positions, cut the transactions."""

import logging
from typing import TYPE_CHECKING

from traindy.core.files import output_folder, write_json
from traindy.core.stage import run_stage

if TYPE_CHECKING:
    from traindy.core.params import Params

log = logging.getLogger("traindy")


def main(params: "Params") -> None:
    """Raw files in; train, valid, test, fold_in, the two vocabularies and the cut out."""
    from traindy.core.engine import open_engine  # heavy, so only once the parameters are known to be valid
    from traindy.split.shop import split_shop, write_split

    with (
        output_folder(params.paths.split) as folder,
        open_engine(params.engine, scratch=folder / "scratch") as engine,
    ):
        split = split_shop(engine, params)
        write_split(engine, split, folder)
    write_json(f"{params.paths.metrics}/split.json", split.counts)
    rows, customers = split.counts["rows"], split.counts["customers"]
    log.info("split: %s rows: %s", f"{rows['read']:,}", rows)
    log.info("split: %s customers: %s", f"{customers['total']:,}", customers)


if __name__ == "__main__":
    run_stage("split", main)
