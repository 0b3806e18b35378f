"""recommend: a list for every customer, from the history or from the cluster alone."""

import logging
from typing import TYPE_CHECKING

from traindy.core.stage import run_stage

if TYPE_CHECKING:
    from traindy.core.params import Params

log = logging.getLogger("traindy")


def main(params: "Params") -> None:
    """Model, clusters and UPH in; recommendations.parquet, and submission.csv if it is asked for, out."""
    import torch

    from traindy.core.cut import read_cut
    from traindy.core.files import output_folder, write_json
    from traindy.core.manifest import check_inputs
    from traindy.core.vocabulary import read_articles, read_customers
    from traindy.cvae.conditions import conditions_of, most_frequent
    from traindy.recommend.batch import Shop, on_sale, write_parquet
    from traindy.recommend.neutral import load_served
    from traindy.recommend.submission import write_submission
    from traindy.uph import load, merge

    paths, settings = params.paths, params.recommend
    torch.set_num_threads(params.engine.threads)
    inputs = check_inputs(params.paths, "split", "cluster", "uph", "cvae")
    articles = read_articles(paths.split)
    model = load_served(params, articles)
    history = merge(*(load(f"{paths.uph}/{period}") for period in ("train", "valid", "fold_in")))
    conditions = conditions_of(model.net, paths.cluster)
    shop = Shop(read_customers(paths.split).ids, articles.ids, history, conditions)
    cut = read_cut(paths.split).test_start
    allowed = on_sale(history, model.net.config.n_articles, cut, settings.articles)
    with output_folder(paths.recommendations, inputs) as folder:
        found, counts = write_parquet(folder, model, shop, settings.k, settings.exclude_bought, allowed)
        if settings.submission:
            usual = model.best_without_history(settings.k, most_frequent(conditions), allowed).articles[0]
            counts["submission"] = write_submission(folder, settings.sample_submission, shop, found, usual)
    write_json(f"{paths.metrics}/recommend.json", counts)
    log.info("recommend: %s", counts)


if __name__ == "__main__":
    run_stage("recommend", main)
