"""baselines: what the CVAE must beat, fitted and ranked for every customer of the test."""

import logging
import time
from typing import TYPE_CHECKING

from traindy.core.stage import run_stage

if TYPE_CHECKING:
    from traindy.core.params import Params

log = logging.getLogger("traindy")


def main(params: "Params") -> None:
    """Split, clusters and UPH in; each baseline's lists, under both repeat policies, out."""
    import torch

    from traindy.baselines.fit import Shop, fitted
    from traindy.baselines.lists import write_lists
    from traindy.cluster import read_clusters
    from traindy.core.cut import read_cut
    from traindy.core.files import output_folder, write_json
    from traindy.core.manifest import check_inputs
    from traindy.core.vocabulary import read_articles
    from traindy.evaluate.queries import load_queries
    from traindy.uph import load, merge

    paths, settings, threads = params.paths, params.baselines, params.engine.threads
    torch.set_num_threads(threads)
    inputs = check_inputs(params.paths, "split", "cluster", "uph")
    articles, cut, clusters = read_articles(paths.split), read_cut(paths.split), read_clusters(paths.cluster)
    train, valid = load(f"{paths.uph}/train"), load(f"{paths.uph}/valid")
    if settings.refit:
        shop = Shop(merge(train, valid), clusters, articles, articles.n_known, cut.test_start)
    else:
        shop = Shop(train, clusters, articles, articles.n_train, cut.valid_start)
    queries = load_queries(paths)
    skipped = shop.left_out(settings)
    for name, why in skipped.items():
        log.warning("warning: %s is left out: %s", name, why)
    names = []
    with output_folder(paths.baselines, inputs) as folder:
        started = time.perf_counter()
        for name, model in fitted(shop, settings, threads):
            ready = time.perf_counter()
            write_lists(folder, name, model, queries, settings.depth)
            ended = time.perf_counter()
            log.info("%s: fitted in %.1f s, ranked in %.1f s", name, ready - started, ended - ready)
            names.append(name)
            started = time.perf_counter()
    counts = {"queries": len(queries.customers), "articles": shop.n_articles, "models": names}
    write_json(f"{paths.metrics}/baselines.json", counts | {"skipped": skipped})


if __name__ == "__main__":
    run_stage("baselines", main)
