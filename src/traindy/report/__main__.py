"""`python -m traindy.report`: report.html of the last run, from what the stages wrote."""

import logging
import sys
import time
from pathlib import Path
from typing import Final

from traindy.core.config import load_params
from traindy.core.errors import UserError
from traindy.core.files import read_json, write_text
from traindy.core.params import Params

FILE: Final = "report.html"
log = logging.getLogger("traindy")


def main() -> None:
    """Write the page; errors are one line, exit status 1."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    started = time.perf_counter()
    try:
        page = report(load_params(sys.argv[1:]))
    except UserError as error:
        sys.exit(f"error: {error}")
    except ModuleNotFoundError as error:
        sys.exit(f"error: the report needs {error.name}; install it with `pip install '.[report]'`")
    write_text(FILE, page)
    log.info(
        "report: %s, %.1f MB, in %.0f s", Path(FILE).resolve(), len(page) / 1e6, time.perf_counter() - started
    )


def report(params: Params) -> str:
    """The page of what the stages wrote under `params.paths`."""
    import torch

    from traindy.report import clusters, curves, data, latent, losses, results, stories, training
    from traindy.report.page import render

    torch.set_num_threads(params.engine.threads)
    figures = read_json(f"{params.paths.metrics}/evaluate.json")
    ranked = curves.rank(params)
    sections = [
        results.section(figures, curves.pictures(ranked)),
        stories.section(params, ranked),
        data.section(params),
        clusters.section(params),
        training.section(params),
        latent.section(params),
        losses.section(),
        losses.resources(),
    ]
    return render([section for section in sections if section], facts(params))


def facts(params: Params) -> str:
    """Where the figures come from, in a line."""
    cut = read_json(f"{params.paths.metrics}/evaluate.json")["cut"]
    when = f"test from {cut['test_start']}" if cut["test_start"] else f"split by {cut['by']}"
    return f"{params.data.dir}, {when}"


if __name__ == "__main__":
    main()
