"""The smallest shops go through the whole pipeline, or are refused in a line."""

import pytest
from sound import ANN, FIRST, HEADER, OTHERS, PEOPLE, ROWS, SOUND, C, T, text

from traindy import cli
from traindy.core.errors import UserError
from traindy.core.vocabulary import read_articles, read_customers
from traindy.recommend.desk import Desk
from traindy.serve.shop_window import Window

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


@pytest.mark.parametrize(("least", "clusters"), [(1, 3), (9, 2), (20, 1), (100, 1)])
@pytest.mark.parametrize("condition", ["cluster", "attributes"])
def test_fewer_clusters_than_asked_for(workshop, tmp_path, capsys, monkeypatch, least, clusters, condition):
    """Of 30 customers 14 are A, 10 B and 6 C; what is shown is never below the least."""
    people = [
        f"p{i:02d},{kind},{age}"
        for i, (kind, age) in enumerate([("A", 20)] * 14 + [("B", 40)] * 10 + [("C", 40)] * 6)
    ]
    rows = [f"2020-01-{1 + i % 10:02d},p{i % 30:02d},{(FIRST, *OTHERS)[i % 7 % 4]}" for i in range(150)]
    shop = run(
        workshop, tmp_path / "shop", {T: text(HEADER, *rows), C: text(PEOPLE[0], *people)}, AGAIN,
        "cluster.n_clusters=3", "cluster.max_clusters=3", f"cluster.min_size={least}",
        f"cvae.condition={condition}",
    )  # fmt: skip
    counted = shop.metrics("cluster")
    assert counted["clusters"] == clusters and counted["merged"] == 3 - clusters
    expected = {3: [14, 10, 6], 2: [14, 16], 1: [30]}[clusters]
    assert sorted(counted["sizes"].values()) == sorted(expected)
    groups = {name for name in shop.metrics("evaluate")["groups"] if name.startswith("cluster_")}
    assert groups == {f"cluster_{c}" for c in range(clusters)}
    monkeypatch.setattr("traindy.core.config.load_params", lambda _: shop.params)
    cli.main(["segments"])
    shown = capsys.readouterr().out
    assert [size for size in expected if f" {size} " in shown] == (expected if least <= 30 else [])
    window = Window(Desk.open(shop.params), None)
    shown = [window.segment(cluster, []).customers for cluster in range(clusters)]
    assert shown == counted_or_none(counted, least)
    said = {"club_member_status": "C", "age": 40}
    answer = window.answer(said, window.shopper(said, [], None), [])
    assert answer.segment == (1 if clusters == 2 else 2 if clusters == 3 else 0)


def counted_or_none(counted, least):
    return [size if size >= least else None for size in counted["sizes"].values()]
