"""train_cvae: trains the conditional variational autoencoder, and the same without its condition."""

import logging
from typing import TYPE_CHECKING

from traindy.core.stage import run_stage

if TYPE_CHECKING:
    from traindy.core.params import Params

log = logging.getLogger("traindy")


def main(params: "Params") -> None:
    """Read split, clusters and UPH; select the epoch on validation; fit again on both; write the models.

    Of several processes each reads the UPH of its own customers, and the first writes.
    """
    import torch
    from dvclive import Live

    from traindy.core.cut import read_cut
    from traindy.core.files import output_folder, whole_folder
    from traindy.core.manifest import check_inputs
    from traindy.core.vocabulary import EARLIER, read_articles
    from traindy.cvae.conditions import read_conditions
    from traindy.cvae.distributed import join
    from traindy.cvae.fit import Fitter
    from traindy.cvae.resume import kept_fits
    from traindy.cvae.store import save_models
    from traindy.cvae.train import train

    paths, settings = params.paths, params.cvae
    inputs = check_inputs(params.paths, "split", "cluster", "uph")
    articles = read_articles(paths.split)
    conditions = read_conditions(paths.cluster, settings.condition)
    cut = read_cut(paths.split)
    processes = join(params.trainer)
    torch.set_num_threads(params.engine.threads)
    n_customers = len(conditions.of_customer)
    before, during = (processes.load(f"{paths.uph}/{period}", n_customers) for period in ("train", "valid"))
    earlier = None if cut.earlier is None else processes.load(f"{paths.uph}/{EARLIER}", n_customers)
    determined_by = [settings.model_dump(), params.trainer.model_dump(), params.engine.threads, inputs]
    with kept_fits(paths.resume, determined_by, processes) as keep:
        fitter = Fitter(articles, conditions, settings, params.trainer, processes, keep)
        if not processes.first:
            train(fitter, before, during, cut, None, earlier)
            return
        with (
            output_folder(paths.cvae, inputs) as folder,
            whole_folder(f"{paths.metrics}/train_cvae") as curves,
            Live(str(curves), dvcyaml=None, save_dvc_exp=False) as live,
        ):
            models = train(fitter, before, during, cut, live, earlier)
            save_models(folder, models, articles)
    log.info("trained %s", ", ".join(models))


if __name__ == "__main__":
    run_stage("train_cvae", main)
