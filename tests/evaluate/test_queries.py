"""Who is asked about, with what history, and what is to be found."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from traindy.baselines.lists import read_lists, write_lists
from traindy.core.errors import UserError
from traindy.evaluate import queries as module
from traindy.evaluate.oracles import rank
from traindy.evaluate.queries import WITHHELD, Queries, load_queries
from traindy.uph import UPH


def uph(*rows):
    dense = np.zeros((len(rows), 4), np.float32)
    for i, row in enumerate(rows):
        dense[i, list(row)] = 1
    matrix = csr_array(dense)
    return UPH(matrix, np.zeros(matrix.nnz, np.int32), np.ones(matrix.nnz, np.int32))


PERIODS = {
    "train": uph({0}, set(), {1}, set()),
    "valid": uph({2}, set(), set(), set()),
    "fold_in": uph(set(), {3}, set(), set()),
    "test": uph({0, 1}, {2}, set(), {0}),
}


@pytest.fixture
def queries(params, monkeypatch) -> Queries:
    class Vocabulary:
        groups = np.array(["warm", "held_out", "warm", "cold"], object)

    monkeypatch.setattr(module, "read_customers", lambda folder: Vocabulary)
    monkeypatch.setattr(module, "read_clusters", lambda folder: np.array([3, 1, 0, 2], np.int32))
    monkeypatch.setattr(module, "read_profiles", lambda folder: (np.array([7, 5, 4, 6], np.int32), None))
    monkeypatch.setattr(module, "load", lambda folder: PERIODS[str(folder).rsplit("/", 1)[1]])
    return load_queries(params().paths)


def test_each_customer_of_the_test_is_asked_about_and_held_out_ones_twice(queries):
    assert queries.customers.tolist() == [0, 1, 3, 1]
    assert queries.groups.tolist() == ["warm", "held_out", "cold", WITHHELD]
    assert queries.clusters.tolist() == [3, 1, 2, 1]
    assert queries.profiles.tolist() == [7, 5, 6, 5]


def test_the_history_is_all_before_the_test_and_nothing_where_it_is_withheld(queries):
    assert queries.history.matrix.toarray().tolist() == [[1, 0, 1, 0], [0, 0, 0, 1], [0] * 4, [0] * 4]
    assert queries.history_length.tolist() == [2, 1, 0, 0]


def test_what_was_bought_before_is_not_to_be_found_again(queries):
    assert queries.truth(exclude_bought=True).toarray().tolist() == [
        [0, 1, 0, 0],
        [0, 0, 1, 0],
        [1, 0, 0, 0],
        [0, 0, 1, 0],
    ]
    assert queries.truth(exclude_bought=False).toarray()[0].tolist() == [1, 1, 0, 0]


class Same:
    def scores(self, rows):
        return np.tile(np.array([3.0, 2.0, 1.0]), (len(rows), 1))


def test_an_oracle_ranks_the_known_catalogue_by_its_scores(queries):
    queries.history.matrix.indices[queries.history.matrix.indices == 3] = 1
    assert rank(Same(), queries, 3, 3, True).tolist() == [[1, -1, -1], [0, 2, -1], [0, 1, 2], [0, 1, 2]]
    assert rank(Same(), queries, 3, 2, False).tolist() == [[0, 1]] * 4


class Constant:
    def rank(self, history, clusters, k, exclude_bought):
        return np.full((history.n_customers, k), int(exclude_bought), np.int32)


def test_lists_come_back_as_they_were_written_in_the_same_bytes(queries, tmp_path):
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        write_lists(folder, "constant", Constant(), queries, depth=3)
    assert (tmp_path / "a/constant.npz").read_bytes() == (tmp_path / "b/constant.npz").read_bytes()
    assert (read_lists(tmp_path / "a", 4, exclude_bought=True)["constant"] == 1).all()
    assert (read_lists(tmp_path / "a", 4, exclude_bought=False)["constant"] == 0).all()
    with pytest.raises(UserError, match="lists for 4 queries, not 5"):
        read_lists(tmp_path / "a", 5, True)
    with pytest.raises(UserError, match="holds no lists"):
        read_lists(tmp_path, 5, True)
    (tmp_path / "a/constant.npz").write_bytes(b"PK broken")
    with pytest.raises(UserError, match=r"constant\.npz: not a baseline's lists"):
        read_lists(tmp_path / "a", 4, True)
