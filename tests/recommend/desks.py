"""A desk with a tiny model, for the command line and the app."""

import numpy as np
import pandas as pd
import pyarrow as pa
import torch
from scipy.sparse import csr_array

from traindy.core.vocabulary import Articles
from traindy.cvae.conditions import by_attributes, by_cluster
from traindy.cvae.evidence import TOGETHER, gather
from traindy.cvae.neighbours import bought_together
from traindy.cvae.net import CvaeNet, NetConfig
from traindy.cvae.recommender import CvaeRecommender
from traindy.cvae.weights import NET, Weights
from traindy.recommend.desk import Desk
from traindy.uph import UPH

N = 6
TYPES = ["Shirt", "Dress", "Shoes", "Bag", "Trousers", "Something else"]
COLOURS = ["Black", "White", "Dark Blue", "Light Pink", None]
METADATA = {
    "bands": {"age": [20, 30]},
    "ranges": {"age": [0, 120]},
    "levels": {"age": ["20-29", "30+", "<20", "missing"], "club": ["ACTIVE", "missing"]},
    "clusters": [
        {"cluster": 0, "customers": 3, "mode": {"age": "20-29", "club": "ACTIVE"}},
        {"cluster": 1, "customers": 1, "mode": {"age": "30+", "club": "missing"}},
    ],
}
PROFILES = pd.DataFrame(
    {
        "age": ["20-29", "30+", "<20", "missing"],
        "club": ["ACTIVE", "missing", "ACTIVE", "missing"],
        "cluster": [0, 1, 0, 1],
    }
)
MODES = pd.DataFrame([each["mode"] for each in METADATA["clusters"]])


def make_desk(of="attributes", n=N):
    """n: articles that the model knows; the shop has one more."""
    dense = np.zeros((4, n + 1), np.float32)
    for row, bought in enumerate([{0, 1}, {0, 1, 2}, {3, 4}, {3, 5}]):
        dense[row, list(bought)] = 1
    matrix = csr_array(dense)
    uph = UPH(matrix, np.full(matrix.nnz, 90, np.int32), np.ones(matrix.nnz, np.int32))
    profile = np.arange(4)
    made = (
        by_attributes(profile, PROFILES) if of == "attributes" else by_cluster(PROFILES["cluster"].to_numpy())
    )
    torch.manual_seed(0)
    config = NetConfig(n, 0, made.n_clusters, 4, 0.1, True, made.n_levels)
    net = CvaeNet(config, torch.zeros(n, 0).long(), torch.zeros(n), made.parts)
    for table in (net.encoder_condition, net.decoder_condition, net.prior_condition):
        torch.nn.init.normal_(table, std=0.3)
    evidence = gather(uph, n, 100, [], {TOGETHER: bought_together(uph, n, 3)})
    weights = {NET: 0.7, TOGETHER: 1.5}
    model = CvaeRecommender(net, evidence, Weights(weights, weights, {NET: 1.0}), 8, 0, 16)
    articles = Articles(
        pa.chunked_array([[f"{i:03d}" for i in range(n + 1)]]),
        pa.table(
            {
                "code": ["a"] * (n + 1),
                "prod_name": [f"shirt {i}" for i in range(n + 1)],
                "product_type_name": [TYPES[i % len(TYPES)] for i in range(n + 1)],
                "colour_group_name": [COLOURS[i % len(COLOURS)] for i in range(n + 1)],
            }
        ),
        n,
        n,
    )
    return Desk(model, articles, METADATA, PROFILES, MODES)
