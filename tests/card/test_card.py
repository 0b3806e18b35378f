"""The card of a small shop whose figures are made up: complete, and nothing in it that is not among them."""

import re
from dataclasses import replace

import pytest

from traindy.card.facts import Facts, raw_files, read_facts
from traindy.card.write import SECTIONS, card
from traindy.core.errors import UserError

PROSE = {"95", "1", "20", "30", "100", "0.5", "0", "2", "4", "5", "9", "10", "256"}
"""Numbers that belong to words: 95 % intervals, lists of 20, recall_1, a coin, bands of articles, SHA-256."""
METRICS = ("recall_1", "recall_30", "recall_20", "ndcg_20")


def figures(first):
    values = {metric: first + i / 1000 for i, metric in enumerate(METRICS)}
    return values | {"intervals": {m: [v - 0.0123, v + 0.0321] for m, v in values.items()}, "customers": 1234}


def evaluation():
    groups = {name: figures(at) for name, at in (("warm", 0.3571), ("cold", 0.1177), ("history_2_4", 0.2233))}
    apart = {"all": {"ndcg_20": [-0.0456, 0.0654]}, "cold": {"ndcg_20": [0.0011, 0.0077]}}
    return figures(0.4613) | {
        "groups": groups,
        "models": {"popularity": figures(0.2719), "oracle_taste": figures(0.8317)},
        "differences": {"popularity": apart, "oracle_taste": apart},
        "ceiling": figures(0.9127),
        "exclude_bought": True,
        "catalogue": 3331,
        "cut": {
            "by": "date", "valid_start": "2020-08-01", "test_start": "2020-09-01", "test_end": "2020-10-01",
        },
    }  # fmt: skip


def fairness():
    served = {
        model: {"ndcg_20": {"mean": at, "low": at, "high": at}}
        for model, at in (("cvae", 0.1919), ("popularity", 0.0717))
    }
    gap = {
        "lowest": "<20",
        "highest": "70+",
        "gap": 0.0429,
        "interval": [-0.0031, 0.0887],
        "by_chance": 0.0223,
    }
    ratio = {"bought": {}, "models": {"cvae": {"ratio": 1.37}, "popularity": {"ratio": None}}}
    once = {"gini": 0.6113, "coverage": 0.5557, "head": 0.1451}
    return {
        "least_customers": 100,
        "proxy_for_gender": "index_group_bought_most",
        "accuracy": {
            "age": {
                "groups": {"<20": served, "70+": served},
                "gaps": {m: {"ndcg_20": gap} for m in served},
            }
        },
        "typecasting": {"colour": {"age": ratio}},
        "concentration": {"bought": once, "cvae": once, "popularity": once},
        "near_duplicates": {"bought": {"within": 0.2217, "of_bought": 0.0613}},
    }


def leaks():
    found = {"auc": 0.5217, "interval": [0.5003, 0.5431], "caught": 0.0133, "members": 1999, "others": 787}
    guess = {"accuracy": 0.3313, "interval": [0.3011, 0.3617], "auc": 0.7451}
    sources = dict.fromkeys(("majority", "purchases", "z", "list_cvae"), guess)
    return {
        "condition": "attributes",
        "membership": {"scores": {"hidden_half": found}, "lists": {"cvae": found, "cvae_small": None}},
        "attributes": {"age": {"levels": 7, "customers": 1313, "sources": sources}, "club": None},
    }


@pytest.fixture
def facts(params):
    rows = {"read": 91_117, "train": 50_021, "valid": 20_023, "test": 21_073}
    return Facts(
        params=params("data.dir=elsewhere"),
        files={"customers.csv": (777_123, "ab" * 32)},
        model={"net": {"n_customer_levels": 26, "latent_dim": 48, "n_articles": 3331, "members": 1}},
        weights_sha256="cd" * 32,
        split={
            "rows": rows,
            "customers": {"total": 7013, "warm": 6007, "held_out": 311, "cold": 695},
            "articles": {"total": 4441, "known_at_test": 3331},
            "unreachable": {"test_rows": 4217},
        },
        cluster={"clusters": 5},
        training={"best": {"epoch": 3, "ndcg_20": 0.1523}},
        evaluate=evaluation(),
        fairness=fairness(),
        leaks=leaks(),
        recommend={"customers": 7013, "rows": 84_156},
    )


def leaves(content):
    """All numbers of nested JSON, and all its texts."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield str(key)
            yield from leaves(value)
    elif isinstance(content, (list, tuple)):
        for value in content:
            yield from leaves(value)
    elif content is not None:
        yield content


def as_written(value):
    if isinstance(value, str):
        return set(NUMBER.findall(value))
    if isinstance(value, bool):
        return set()
    shapes = ("{:.4f}", "{:+.4f}", "{:.2f}", "{:.1%}", "{:,}", "{:g}")
    return {shape.format(value) for shape in shapes}


NUMBER = re.compile(r"(?<![\w.])[+-]?\d[\d,]*(?:\.\d+)?%?(?!\w)")


def not_among(text, facts):
    """Numbers of a card that are in none of its facts."""
    of_params = facts.params.model_dump(mode="json")
    parts = [of_params, *(value for name, value in vars(facts).items() if name != "params")]
    known = set(PROSE)
    for value in leaves(parts):
        known |= as_written(value)
    known.add(f"{facts.split['unreachable']['test_rows'] / facts.split['rows']['test']:.1%}")
    found = {number.rstrip(",") for number in NUMBER.findall(text)}
    return {number for number in found if number not in known and number.lstrip("+-") not in known}


def sections(text):
    parts = re.split(r"^## (.+)$", text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_section_is_there_and_says_something(facts):
    found = sections(card(facts))
    assert list(found) == list(SECTIONS) == [
        "Model", "Data", "Accuracy", "Groups", "Leaks", "Limits", "Intended use", "Not intended",
    ]  # fmt: skip
    for name, text in found.items():
        assert len(text.split()) > 20, name


def test_every_number_is_among_the_facts_and_nothing_is_left_to_fill_in(facts):
    text = card(facts)
    assert not_among(text, facts) == set()
    assert not re.search(r"\{|\}|None|nan|TODO|TBD|\?\?", text)
    assert not_among(text.replace("0.4613", "0.4614"), facts) == {"0.4614"}, "the check would see a wrong one"


def test_what_must_stand_in_it(facts):
    found = sections(card(facts))
    assert (
        "`" + "ab" * 32 + "`" in found["Data"]
        and "777,123" in found["Data"]
        and "2020-09-01" in found["Data"]
    )
    assert "cd" * 32 in found["Model"] and "26 levels" in found["Model"]
    assert "| CVAE | 0.4613 (0.4490 to 0.4934) |" in found["Accuracy"]
    assert "| popularity | -0.0456 to +0.0654 | +0.0011 to +0.0077 |" in found["Accuracy"]
    assert "| 2-4 | 1,234 |" in found["Accuracy"]
    assert (
        "| age | CVAE | <20: 0.1919 | 70+: 0.1919 | 0.0429 (-0.0031 to +0.0887) | 0.0223 |" in found["Groups"]
    )
    assert "no gender" in found["Groups"] and "`index_group_bought_most`" in found["Groups"]
    assert "| colour | age | 1.37 | - |" in found["Groups"]
    assert "0.5217 (0.5003 to 0.5431) | 1.3% | 1,999 | 787 |" in found["Leaks"]
    assert "| z of history and condition | 33.1% (30.1% to 36.2%), 0.7451 |" in found["Leaks"]
    assert "20.0% of the test's transactions" in found["Limits"] and "simulated" not in found["Limits"]


def test_the_tables_are_rectangular(facts):
    for block in re.findall(r"(?:^\|.*\n)+", card(facts), re.M):
        assert len({line.count("|") for line in block.splitlines()}) == 1, block


def test_what_could_not_be_measured_is_said(facts):
    nothing = {"membership": {"scores": {"hidden_half": None}, "lists": {}}, "attributes": {"age": None}}
    found = sections(
        card(
            replace(
                facts,
                leaks={"condition": "cluster"} | nothing,
                fairness=fairness() | {"accuracy": {}, "proxy_for_gender": None},
                model={"net": {"n_customer_levels": 0, "latent_dim": 48, "n_articles": 3331, "members": 1}},
            )
        )
    )
    assert "fewer than 20 on a side" in found["Leaks"] and "nothing to guess" in found["Leaks"]
    assert "nothing to compare" in found["Groups"] and "nothing that stands for it" in found["Groups"]
    assert "Condition: the cluster alone" in found["Model"]


def test_the_raw_files_are_hashed_and_pictures_are_not(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "transactions_train.parquet").mkdir()
    for name in ("customers.csv", "images/1.jpg", "transactions_train.parquet/part-0.parquet", "notes.txt"):
        (tmp_path / name).write_text("abc")
    of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert raw_files(tmp_path) == {
        "customers.csv": (3, of_abc),
        "transactions_train.parquet/part-0.parquet": (3, of_abc),
    }


def test_a_missing_figure_names_its_file(params, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"split\.json: not found"):
        read_facts(params())
