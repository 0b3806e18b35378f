"""A trained CVAE on disk: safetensors for what is numbers, JSON for what it means."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from scipy.sparse import csr_array

from traindy.core.errors import UserError
from traindy.core.files import read_json, write_json
from traindy.core.vocabulary import Articles
from traindy.cvae.evidence_store import ARRAYS, load_evidence, save_evidence
from traindy.cvae.net import CvaeNet, NetConfig
from traindy.cvae.recommender import CvaeRecommender
from traindy.cvae.weights import Weights

WEIGHTS = "model.safetensors"
CONFIG = "model.json"
GRAPH = "graph."
"""What the names of the arrays of `Smoothing`'s graph begin with in the weights' file."""
CONDITIONED, UNCONDITIONED = "conditioned", "unconditioned"
"""Folders of the two models: the CVAE, and the CVAE without its condition."""


def vocabulary_hash(ids: pa.ChunkedArray) -> str:
    """SHA-256 of article ids in the order of their positions."""
    return hashlib.sha256("\n".join(ids.to_pylist()).encode()).hexdigest()


def save_recommender(folder: Path, recommender: CvaeRecommender, articles: Articles) -> None:
    """Write model.safetensors and model.json into `folder`."""
    net = recommender.net
    folder.mkdir(parents=True)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in net.state_dict().items()}
    tensors |= {name: getattr(net, name).cpu().contiguous() for name in ("levels", "conditions")}
    if net.smoothing is not None:
        graph = net.smoothing.graph()
        tensors |= {f"{GRAPH}{array}": torch.from_numpy(getattr(graph, array)) for array in ARRAYS}
    save_file(tensors, folder / WEIGHTS)
    save_evidence(folder, recommender.evidence)
    ids = articles.ids.slice(0, net.config.n_articles)
    serving = {"samples": recommender.samples, "seed": recommender.seed, "block": recommender.block}
    write_json(
        folder / CONFIG,
        {
            "net": net.config.as_dict(),
            "serving": serving,
            "weights": recommender.weights.as_dict(),
            "articles_sha256": vocabulary_hash(ids),
        },
    )


def save_models(folder: Path, models: Mapping[str, CvaeRecommender], articles: Articles) -> None:
    """Write each model into a folder of its own name."""
    for name, recommender in models.items():
        save_recommender(folder / name, recommender, articles)


def _load_net(file: Path, config: NetConfig) -> CvaeNet:
    """The table stays in the mapped file, so that it is not in memory twice; what is small is copied."""
    mapped = load_file(file)
    tensors = {name: each if name == "table" else each.clone() for name, each in mapped.items()}
    given = tensors.pop("levels"), tensors["bias"], tensors.pop("conditions"), tensors["table"]
    graph = None
    if any(name.startswith(GRAPH) for name in tensors):
        arrays = tuple(tensors.pop(GRAPH + array).numpy() for array in ARRAYS)
        graph = csr_array(arrays, shape=2 * (config.n_articles,))
    net = CvaeNet(config, *given, graph)
    net.load_state_dict(tensors, assign=True)
    return net


def load_recommender(folder: str | Path, articles: Articles) -> CvaeRecommender:
    """Read what `save_recommender` wrote; refuses weights that do not belong to these articles."""
    file = Path(folder) / WEIGHTS
    config = read_json(Path(folder) / CONFIG)
    try:
        net_config = NetConfig(**config["net"])
        net = _load_net(file, net_config)
        weights, serving = Weights(**config["weights"]), config["serving"]
        trained_on = config["articles_sha256"]
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(f"{file}: not a trained model ({reason}); run `dvc repro train_cvae`") from None
    if vocabulary_hash(articles.ids.slice(0, net_config.n_articles)) != trained_on:
        raise UserError(
            f"{file}: was trained on other articles than those of the split; run `dvc repro train_cvae`"
        )
    evidence = load_evidence(folder)
    if any(len(values) != net_config.n_articles for values in evidence.articles.values()):
        raise UserError(f"{folder}: the evidence does not fit the weights; run `dvc repro train_cvae`")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return CvaeRecommender(net.to(device).eval(), evidence, weights, **serving)
