"""Every case of the corpus gets its answer from the stages that read raw files and what comes of them."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from corpus_files import FORM, TYPES
from corpus_rows import DATES, IDS, SHAPES, VALUES
from sound import ANN, BOB, CYD, SOUND

from traindy.cluster.customers import cluster_profiles, count_profiles
from traindy.core.engine import open_engine
from traindy.core.errors import UserError

CASES = [*FORM, *TYPES, *IDS, *DATES, *VALUES, *SHAPES]


def made(workshop, folder, case_files, *options):
    shop = workshop(folder, *options)
    for name, content in (SOUND | dict(case_files)).items():
        if content is not None:
            (folder / "raw" / name).write_bytes(content)
    return shop


@pytest.fixture(scope="module")
def sound():
    """What split writes of the sound shop, once it has been asked for."""
    return {}


def looked_up(shop, path):
    stage, *keys = path.split(".")
    value = shop.metrics(stage)
    for key in keys:
        value = value[key]
    return value


def test_there_are_enough_cases_and_each_has_its_name():
    assert len({case.name for case in CASES}) == len(CASES) >= 60


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_answer(workshop, tmp_path, sound, case):
    shop = made(workshop, tmp_path / "shop", case.files, *case.options)
    stages = ("split",) if case.same else ("split", "cluster", "build_uph")
    if case.says:
        with pytest.raises(UserError) as error:
            shop.run(*stages)
        words = str(error.value).replace("raw/", "")
        assert words.startswith(case.says[0]), words
        assert all(part in words for part in case.says), words
        assert len(words.splitlines()) <= 2
        assert not any(customer in words for customer in (ANN, BOB, CYD)), "no message names a customer"
        return
    shop.run(*stages)
    assert {path: looked_up(shop, path) for path in case.counts} == dict(case.counts)
    if case.same:
        if not sound:
            plain = made(workshop, tmp_path / "sound", {})
            plain.run("split")
            sound.update(plain.outputs("data/split"))
        assert shop.outputs("data/split") == sound


def test_an_attribute_with_a_hundred_thousand_levels_is_refused_with_advice(tmp_path, params):
    n = 100_000
    table = {"customer": range(n), "group": ["warm"] * n, "postal_code": [f"{i:x}" for i in range(n)]}
    pq.write_table(pa.table(table), tmp_path / "customers.parquet")
    with open_engine(params().engine, tmp_path / "scratch") as engine:
        customers = engine.read_parquet(tmp_path / "customers.parquet")
        with pytest.raises(UserError) as error:
            settings = params("cluster.attributes=[postal_code]").cluster
            cluster_profiles(count_profiles(engine, customers, settings.attributes), settings, "customers")
    words = str(error.value)
    assert words.startswith("customers: postal_code has 100,000 levels, more than 1,000; leave it out of")
