"""Everybody gets a list: warm and cold, on sale or not, as Parquet and as Kaggle wants it."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from scipy.sparse import csr_array

from traindy.core.errors import UserError
from traindy.cvae.evidence import gather
from traindy.cvae.net import CvaeNet, NetConfig
from traindy.cvae.recommender import CvaeRecommender
from traindy.cvae.weights import first_weights
from traindy.recommend.batch import FILE, Shop, on_sale, write_parquet
from traindy.recommend.submission import write_submission
from traindy.uph import UPH

N = 30
BOUGHT = [{0, 1}, set(), {28}, {5}]
DAYS = [10, 10, 99, 95]


@pytest.fixture
def shop():
    dense = np.zeros((len(BOUGHT), N), np.float32)
    for row, articles in enumerate(BOUGHT):
        dense[row, list(articles)] = 1
    matrix = csr_array(dense)
    day = np.repeat(DAYS, np.diff(matrix.indptr)).astype(np.int32)
    customers = pa.chunked_array([[f"c{i}" for i in range(len(BOUGHT))]])
    articles = pa.chunked_array([[f"{i:010d}" for i in range(N)]])
    history = UPH(matrix, day, np.ones(matrix.nnz, np.int32))
    return Shop(customers, articles, history, np.array([0, 1, 1, 0]))


@pytest.fixture
def model(shop):
    torch.manual_seed(0)
    net = CvaeNet(NetConfig(N - 2, 0, 2, 4, 0.1, True), torch.zeros(N - 2, 0).long(), torch.zeros(N - 2))
    evidence = gather(shop.history, N - 2, 100, [], {})
    return CvaeRecommender(net, evidence, first_weights([]), samples=8, seed=0, block=2)


def test_everybody_gets_k_articles_in_order_and_nothing_bought(shop, model, tmp_path):
    lists, counts = write_parquet(tmp_path, model, shop, 12, True, None)
    rows = pq.read_table(tmp_path / FILE).to_pandas()
    assert rows.groupby("customer_id", observed=True).size().tolist() == [12] * 4
    assert rows["rank"].tolist() == list(range(1, 13)) * 4
    of_first = rows[rows["customer_id"] == "c0"]
    assert not {"0000000000", "0000000001"} & set(of_first["article_id"])
    assert of_first["article_id"].tolist() == [f"{i:010d}" for i in lists[0]]
    for _, mine in rows.groupby("customer_id", observed=True):
        assert mine["score"].is_monotonic_decreasing
    # c2 bought only an article that the model does not know: its cluster serves it.
    reasons = rows.drop_duplicates("customer_id")["reason"].tolist()
    assert reasons == ["warm", "cold", "cold", "warm"]
    assert counts == {"customers": 4, "warm": 2, "cold": 2, "rows": 48}


def test_only_what_was_sold_lately(shop, model, tmp_path):
    allowed = on_sale(shop.history, N - 2, 100, 7)
    assert np.flatnonzero(allowed).tolist() == [5]
    lists, _ = write_parquet(tmp_path, model, shop, 12, True, allowed)
    assert lists[:3].tolist() == [[5] + [-1] * 11] * 3
    assert lists[3].tolist() == [-1] * 12, "has it already"
    assert on_sale(shop.history, N, None, "all") is None
    with pytest.raises(UserError, match=r"recommend\.articles=7: .*no cut in time"):
        on_sale(shop.history, N, None, 7)
    with pytest.raises(UserError, match=r"recommend\.articles=1: nothing was sold"):
        on_sale(shop.history, N - 2, 120, 1)


WHO = "00000dbacae5abe5e23885899a1fa44253a17956c6d1c3d25f88aa139fdfc657"


def test_an_id_for_which_the_submission_has_no_place_is_refused(shop, tmp_path):
    sample = tmp_path / "sample_submission.csv"
    sample.write_text('customer_id,prediction\n"c,3",1\n')
    with pytest.raises(UserError, match=r"sample_submission\.csv: an id has a comma"):
        write_submission(tmp_path, sample, shop, np.zeros((4, 12), np.int32), np.arange(12))


def test_the_submission_follows_the_sample(shop, model, tmp_path):
    sample = tmp_path / "sample_submission.csv"
    sample.write_text("customer_id,prediction\nc3,0706016001\nnobody,0706016001\nc0,0706016001\n")
    lists, _ = write_parquet(tmp_path, model, shop, 12, True, None)
    others = np.arange(12)
    assert write_submission(tmp_path, sample, shop, lists, others) == 3
    lines = (tmp_path / "submission.csv").read_text().splitlines()
    assert lines[0] == "customer_id,prediction"
    assert [line.split(",")[0] for line in lines[1:]] == ["c3", "nobody", "c0"]
    assert lines[1].split(",")[1].split(" ") == [f"{i:010d}" for i in lists[3]]
    assert lines[2].split(",")[1].split(" ") == [f"{i:010d}" for i in range(12)]


@pytest.mark.parametrize(
    "text", [None, "customer,prediction\nc3,1\n", "", f"customer_id,prediction\n{WHO},1\n{WHO},1,2\n"]
)
def test_a_sample_that_is_none_is_named(shop, tmp_path, text):
    sample = tmp_path / "sample_submission.csv"
    if text is not None:
        sample.write_text(text)
    with pytest.raises(UserError, match=r"sample_submission\.csv: not") as error:
        write_submission(tmp_path, sample, shop, np.zeros((4, 12), np.int32), np.arange(12))
    assert WHO[:9] not in str(error.value), "Arrow's own words would show it"
