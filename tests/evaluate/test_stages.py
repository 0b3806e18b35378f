"""The two stages from the contract's files to the report: baselines, then evaluate beside a small CVAE."""

import importlib.util
import json
import logging
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from scipy.sparse import csr_array

from traindy.core.cut import Cut, write_cut
from traindy.core.errors import UserError
from traindy.core.manifest import seal
from traindy.core.vocabulary import read_articles
from traindy.cvae.catalogue_levels import attribute_levels
from traindy.cvae.evidence import gather
from traindy.cvae.net import CvaeNet, NetConfig
from traindy.cvae.recommender import CvaeRecommender
from traindy.cvae.store import load_recommender, save_models
from traindy.cvae.weights import first_weights
from traindy.uph import UPH, empty, save

ROOT = Path(__file__).parents[2]
N_CUSTOMERS, N_TRAIN, N_KNOWN, N_ALL = 60, 24, 27, 30
HELD_OUT, COLD = np.arange(50, 55), np.arange(55, 60)
OPTIONS = (
    "baselines.als_factors=4",
    "baselines.knn_neighbours=5",
    "evaluate.k=[20, 25]",
    "evaluate.bootstrap=20",
    "data.dir=elsewhere",
)


def run(stage, params):
    spec = importlib.util.spec_from_file_location(stage, ROOT / "stages" / f"{stage}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.main(params)


def write_period(folder, random, customers, articles, day):
    dense = np.zeros((N_CUSTOMERS, N_ALL), np.float32)
    for customer in customers:
        dense[customer, articles[0] + random.integers(0, articles[1] - articles[0], 4)] = 1
    matrix = csr_array(dense)
    save(folder, UPH(matrix, np.full(matrix.nnz, day, np.int32), np.ones(matrix.nnz, np.int32)), 0)


def write_model(folder):
    articles = read_articles("data/split")
    torch.manual_seed(0)
    levels = attribute_levels(articles, N_KNOWN, words=0)
    net = CvaeNet(NetConfig(N_KNOWN, levels.count, 2, 4, 0.1, True), levels.codes, torch.zeros(N_KNOWN))
    evidence = gather(empty(N_CUSTOMERS, N_ALL), N_KNOWN, 100, [], {})
    model = CvaeRecommender(net, evidence, first_weights([]), samples=4, seed=0, block=16)
    save_models(Path(folder), {"conditioned": model, "unconditioned": model}, articles)


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """The outputs of split, cluster, build_uph and train_cvae under the working directory."""
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    split = tmp_path / "data/split"
    split.mkdir(parents=True)
    groups = np.full(N_CUSTOMERS, "warm", object)
    groups[HELD_OUT], groups[COLD] = "held_out", "cold"
    position = np.arange(N_CUSTOMERS, dtype=np.int32)
    customer_ids = [f"c{i:02d}" for i in range(N_CUSTOMERS)]
    customers = pa.table({"customer": position, "customer_id": customer_ids, "group": groups.tolist()})
    phases = ["train"] * N_TRAIN + ["valid"] * (N_KNOWN - N_TRAIN) + ["later"] * (N_ALL - N_KNOWN)
    ids = [f"0{i:02d}" for i in range(N_ALL)]
    names = ["product_code", "prod_name", "department_name", "section_name", "colour_group_name"]
    levels = {name: [str(i // 3) for i in range(N_ALL)] for name in names}
    pq.write_table(customers, split / "customers.parquet")
    position = np.arange(N_ALL, dtype=np.int32)
    articles = pa.table({"article": position, "article_id": ids, "phase": phases} | levels)
    pq.write_table(articles, split / "articles.parquet")
    write_cut(split, Cut("date", 90, 100, 110))
    (tmp_path / "data/cluster").mkdir()
    profile = np.arange(N_CUSTOMERS, dtype=np.int32) % 4
    clusters = pa.table({"customer": customers["customer"], "cluster": profile % 2, "profile": profile})
    pq.write_table(clusters, tmp_path / "data/cluster/customers.parquet")
    club = pa.table({"profile": profile[:4], "cluster": profile[:4] % 2, "club": ["a", "b", "b", "c"]})
    pq.write_table(club, tmp_path / "data/cluster/profiles.parquet")
    warm, everybody = np.arange(50), np.arange(N_CUSTOMERS)
    write_period("data/uph/train", random, warm, (0, N_TRAIN), 80)
    save("data/uph/earlier", empty(N_CUSTOMERS, N_ALL), 0)  # nothing was bought before day 80
    write_period("data/uph/valid", random, warm[::3], (0, N_KNOWN), 95)
    write_period("data/uph/fold_in", random, HELD_OUT, (0, N_KNOWN), 85)
    write_period("data/uph/test", random, everybody, (0, N_ALL), 105)
    write_model("data/cvae")
    for folder in ("split", "cluster", "uph", "cvae"):
        seal(tmp_path / "data" / folder, {})
    return tmp_path


TINY = ("cvae.latent_dim=4", "cvae.members=1", "cvae.max_epochs=1", "cvae.neighbours=5", "cvae.samples=4")


def outputs(folder):
    files = [*(folder / "data/baselines").iterdir(), *(folder / "data/evaluation").iterdir()]
    return {file: file.read_bytes() for file in [*files, *(folder / "metrics").iterdir()]}


def test_from_the_contract_to_the_report_and_the_same_bytes_twice(shop, params):
    runs = []
    for _ in range(2):
        run("baselines", params(*OPTIONS))
        run("evaluate", params(*OPTIONS))
        runs.append(outputs(shop))
    assert runs[0] == runs[1]
    content = json.loads((shop / "metrics/evaluate.json").read_text())
    few = json.loads((shop / "metrics/headline.json").read_text())
    cold = few.pop("cold")
    assert cold == {"ndcg_20": content["groups"]["cold"]["ndcg_20"]} and "held_out_withheld" in few
    assert all(few[name] == content[name] for name in ("recall_1", "recall_30", "ndcg_20", "coverage_20"))
    baselines = set(params().baselines.models)
    assert set(content["models"]) == baselines | {"cvae_unconditioned"}
    sizes = {name: group["customers"] for name, group in content["groups"].items()}
    assert sizes["warm"] + sizes["held_out"] + sizes["cold"] == content["customers"] <= N_CUSTOMERS
    assert sizes["held_out"] == 5 <= sizes["held_out_withheld"] and sizes["cold"] == sizes["history_0"] == 5
    assert content["catalogue"] == N_KNOWN and content["ceiling"]["recall_20"] < 1
    bands = content["article_bands"]
    assert sum(band["articles"] for band in bands.values()) == N_ALL and bands["unknown"]["pairs"] > 0
    assert set(bands["1_4"]["recall_20"]) == {"cvae", *content["models"]}
    assert list(content["diversity"]["clusters"]) == ["0", "1"] and content["diversity"]["samples"] == 4
    fair = json.loads((shop / "metrics/fairness.json").read_text())
    assert fair["customers"] == content["customers"] and fair["accuracy"] == {}, "all groups are small"
    assert set(fair["concentration"]) == {
        "bought",
        "cvae",
        "cvae_unconditioned",
        "popularity",
        "popularity_cluster",
    }
    assert fair["concentration"]["cvae"]["coverage"] == content["coverage_20"]
    leaks = json.loads((shop / "metrics/leaks.json").read_text())
    assert leaks["condition"] == "cluster" and leaks["attributes"] == {"club": None}, "every level is rare"
    assert set(leaks["membership"]["lists"].values()) == {None}, "five customers were held out"
    for model in (content, *content["models"].values()):
        assert 0 <= model["recall_20"] <= model["recall_25"] <= content["ceiling"]["recall_25"]
        assert model["intervals"]["ndcg_20"][0] <= model["ndcg_20"] <= model["intervals"]["ndcg_20"][1]


@pytest.mark.parametrize(("condition", "parts"), [("cluster", 2), ("attributes", 2 + 3)])
def test_the_cvae_is_conditioned_as_the_parameter_says(shop, params, condition, parts):
    chosen = params(*OPTIONS, *TINY, f"cvae.condition={condition}", "baselines.models=[popularity]")
    for stage in ("baselines", "train_cvae", "evaluate"):
        run(stage, chosen)
    model = load_recommender("data/cvae/conditioned", read_articles("data/split"))
    assert len(model.net.encoder_condition) == parts
    content = json.loads((shop / "metrics/evaluate.json").read_text())
    assert set(content["models"]) == {"popularity", "cvae_unconditioned"}
    assert content["groups"]["cold"]["customers"] == 5 and 0 < content["recall_20"] <= 1
    assert list(content["diversity"]["clusters"]) == ["0", "1"]


def test_the_repeat_policy_is_evaluates_alone(shop, params):
    run("baselines", params(*OPTIONS))
    judged = {}
    for exclude in ("true", "false"):
        run("evaluate", params(*OPTIONS, f"evaluate.exclude_bought={exclude}"))
        judged[exclude] = json.loads((shop / "metrics/evaluate.json").read_text())
    assert judged["false"]["ceiling"]["recall_25"] != judged["true"]["ceiling"]["recall_25"]
    assert judged["false"]["groups"]["cold"] == judged["true"]["groups"]["cold"], "they bought nothing before"
    popularity = [content["models"]["popularity"]["groups"]["cold"] for content in judged.values()]
    assert popularity[0] == popularity[1]


def test_a_neutral_model_serves_everybody_without_a_history_alike(shop, params):
    run("baselines", params(*OPTIONS, "baselines.models=[popularity]"))
    shown = {}
    for neutrality in (0, 1):
        run("evaluate", params(*OPTIONS, f"fairness.neutrality={neutrality}"))
        groups = json.loads((shop / "metrics/evaluate.json").read_text())["groups"]
        shown[neutrality] = groups["cold"]["coverage_20"]
    assert shown[0] > shown[1] == round(20 / N_KNOWN, 5)


@pytest.mark.parametrize(("refit", "known"), [("true", N_KNOWN), ("false", N_TRAIN)])
def test_baselines_know_the_catalogue_of_what_they_are_fitted_on(shop, params, refit, known):
    run("baselines", params(*OPTIONS, f"baselines.refit={refit}"))
    for file in (shop / "data/baselines").glob("*.npz"):
        with np.load(file) as npz:
            for policy in ("excluded", "allowed"):
                lists = npz[policy]
                assert lists.shape[1] == 100 and lists.max() < known, file.name
                assert ((lists >= 0).sum(1) <= known).all()
            assert (np.sort(npz["allowed"])[:, -known:] == np.arange(known)).all(), "every article, once"


def test_a_catalogue_too_large_for_ease_leaves_its_rows_out_and_says_so(shop, params, caplog):
    with caplog.at_level(logging.WARNING, "traindy"):
        run("baselines", params(*OPTIONS, "baselines.ease_max_articles=20"))
    (line, _) = caplog.messages
    why = "27 articles and 50 customers are both more than baselines.ease_max_articles=20"
    assert line == f"warning: ease is left out: {why}"
    counts = json.loads((shop / "metrics/baselines.json").read_text())
    assert set(counts["skipped"]) == {"ease", "ease_attributes"} and "ease" not in counts["models"]
    run("evaluate", params(*OPTIONS))
    assert "ease" not in json.loads((shop / "metrics/evaluate.json").read_text())["models"]


def test_a_list_longer_than_the_catalogue_is_refused_before_anything_is_ranked(shop, params):
    run("baselines", params(*OPTIONS, "baselines.models=[popularity]"))
    with pytest.raises(UserError, match=r"evaluate\.k=\[20, 28\]: 28 is more than the 27 articles"):
        run("evaluate", params(*OPTIONS, "evaluate.k=[20, 28]"))
    assert not (shop / "metrics/evaluate.json").exists()


def test_without_the_baselines_the_command_that_makes_them_is_named(shop, params):
    with pytest.raises(UserError, match="run `dvc repro baselines`"):
        run("evaluate", params(*OPTIONS))
