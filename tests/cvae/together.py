"""Trains on the shop in the folder above as the stage does, and notes what each process saw and read.

Without dropout nothing else is drawn either, so that all that is left of chance is the order of the steps.

Started by test_distributed.py, and by Lightning once more for every further process.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa

from traindy.core.cut import Cut
from traindy.core.stage import run_stage
from traindy.core.vocabulary import Articles
from traindy.cvae.conditions import by_cluster
from traindy.cvae.distributed import join
from traindy.cvae.fit import Fitter
from traindy.cvae.gaussian import Gaussian
from traindy.cvae.module import CvaeModule
from traindy.cvae.train import CONDITIONED, train
from traindy.cvae.validation import Selection

CUSTOMERS, ARTICLES = 20_001, 20
KIND = np.arange(CUSTOMERS) % 2
NO_TIME = Cut("per_customer", None, None, None)


class Curve:
    """What the stage gives to DVCLive."""

    def __init__(self):
        self.metrics, self.summary = {}, {}

    def log_metric(self, name, value):
        self.metrics.setdefault(name, []).append(value)

    def next_step(self):
        pass


def note(noted):
    """Note the files opened and, of the first fit, the customers of each epoch's steps."""

    def opened(event, arguments):
        if event == "open" and str(arguments[0]).endswith(".npz"):
            noted["opened"].append("/".join(Path(arguments[0]).parts[-2:]))

    step = CvaeModule.training_step

    def training_step(self, batch, index):
        if any(isinstance(callback, Selection) for callback in self.trainer.callbacks):
            noted["seen"].append([self.current_epoch, index, batch.customers.tolist()])
        return step(self, batch, index)

    sys.addaudithook(opened)
    CvaeModule.training_step = training_step


def main(params):
    noted = {"opened": [], "seen": []}
    note(noted)
    if params.cvae.input_dropout == params.cvae.history_dropout == 0:
        Gaussian.sample = lambda self: self.mean
    processes = join(params.trainer)
    before, during = (processes.load(f"../{period}", CUSTOMERS) for period in ("train", "valid"))
    ids = pa.chunked_array([[f"{i:02d}" for i in range(ARTICLES)]])
    articles = Articles(ids, pa.table({"colour": ["red", "blue"] * (ARTICLES // 2)}), ARTICLES, ARTICLES)
    fitter = Fitter(articles, by_cluster(KIND), params.cvae, params.trainer, processes)
    curve = Curve()
    models = train(fitter, before, during, NO_TIME, curve if processes.first else None)
    noted |= {"curve": curve.metrics, "weights": models[CONDITIONED].weights.as_dict()}
    noted["sums"] = {n: float(w.double().sum()) for n, w in models[CONDITIONED].net.state_dict().items()}
    noted["together"] = list(models[CONDITIONED].evidence.paths)
    Path(f"process-{processes.rank}-of-{processes.world}.json").write_text(json.dumps(noted))


if __name__ == "__main__":
    run_stage("together", main)
