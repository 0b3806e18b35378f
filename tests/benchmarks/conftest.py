"""A made-up dataset for the benches."""

import random

import pandas as pd
import pytest

SMALL = {
    "cvae.latent_dim": 8,
    "cvae.max_epochs": 1,
    "cvae.members": 1,
    "cvae.ablation": False,
    "evaluate.bootstrap": 20,
    "evaluate.k": [20],
    "data.article_attributes": [],
    "baselines.ease_attributes": {},
    "cluster.attributes": [],
    "cluster.n_clusters": 1,
    "cluster.max_clusters": 1,
    "engine.threads": 1,
}


def write(folder, source):
    """60 customers, 25 articles, 30 days."""
    folder.mkdir(parents=True)
    draw = random.Random(0)
    rows = [
        (f"c{draw.randrange(60)}", f"a{draw.randrange(25)}", f"2020-01-{1 + i // 25:02}") for i in range(750)
    ]
    sales = pd.DataFrame(rows, columns=["customer_id", "article_id", "t_dat"])
    sales.to_parquet(folder / "transactions_train.parquet")
    pd.DataFrame({"customer_id": [f"c{i}" for i in range(60)]}).to_parquet(folder / "customers.parquet")
    pd.DataFrame({"article_id": [f"a{i}" for i in range(25)]}).to_parquet(folder / "articles.parquet")


@pytest.fixture
def tiny():
    """Its overrides of params.yaml, and what writes its raw files."""
    return SMALL, write
