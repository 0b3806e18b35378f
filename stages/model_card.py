"""model_card: what was trained on what, how good it is for whom, and what it gives away."""

import logging
from typing import TYPE_CHECKING

from traindy.core.stage import run_stage

if TYPE_CHECKING:
    from traindy.core.params import Params

log = logging.getLogger("traindy")


def main(params: "Params") -> None:
    """The other stages' metrics, the raw files' and the weights' hashes in; model_card.md out."""
    from traindy.card.facts import read_facts
    from traindy.card.write import FILE, card
    from traindy.core.files import write_text

    text = card(read_facts(params))
    write_text(f"{params.paths.metrics}/{FILE}", text)
    log.info("model_card: %d lines", text.count("\n"))


if __name__ == "__main__":
    run_stage("model_card", main)
