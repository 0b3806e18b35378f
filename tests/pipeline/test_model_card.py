"""The card that the pipeline writes."""

from traindy.card.write import SECTIONS


def test_the_card_is_complete(repository):
    text = (repository.folder / "metrics/model_card.md").read_text()
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == list(SECTIONS)
    assert "transactions_train.csv" in text and "cvae.condition=attributes" in text
    assert "None" not in text and "{" not in text
