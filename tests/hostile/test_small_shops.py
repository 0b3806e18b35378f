"""The smallest shops go through the whole pipeline, or are refused in a line."""

import pytest
from sound import ANN, FIRST, HEADER, PEOPLE, ROWS, SOUND, C, T, text

from traindy.core.errors import UserError
from traindy.core.vocabulary import read_articles, read_customers

PIPELINE = ("split", "cluster", "build_uph", "baselines", "train_cvae", "evaluate", "recommend")
AGAIN = "evaluate.exclude_bought=false"
ALIKE = text(PEOPLE[0], *(f"{row.split(',')[0]},ACTIVE,25" for row in PEOPLE[1:]))


pytestmark = pytest.mark.filterwarnings("ignore:var")


def run(workshop, folder, files, *options):
    shop = workshop(folder, *options)
    for name, content in (SOUND | files).items():
        (folder / "raw" / name).write_bytes(content)
    shop.run(*PIPELINE)
    return shop


@pytest.mark.parametrize(
    ("files", "options"),
    [
        ({T: text(HEADER, *ROWS[::3]), C: text(*PEOPLE[:2])}, [AGAIN, "evaluate.k=[1]"]),
        ({T: text(HEADER, *(row[:-10] + FIRST for row in ROWS))}, [AGAIN, "evaluate.k=[1]"]),
        ({C: ALIKE}, [AGAIN]),
    ],
    ids=["a single customer", "a single article", "everybody alike"],
)
def test_they_go_through(workshop, tmp_path, files, options):
    shop = run(workshop, tmp_path / "shop", files, *options)
    assert shop.metrics("recommend")["customers"] == len(read_customers("data/split").ids)
    known = read_articles("data/split").n_known
    assert shop.metrics("evaluate")["recall_1"] == 1 or known > 1, "a single article is bought again"


def test_where_nothing_new_is_bought_there_is_nothing_to_evaluate(workshop, tmp_path):
    one = text(HEADER, *(f"2020-01-{day:02d},{ANN},{FIRST}" for day in range(1, 11)))
    with pytest.raises(UserError, match=r"evaluate\.exclude_bought=true: nobody bought .* new in the test"):
        run(workshop, tmp_path / "shop", {T: one}, "evaluate.k=[1]")
