"""Shuffled clusters: the same rows, of other customers."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from traindy.cluster import read_clusters
from traindy.cluster.control import shuffle_customers

CLUSTERS = np.repeat(np.arange(3, dtype=np.int32), (200, 60, 40))


def write(folder):
    folder.mkdir()
    everybody = pa.array(range(300), pa.int32())
    levels = pa.array([f"level {c}" for c in CLUSTERS])
    pq.write_table(
        pa.table({"customer": everybody, "cluster": CLUSTERS, "levels": levels}),
        folder / "customers.parquet",
    )
    return folder


def test_sizes_stay_customers_change_and_whole_rows_move(tmp_path):
    folder = write(tmp_path / "a")
    before = pq.read_schema(folder / "customers.parquet")
    shuffle_customers(folder, seed=0)
    clusters = read_clusters(folder)
    assert np.bincount(clusters).tolist() == [200, 60, 40]
    alike = (clusters == CLUSTERS).mean()
    assert 0.3 < alike < 0.7, "by chance the squares of the shares, 0.5"
    table = pq.read_table(folder / "customers.parquet")
    assert table["levels"].to_pylist() == [f"level {c}" for c in clusters]
    assert table.schema.equals(before)


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(tmp_path):
    content = []
    for name, seed in {"a": 0, "b": 0, "c": 1}.items():
        folder = write(tmp_path / name)
        shuffle_customers(folder, seed)
        content.append((folder / "customers.parquet").read_bytes())
    assert content[0] == content[1] != content[2]


def test_a_folder_of_parts_becomes_a_file_with_the_same_rows(tmp_path):
    whole, parts = write(tmp_path / "a"), write(tmp_path / "b")
    file = parts / "customers.parquet"
    table = pq.read_table(file)
    file.unlink()
    file.mkdir()
    for i in range(3):
        pq.write_table(table.slice(i * 100, 100), file / f"part-{i}.parquet")
    for folder in whole, parts:
        shuffle_customers(folder, seed=0)
    assert np.array_equal(read_clusters(whole), read_clusters(parts))
