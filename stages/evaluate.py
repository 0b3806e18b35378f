"""evaluate: ranks the catalogue for every customer of the test and judges the CVAE beside the others."""

import logging
from typing import TYPE_CHECKING

from traindy.core.stage import run_stage

if TYPE_CHECKING:
    from traindy.core.params import Params

log = logging.getLogger("traindy")


def main(params: "Params") -> None:
    """Models, baselines' lists and test purchases in; the report and each customer's figures out."""
    import torch

    from traindy.cluster import read_profiles
    from traindy.core.cut import read_cut
    from traindy.core.files import output_folder, write_json
    from traindy.core.manifest import check_inputs
    from traindy.core.vocabulary import read_articles
    from traindy.evaluate.articles import article_bands, training_purchases
    from traindy.evaluate.diversity import diversity
    from traindy.evaluate.fairness import fairness, shown
    from traindy.evaluate.judged import judge
    from traindy.evaluate.leaks import leaks
    from traindy.evaluate.models import all_lists, check_k, conditions
    from traindy.evaluate.oracles import oracle_lists
    from traindy.evaluate.queries import load_queries
    from traindy.evaluate.report import headline, report
    from traindy.evaluate.write import write_per_customer
    from traindy.recommend.neutral import load_served

    paths, settings = params.paths, params.evaluate
    torch.set_num_threads(params.engine.threads)
    inputs = check_inputs(params.paths, "split", "cluster", "uph", "cvae", "baselines")
    articles, cut = read_articles(paths.split), read_cut(paths.split)
    check_k(settings.k, articles.n_known)
    purchases = training_purchases(paths)
    queries = load_queries(paths)
    judged = judge(queries, settings.k, settings.exclude_bought)
    cvae = load_served(params, articles)
    lists = all_lists(params, cvae, articles, queries, judged.depth)
    lists |= oracle_lists(params, cut, articles, queries, judged.depth)
    figures = {name: judged.figures(of_model) for name, of_model in lists.items()}
    content = report(judged, lists, figures, articles.n_known, settings.bootstrap, settings.seed)
    with output_folder(paths.evaluation, inputs) as folder:
        write_per_customer(folder, judged, figures)
    facts = {
        "article_bands": article_bands(judged, lists, purchases, articles.n_known),
        "diversity": diversity(cvae, conditions(cvae, queries)),
        "queries_without_truth": len(queries.customers) - len(judged.rows),
        "exclude_bought": settings.exclude_bought,
        "catalogue": articles.n_known,
        "cut": {"by": cut.by, **cut.dates},
    }
    write_json(f"{paths.metrics}/evaluate.json", content | facts)
    few = headline(content)
    write_json(f"{paths.metrics}/headline.json", few)
    seen = shown(judged, lists, articles, read_profiles(paths.cluster)[1])
    fair = fairness(judged, figures, seen, articles, settings.bootstrap, settings.seed)
    write_json(f"{paths.metrics}/fairness.json", fair)
    write_json(f"{paths.metrics}/leaks.json", leaks(params, cvae, queries, lists))
    log.info("evaluate: %d customers, %s", content["customers"], few)


if __name__ == "__main__":
    run_stage("evaluate", main)
