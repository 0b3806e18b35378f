"""The vocabularies as split writes them, read back."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from traindy.core.errors import UserError
from traindy.core.vocabulary import count_customers, read_articles, read_customers


def write(folder, name, **columns):
    pq.write_table(pa.table(columns), folder / name)


def test_articles_by_phase(tmp_path):
    phases = ["train", "train", "valid", "later"]
    ids = ["01", "02", "03", "04"]
    write(
        tmp_path,
        "articles.parquet",
        article=range(4),
        article_id=ids,
        phase=phases,
        colour=["a", None, "b", "a"],
    )
    articles = read_articles(tmp_path)
    assert (articles.n_train, articles.n_known, articles.n_all) == (2, 3, 4)
    assert articles.attributes.column_names == ["colour"]
    assert articles.ids.to_pylist() == ids


def test_customers_with_their_groups(tmp_path):
    write(
        tmp_path,
        "customers.parquet",
        customer=[0, 1],
        customer_id=["a", "b"],
        group=["warm", "cold"],
        age=["9", None],
    )
    customers = read_customers(tmp_path)
    assert customers.groups.tolist() == ["warm", "cold"]
    assert customers.attributes.to_pydict() == {"age": ["9", None]}


def test_missing_broken_or_swapped_files_are_named(tmp_path):
    with pytest.raises(UserError, match=r"customers\.parquet: not found; run `dvc repro split`"):
        read_customers(tmp_path)
    (tmp_path / "articles.parquet").write_bytes(b"nonsense")
    with pytest.raises(UserError, match=r"articles\.parquet: not readable as Parquet"):
        read_articles(tmp_path)
    write(tmp_path, "customers.parquet", customer=[1, 0], customer_id=["a", "b"], group=["warm", "cold"])
    with pytest.raises(UserError, match="column customer is not 0, 1, 2"):
        read_customers(tmp_path)


def test_customers_are_counted_over_the_parts_of_a_folder(tmp_path):
    with pytest.raises(UserError, match=r"customers\.parquet: not found; .*`dvc repro`"):
        count_customers(tmp_path)
    parts = tmp_path / "customers.parquet"
    parts.mkdir()
    write(parts, "part-0.parquet", customer=[0, 1])
    write(parts, "part-1.parquet", customer=[2])
    assert count_customers(tmp_path) == 3
    (parts / "part-2.parquet").write_bytes(b"nonsense")
    with pytest.raises(UserError, match="not readable as Parquet"):
        count_customers(tmp_path)
