"""What README.md and docs/experiments.md show is run in the tiny repository, and prints what they show.

By the rule of `shown.shows`. Ids of the default shop stand for ids of the tiny one.
"""

import re

import pyarrow.parquet as pq
import pytest
from shown import ROOT, blocks, shows

READS = r"(dvc (exp show|metrics show|plots show|dag)|traindy (recommend|similar|segments))\b"
"""Commands that leave the repository as it is."""
README = [each for each in blocks(ROOT / "README.md") if re.match(READS, each.text)]
SMALL_SHOP, (BACK, *EXPERIMENTS) = (lambda page: (page[:3], page[3:]))(blocks(ROOT / "docs/experiments.md"))
"""What makes the page's small shop, for which the tiny one stands here; what goes back to it; the rest."""


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


def test_the_experiments_print_what_their_page_shows(clean):
    assert [each.text.split()[:2] for each in SMALL_SHOP] == [
        ["git", "switch"],
        ["dvc", "exp"],
        ["git", "add"],
    ]
    assert BACK.text.startswith("git checkout") and len(EXPERIMENTS) >= 14
    home = clean.run("git", "branch", "--show-current").strip()
    run(clean, SMALL_SHOP[0].text)
    for each in EXPERIMENTS:
        if each.text.startswith("dvc exp run"):
            run(clean, BACK.text)
        printed = run(clean, each.text)
        assert not each.output or shows(each.output, printed), f"$ {each.text}\n{printed}"
    names = clean.dvc("exp", "list", "--name-only").split()
    assert {"cluster-alone", "seed-1", "neutral"} <= set(names) and "later" not in names
    clean.run("git", "reset", "-q", "--hard")
    clean.run("git", "switch", "-q", home)
    clean.run("git", "branch", "-q", "-D", "tries", "less-typecasting")
    clean.dvc("exp", "remove", "--all-commits")
