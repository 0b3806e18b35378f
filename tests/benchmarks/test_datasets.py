"""Adapters: packages' tables as raw files."""

import datasets
import numpy as np
import pandas as pd
import pytest
from datasets import DATASETS, JOURNEY_CUT, gowalla, journey
from omegaconf import OmegaConf
from scipy.sparse import csr_matrix, save_npz

from traindy.core.config import validate

BEFORE, AFTER = pd.Timestamp("2017-02-03 10:11:12"), pd.Timestamp(JOURNEY_CUT)


@pytest.fixture(autouse=True)
def tables(monkeypatch):
    """Households 1 to 3, of which 1 and 2 have demographics; product 12 has no type."""
    bought = pd.DataFrame(
        {
            "household_id": [1, 1, 2, 2, 3],
            "product_id": [10, 11, 10, 12, 11],
            "transaction_timestamp": [BEFORE, AFTER, BEFORE, AFTER, BEFORE],
        }
    )
    households = pd.DataFrame(
        {"household_id": [2, 1], "age": ["65+", "19-24"], "marital_status": [None, "Married"]}
    )
    products = pd.DataFrame(
        {"product_id": [10, 11, 12], "department": ["GROCERY"] * 3, "product_type": ["MILK", "MILK", None]}
    )
    monkeypatch.setattr(datasets, "_journey_tables", lambda: (bought, households, products))


def written(folder):
    return [
        pd.read_parquet(folder / f"{name}.parquet")
        for name in ("transactions_train", "customers", "articles")
    ]


def test_journey_at_product_level(tmp_path):
    journey("product_id", None)(tmp_path / "raw", None)
    sales, customers, articles = written(tmp_path / "raw")
    assert sales["article_id"].tolist() == ["10", "11", "10", "12", "11"]
    assert sales["t_dat"].tolist()[:2] == ["2017-02-03", JOURNEY_CUT]
    assert customers["customer_id"].tolist() == ["1", "2", "3"], "those without demographics too"
    assert customers["age"].tolist()[:2] == ["19-24", "65+"] and customers["age"].isna().tolist()[2]
    assert articles["article_id"].tolist() == ["10", "11", "12"]


def test_journey_at_type_level_has_no_purchases_without_a_type(tmp_path):
    journey("product_type", None)(tmp_path / "raw", None)
    sales, _, articles = written(tmp_path / "raw")
    assert sales["article_id"].tolist() == ["MILK"] * 4 and articles["article_id"].tolist() == ["MILK"]


def test_a_folds_households_lose_what_they_bought_before_the_cut(tmp_path):
    journey("product_id", 1)(tmp_path / "raw", None)
    sales = written(tmp_path / "raw")[0]
    kept = list(zip(sales["customer_id"], sales["article_id"], strict=True))
    assert kept == [("1", "10"), ("1", "11"), ("2", "12"), ("3", "11")], "household 2 is the second known one"


@pytest.mark.parametrize("name", DATASETS)
def test_the_overrides_are_parameters_that_there_are(name, params):
    content = OmegaConf.create(params().model_dump(mode="json"))
    for each in (DATASETS[name], *DATASETS[name].folds):
        for key, value in each.overrides.items():
            OmegaConf.update(content, key, value, merge=False)
        changed = validate(OmegaConf.to_container(content))
        assert set(changed.baselines.ease_attributes) <= set(changed.data.article_attributes)


def test_gowallas_test_stays_as_it_is_given_and_validation_comes_from_training(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets, "GIVEN_CUSTOMERS", 1.0)
    given = {"train": [[1, 1, 0, 1], [0, 1, 1, 0]], "test": [[0, 0, 1, 0], [1, 0, 0, 0]]}
    for fold, rows in given.items():
        save_npz(tmp_path / f"{fold}.npz", csr_matrix(np.array(rows, np.float32)))
    gowalla(tmp_path / "raw", tmp_path)
    sales, customers, articles = written(tmp_path / "raw")
    folds = {fold: set() for fold in ("train", "valid", "test")}
    for customer, article, fold in zip(sales["customer_id"], sales["article_id"], sales["fold"], strict=True):
        folds[fold].add((int(customer), int(article)))
    assert folds["test"] == {(0, 2), (1, 0)}
    assert folds["train"] | folds["valid"] == {(0, 0), (0, 1), (0, 3), (1, 1), (1, 2)}
    assert [sum(customer == c for customer, _ in folds["valid"]) for c in (0, 1)] == [1, 1]
    assert len(sales) == 7 and len(customers) == 2 and len(articles) == 4
