"""simulate: a shop in H&M's raw schema whose truth is known."""

import logging
from typing import TYPE_CHECKING

from traindy.core.stage import run_stage

if TYPE_CHECKING:
    from traindy.core.params import Params

log = logging.getLogger("traindy")


def main(params: "Params") -> None:
    """Parameters in; the raw files, the truth behind them and the comparison with the real shop out."""
    from traindy.core.files import output_folder, write_json
    from traindy.simulate.report import compare
    from traindy.simulate.shop import make_shop, write_shop
    from traindy.simulate.truth import write_truth

    settings, paths = params.simulate, params.paths
    shop = make_shop(settings)
    with output_folder(paths.simulated) as raw, output_folder(paths.truth) as truth:
        online_share = write_shop(shop, raw)
        write_truth(shop, truth)
    write_json(f"{paths.metrics}/simulate.json", compare(shop, online_share))
    log.info("simulate: %s rows, %s customers", f"{len(shop.rows.day):,}", f"{settings.customers:,}")


if __name__ == "__main__":
    run_stage("simulate", main)
