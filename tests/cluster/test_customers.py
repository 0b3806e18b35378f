"""The cluster stage's function on the split's customers: everybody, in order, fitted on the warm alone."""

import logging

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from traindy.cluster import read_clusters, read_profiles
from traindy.cluster.customers import cluster_profiles, count_profiles, write_customers
from traindy.cluster.store import describe, read_modes, write_modes
from traindy.core.engine import open_engine
from traindy.core.errors import UserError

WARM, HELD_OUT, COLD = "warm", "held_out", "cold"


def run(tmp_path, params, table, *overrides):
    file = tmp_path / "customers.parquet"
    pq.write_table(pa.table({"customer": pa.array(range(len(table["group"])), pa.int32()), **table}), file)
    settings, engine = params("cluster.min_size=1", *overrides).cluster, params().engine
    out = tmp_path / "cluster"
    out.mkdir(exist_ok=True)
    with open_engine(engine, scratch=tmp_path / "scratch") as engine:
        customers = engine.read_parquet(file)
        profiles = count_profiles(engine, customers, settings.attributes)
        clustering = cluster_profiles(profiles, settings, str(file))
        write_customers(engine, customers, clustering, out)
    write_modes(out, clustering, settings)
    return clustering, read_clusters(out), out


ONLY_CLUB = ("cluster.attributes=[club]", "cluster.n_clusters=2")


def test_everybody_gets_the_cluster_of_its_profile(tmp_path, params):
    table = {
        "group": [WARM] * 5 + [HELD_OUT, COLD, COLD],
        "club": ["A", "A", "A", None, None, None, "A", "B"],
    }
    clustering, clusters, out = run(tmp_path, params, table, *ONLY_CLUB)
    assert clusters.dtype == np.int32
    assert clusters[:7].tolist() == [0, 0, 0, 1, 1, 1, 0]
    assert clusters[7] == 0, "a level that nobody warm has matches no mode: the first cluster"
    assert clustering.sizes.tolist() == [5, 3]
    assert read_modes(out)["club"].tolist() == ["A", "missing"]
    assert describe(clustering)["cost"] == 0


def test_everybody_gets_the_profile_of_its_levels_and_a_profile_has_one_cluster(tmp_path, params):
    """Bands make one profile of several raw values; those that only cold customers have are there too."""
    table = {
        "group": [WARM, WARM, HELD_OUT, COLD, COLD, WARM, WARM],
        "club": ["B", "A", "A", "A", None, "A", "B"],
        "age": ["30", "24", "21", "50", "50", "22.5", "31"],
    }
    attributes = ("cluster.attributes=[club, age]", "cluster.bands={age: [25, 40]}", "cluster.n_clusters=2")
    _, clusters, out = run(tmp_path, params, table, *attributes)
    profile, profiles = read_profiles(out)
    assert profile.dtype == np.int32
    assert profile.tolist() == [2, 1, 1, 0, 3, 1, 2]
    assert profiles[["club", "age"]].to_numpy().tolist() == [
        ["A", "40+"],
        ["A", "<25"],
        ["B", "25-39"],
        ["missing", "40+"],
    ]
    assert profiles["cluster"].to_numpy()[profile].tolist() == clusters.tolist()
    assert len(set(clusters.tolist())) == 2


def test_only_customers_with_purchases_before_the_cut_are_fitted_on(tmp_path, params):
    table = {"group": [WARM, WARM, WARM] + [COLD] * 50, "club": ["A", "A", "B"] + ["C"] * 50}
    clustering, *_ = run(tmp_path, params, table, *ONLY_CLUB)
    assert sorted(clustering.chosen.modes["club"]) == ["A", "B"]


def test_fewer_profiles_than_clusters_is_served_with_one_warning(tmp_path, params, caplog):
    table = {"group": [WARM] * 4, "club": [None] * 4}
    with caplog.at_level(logging.WARNING):
        clustering, clusters, _ = run(tmp_path, params, table, *ONLY_CLUB)
    assert clusters.tolist() == [0, 0, 0, 0]
    assert len(clustering.fits) == 1, "the elbow is cut short"
    assert [r.message for r in caplog.records if "cluster.n_clusters=2" in r.message]


def test_no_attributes_at_all(tmp_path, params):
    clustering, clusters, out = run(tmp_path, params, {"group": [WARM, COLD]}, "cluster.attributes=[]")
    profile, profiles = read_profiles(out)
    assert profile.tolist() == [0, 0] and profiles.to_dict("list") == {"cluster": [0]}
    assert clusters.tolist() == [0, 0]
    assert clustering.sizes.tolist() == [2]
    assert len(read_modes(out)) == 1


def test_nobody_to_fit_on_is_an_error(tmp_path, params):
    with pytest.raises(UserError, match="no customer has a purchase before the test"):
        run(tmp_path, params, {"group": [COLD], "club": ["A"]}, *ONLY_CLUB)


def test_a_missing_or_broken_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"customers\.parquet: not found; run `dvc repro cluster`"):
        read_clusters(tmp_path)
    (tmp_path / "customers.parquet").write_bytes(b"PAR1")
    with pytest.raises(UserError, match="not readable as Parquet"):
        read_clusters(tmp_path)
