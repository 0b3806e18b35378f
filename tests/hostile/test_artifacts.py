"""Every file that a stage hands on, broken in every way, is recognised by whoever reads it."""

import ast
import json
import random
import shutil
from pathlib import Path

import pytest
from sound import HEADER, PEOPLE, THINGS, A, C, T, text

from traindy.core.errors import UserError
from traindy.core.manifest import MANIFEST
from traindy.recommend.desk import Desk

ROOT = Path(__file__).parents[2]
STAGES = ("split", "cluster", "build_uph", "baselines", "train_cvae")
READERS = {
    "split": ("cluster", "build_uph", "baselines", "train_cvae", "evaluate", "recommend"),
    "cluster": ("baselines", "train_cvae", "evaluate", "recommend"),
    "uph": ("baselines", "train_cvae", "evaluate", "recommend"),
    "cvae": ("evaluate", "recommend"),
    "baselines": ("evaluate",),
}
"""Folders of `paths`, and the stages that read them."""
MAKER = {"uph": "build_uph", "cvae": "train_cvae"}
FILES = [
    *(f"split/{name}.parquet" for name in ("train", "valid", "test", "fold_in", "customers", "articles")),
    "split/cut.json", "cluster/customers.parquet", "cluster/profiles.parquet", "cluster/modes.json",
    *(f"uph/{period}/customers-00000000.npz" for period in ("train", "valid", "test", "fold_in", "earlier")),
    *(f"cvae/{model}/{name}" for model in ("conditioned", "unconditioned")
      for name in ("model.safetensors", "model.json", "evidence.safetensors")),
    "baselines/popularity.npz", "baselines/als.npz",
    *(f"{folder}/{MANIFEST}" for folder in READERS),
]  # fmt: skip
OPTIONS = ("evaluate.exclude_bought=false", "split.held_out=.4", "baselines.models=[popularity, als]")


def raw_files(name):
    """Twelve customers and ten articles of a shop, by its name."""
    draw, letter = random.Random(name), name[0]
    customers, articles = [f"{letter}{i:02d}" for i in range(12)], [f"{letter}{i}" for i in range(10)]
    days = [f"2020-01-{draw.randint(1, 28):02d}" for _ in range(200)]
    return {
        T: text(HEADER, *(f"{day},{draw.choice(customers)},{draw.choice(articles)}" for day in days)),
        C: text(PEOPLE[0], *(f"{who},{draw.choice('AB')},{draw.randint(16, 99)}" for who in customers)),
        A: text(THINGS[0], *(f"{what},{draw.choice('ST')}" for what in articles)),
    }


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder for two shops of the same size that have nothing in common, and all that comes of them."""
    return tmp_path_factory.mktemp("artifacts")


@pytest.fixture
def shop(workshop, runs):
    """The first of the two runs, put back afterwards."""
    for name in ("other", "mine"):
        made = workshop(runs / name, *OPTIONS)
        if not (runs / name / "kept").is_dir():
            for file, content in raw_files(name).items():
                (runs / name / "raw" / file).write_bytes(content)
            made.run(*STAGES)
            shutil.copytree(runs / name / "data", runs / name / "kept")
    yield made
    shutil.rmtree(runs / "mine" / "data")
    shutil.copytree(runs / "mine" / "kept", runs / "mine" / "data")


def truncated(content, _):
    return content[: len(content) // 2]


def garbage(content, _):
    return bytes((byte * 7 + 13) % 256 for byte in content)


def swapped(_, other):
    return other


def one_bit(content, _):
    return content[:-9] + bytes([content[-9] ^ 1]) + content[-8:]


def refusal(shop, reader):
    with pytest.raises(UserError) as error:
        shop.run(reader)
    (line,) = str(error.value).splitlines()
    return line


def test_every_file_is_in_the_list(shop):
    assert sorted(FILES) == [name.removeprefix("data/") for name in shop.outputs("data")]


@pytest.mark.parametrize("harm", [truncated, garbage, swapped, one_bit])
@pytest.mark.parametrize("name", FILES)
def test_a_harmed_file_is_named_with_the_stage_to_run(shop, runs, name, harm):
    file, folder = shop.folder / "data" / name, name.partition("/")[0]
    other = (runs / "other" / "data" / name).read_bytes()
    harmed = harm(file.read_bytes(), other)
    assert harmed != file.read_bytes(), "else nothing is tested"
    file.write_bytes(harmed)
    for reader in READERS[folder]:
        words = refusal(shop, reader)
        assert name in words or name.endswith(MANIFEST), words
        assert "run `dvc repro " in words


@pytest.mark.parametrize("folder", READERS)
def test_a_whole_folder_of_another_run(shop, runs, folder):
    shutil.rmtree(f"data/{folder}")
    shutil.copytree(runs / "other" / "data" / folder, f"data/{folder}")
    words = refusal(shop, "evaluate")
    assert "was made from another" in words and "run `dvc repro " in words


@pytest.mark.parametrize("folder", READERS)
def test_what_is_missing_and_what_is_too_much(shop, folder):
    maker = MAKER.get(folder, folder)
    stray = shop.folder / "data" / folder / "stray.npz"
    stray.write_bytes(b"")
    assert f"stray.npz: not written by {maker}; remove it" in refusal(shop, READERS[folder][-1])
    stray.unlink()
    name = next(name for name in FILES if name.startswith(folder))
    (shop.folder / "data" / name).unlink()
    assert refusal(shop, READERS[folder][-1]).endswith(f"{name}: not found; run `dvc repro {maker}`")
    shutil.rmtree(f"data/{folder}")
    assert refusal(shop, READERS[folder][-1]).endswith(f"{MANIFEST}: not found; run `dvc repro {maker}`")


@pytest.mark.parametrize(
    "name", [n for n in FILES if n.startswith(("split/art", "cluster/m", "cluster/p", "cvae/c"))]
)
def test_the_desk_checks_what_it_reads(shop, name):
    (shop.folder / "data/split/customers.parquet").unlink()  # it does not read who the customers are
    Desk.open(shop.params)
    file = shop.folder / "data" / name
    file.write_bytes(one_bit(file.read_bytes(), None))
    with pytest.raises(UserError, match="run `dvc repro "):
        Desk.open(shop.params)


def test_a_manifest_holds_hashes_alone(shop):
    content = json.loads(Path(f"data/cvae/{MANIFEST}").read_text())
    assert set(content["made_from"]) == {"split", "cluster", "uph"}
    assert all(len(value) == 64 for part in content.values() for value in part.values())


def calls(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), {word.arg: ast.unparse(word.value) for word in node.keywords}


SOURCES = [file for part in ("src", "stages", "benchmarks") for file in (ROOT / part).rglob("*.py")]


@pytest.mark.parametrize("file", SOURCES, ids=[str(file.relative_to(ROOT)) for file in SOURCES])
def test_nothing_unpickles(file):
    tree = ast.parse(file.read_text())
    imported = {
        alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {
        (node.module or "").partition(".")[0]
        for node in ast.walk(tree)
        # The error that `torch.load` raises on a broken file is harmless.
        if isinstance(node, ast.ImportFrom) and [each.name for each in node.names] != ["UnpicklingError"]
    }
    assert not imported & {"pickle", "cPickle", "joblib", "dill", "cloudpickle", "shelve", "marshal"}
    for name, words in calls(tree):
        assert words.get("allow_pickle", "False") == "False", name
        if name in ("torch.load", "load_from_checkpoint") or name.endswith(".load_from_checkpoint"):
            assert words.get("weights_only") == "True", name
        assert name not in ("pd.read_pickle", "pandas.read_pickle", "torch.jit.load"), name
