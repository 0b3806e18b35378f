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


def make_desk(of="attributes"):
    dense = np.zeros((4, N + 1), np.float32)
    for row, bought in enumerate([{0, 1}, {0, 1, 2}, {3, 4}, {3, 5}]):
        dense[row, list(bought)] = 1
    matrix = csr_array(dense)
    uph = UPH(matrix, np.full(matrix.nnz, 90, np.int32), np.ones(matrix.nnz, np.int32))
    profile = np.arange(4)
    made = (
        by_attributes(profile, PROFILES) if of == "attributes" else by_cluster(PROFILES["cluster"].to_numpy())
    )
    torch.manual_seed(0)
    config = NetConfig(N, 0, made.n_clusters, 4, 1, 0.1, True, made.n_levels)
    net = CvaeNet(config, torch.zeros(N, 0).long(), torch.zeros(N), made.parts)
    for table in (net.encoder_condition, net.decoder_condition, net.prior_condition):
        torch.nn.init.normal_(table, std=0.3)
    evidence = gather(uph, N, 100, [], {TOGETHER: bought_together(uph, N, 3)})
    weights = {NET: 0.7, TOGETHER: 1.5}
    model = CvaeRecommender(net, evidence, Weights(weights, weights, {NET: 1.0}), 8, 0, 16)
    articles = Articles(
        pa.chunked_array([[f"{i:03d}" for i in range(N + 1)]]),
        pa.table({"code": ["a"] * (N + 1), "prod_name": [f"shirt {i}" for i in range(N + 1)]}),
        N,
        N,
    )
    return Desk(model, articles, METADATA, PROFILES, MODES)
