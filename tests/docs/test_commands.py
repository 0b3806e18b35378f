"""Every command of README and docs is one that its program takes."""

import pytest
from checks import check
from shown import PAGES, blocks, masked, shows, spans

SHOWN = sorted({each.text for page in PAGES for each in [*blocks(page), *spans(page)]})


@pytest.mark.parametrize("text", SHOWN)
def test_a_shown_command_can_be_right(text):
    check(text)


@pytest.mark.parametrize(
    "wrong",
    [
        "dvc exp run -S cvae.latent_dims=64",
        "dvc exp run -S cvae.latent_dim=64 trian",
        "dvc exp shwo",
        "make reprot",
        "traindy recomend age=28",
        "python benchmarks/tradeoff.py --only-page",
        "python benchmarks/trade.py",
        "python stages/split.py engine.nam=spark",
        "pip install '.[sprak]'",
        "git checkuot params.yaml",
        "dvc repro && unheard of",
    ],
)
def test_a_wrong_one_is_noticed(wrong):
    with pytest.raises((Exception, SystemExit)):
        check(wrong)


def test_all_pages_are_read():
    assert {"README.md", "privacy.md"} <= {page.name for page in PAGES}
    assert "traindy segments" in SHOWN and "dvc repro --no-run-cache" in SHOWN
    assert any("make" in text for text in SHOWN)


def test_numbers_and_hashes_are_any_and_words_are_not():
    assert masked("ndcg_20  0.337  -0.011") == masked("ndcg_20 │ 1,337 │ 2e-3")
    assert shows(("best: epoch 2, …", "…", "done"), "best: epoch 3, NDCG 0.1\n\nmore\nlines\ndone\n")
    assert not shows(("best: epoch 2, …", "done"), "best: epoch 3, NDCG 0.1\nmore\ndone\n")
    assert not shows(("recall 0.1",), "ndcg 0.1\n")
    assert shows(("queued 50f788a",), "queued a8970b8\n")
