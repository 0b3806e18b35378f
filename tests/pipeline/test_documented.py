"""What README.md and docs/experiments.md show is run in the tiny repository, and prints what they show.

By the rule of `shown.shows`. Ids of the default shop stand for ids of the tiny one.
"""

import json
import re

import pyarrow.parquet as pq
import pytest
from shown import ROOT, blocks, shows

READS = r"(dvc (exp show|metrics show|plots show|dag)|traindy (recommend|similar|segments))\b"
"""Commands that leave the repository as it is."""
README = [each for each in blocks(ROOT / "README.md") if re.match(READS, each.text)]
EXAMPLE = "cluster-alone"
"""The experiment of docs/experiments.md that is run here; the others differ from it in a parameter."""


def run(repository, text):
    """What a shell prints, the pages' article ids replaced."""
    found = sorted((repository.folder / "data").glob("*/articles.parquet"))
    ids = iter(pq.read_table(found[0], columns=["article_id"])["article_id"].to_pylist())
    text = re.sub(r"\b0\d{9}\b", lambda _: str(next(ids)), text)
    return repository.run("bash", "-ec", text)


def test_there_is_something_to_run():
    assert len(README) >= 8 and len({each.text.split()[0] for each in README}) == 2


@pytest.mark.parametrize("command", README, ids=lambda each: each.text.partition(" #")[0].strip())
def test_what_readme_asks_is_answered(repository, command):
    assert len(run(repository, command.text).strip()) > 20


def test_an_experiment_prints_what_its_page_shows(clean):
    page = [each for each in blocks(ROOT / "docs/experiments.md") if EXAMPLE in each.text]
    assert [each.text.split()[1] for each in page] == ["exp", "metrics", "plots"]
    for each in page:
        printed = run(clean, each.text)
        assert not each.output or shows(each.output, printed), f"$ {each.text}\n{printed}"
    experiments = json.loads(clean.dvc("exp", "show", "--json"))
    assert EXAMPLE in json.dumps(experiments)
    clean.dvc("exp", "remove", EXAMPLE)
