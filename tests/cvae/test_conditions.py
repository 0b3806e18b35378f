"""The conditions by hand, and as the cluster stage's files give them."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from traindy.cluster import read_clusters
from traindy.core.errors import UserError
from traindy.core.manifest import seal
from traindy.cvae.conditions import by_attributes, by_cluster, read_conditions

ROOT = Path(__file__).parents[2]


def test_by_cluster_the_condition_is_the_cluster():
    conditions = by_cluster(np.array([0, 2, 1, 0], np.int32))
    assert conditions.of_customer.tolist() == [0, 2, 1, 0]
    assert conditions.parts.tolist() == [[0], [1], [2]]
    assert (conditions.n_clusters, conditions.n_levels) == (3, 0)


def test_by_attributes_the_levels_are_numbered_after_the_clusters():
    profiles = pd.DataFrame({"club": ["A", "A", "B"], "cluster": [0, 1, 1], "age": ["<20", "20+", "20+"]})
    conditions = by_attributes(np.array([2, 0, 0, 1], np.int32), profiles)
    assert conditions.of_customer.tolist() == [2, 0, 0, 1]
    assert conditions.parts.tolist() == [[0, 2, 5], [1, 2, 4], [1, 3, 4]]
    assert (conditions.n_clusters, conditions.n_levels) == (2, 4)


CLUB = ["A", "B", None, "A", "B", "A"]
AGE = ["19", "30", "18", "31", "30", None]


@pytest.fixture
def stage(tmp_path, monkeypatch, params):
    """`stage(overrides)` runs the cluster stage on six customers and returns its folder."""
    monkeypatch.chdir(tmp_path)
    split = tmp_path / "data/split"
    split.mkdir(parents=True)
    position = pa.array(range(6), pa.int32())
    customers = pa.table({"customer": position, "group": ["warm"] * 6, "club": CLUB, "age": AGE})
    pq.write_table(customers, split / "customers.parquet")
    seal(split, {})
    spec = importlib.util.spec_from_file_location("cluster", ROOT / "stages/cluster.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def run(attributes="[club, age]", shuffle="false"):
        settings = (f"cluster.attributes={attributes}", f"cluster.shuffle={shuffle}")
        chosen = params(*settings, "cluster.bands={age: [20]}", "cluster.n_clusters=2", "cluster.min_size=1")
        module.main(chosen)
        return Path(chosen.paths.cluster)

    return run


def levels_of(conditions):
    """What stands in the condition of each customer beside the cluster."""
    return conditions.parts[conditions.of_customer.astype(int), 1:].tolist()


def test_through_the_cluster_stage_s_files_everybody_keeps_cluster_and_levels(stage):
    folder = stage()
    clusters = read_clusters(folder)
    conditions = read_conditions(folder, "attributes")
    assert conditions.parts[conditions.of_customer.astype(int), 0].tolist() == clusters.tolist()
    assert (conditions.n_clusters, conditions.n_levels) == (2, 6)
    a, b, no_club, grown, young, no_age = range(2, 8)
    assert levels_of(conditions) == [
        [a, young],
        [b, grown],
        [no_club, young],
        [a, grown],
        [b, grown],
        [a, no_age],
    ]
    assert conditions.of_customer[1] == conditions.of_customer[4], "30 and 30, and both of club B"
    assert len(conditions.parts) == 5
    alone = read_conditions(folder, "cluster")
    assert alone.of_customer.tolist() == clusters.tolist() and alone.parts.tolist() == [[0], [1]]


def test_shuffled_the_levels_go_where_the_cluster_goes(stage):
    folder = stage()
    before, clusters = read_conditions(folder, "attributes"), read_clusters(folder)
    stage(shuffle="true")
    conditions = read_conditions(folder, "attributes")
    assert conditions.of_customer.tolist() != before.of_customer.tolist()
    assert sorted(conditions.of_customer) == sorted(before.of_customer)
    assert conditions.parts.tolist() == before.parts.tolist()
    moved = read_clusters(folder)
    assert sorted(moved) == sorted(clusters)
    assert conditions.parts[conditions.of_customer.astype(int), 0].tolist() == moved.tolist()


def test_without_attributes_everybody_has_the_one_condition(stage):
    conditions = read_conditions(stage(attributes="[]"), "attributes")
    assert conditions.of_customer.tolist() == [0] * 6
    assert conditions.parts.tolist() == [[0]] and conditions.n_levels == 0


def test_profiles_that_are_not_there_are_named(stage):
    folder = stage()
    (folder / "profiles.parquet").unlink()
    with pytest.raises(UserError, match=r"profiles\.parquet: not found; run `dvc repro cluster`"):
        read_conditions(folder, "attributes")
    assert read_conditions(folder, "cluster").n_levels == 0
