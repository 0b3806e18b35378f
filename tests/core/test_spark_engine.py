"""Spark on a standalone cluster of this machine gives what DuckDB gives, row for row."""

import ctypes
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
import yaml
from repository import make_repository
from shown import ROOT, blocks

from traindy.cluster.customers import cluster_profiles, count_profiles, write_customers
from traindy.core.engine import open_engine
from traindy.core.errors import UserError
from traindy.core.vocabulary import EARLIER, PERIODS, count_customers, read_articles
from traindy.simulate.shop import make_shop
from traindy.simulate.shop import write_shop as write_raw
from traindy.split.shop import split_shop, write_split
from traindy.uph import load
from traindy.uph.build import write

MISSING = [
    *([] if importlib.util.find_spec("pyspark") else ["pyspark: pip install -c constraints.txt '.[spark]'"]),
    *([] if shutil.which("java") else ["Java 17"]),
]
needs_spark = pytest.mark.skipif(bool(MISSING), reason=f"missing: {', '.join(MISSING)}")

HOST, WORKERS = "127.0.0.1", 2
LIGHT = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
SMALL = ["simulate.customers=300", "simulate.articles=100", "simulate.days=60"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def end_with_parent() -> None:
    """Where these tests are killed before they can end what they started: prctl(2), PR_SET_PDEATHSIG."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


@contextmanager
def daemons(folder: Path):
    """A master and two workers, each a process of its own with its folder; all end with the block."""
    import pyspark

    home = Path(pyspark.__file__).parent
    url = f"spark://{HOST}:{free_port()}"
    java = {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": HOST, "SPARK_DAEMON_JAVA_OPTS": LIGHT}
    command = [str(home / "bin" / "spark-class"), "org.apache.spark.deploy.{role}.{Role}", "--host", HOST]
    master = ["--port", url.rpartition(":")[2], "--webui-port", "0"]
    roles = [("master", master)]
    for i in range(WORKERS):
        limits = ["--cores", "1", "--memory", "700m", "--webui-port", "0", "--work-dir", str(folder / f"{i}")]
        roles.append(("worker", [*limits, url]))
    started = []
    try:
        for role, arguments in roles:
            names = [part.format(role=role, Role=role.title()) for part in command]
            log = (folder / f"{len(started)}.log").open("w")
            started.append(
                subprocess.Popen(
                    [*names, *arguments],
                    env=os.environ | java,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    preexec_fn=end_with_parent,
                )
            )
        yield url
    finally:
        for process in reversed(started):
            os.killpg(process.pid, signal.SIGTERM)  # a worker's executors too
        for process in started:
            process.wait(60)


def wait_for(url: str, seconds: int = 300) -> None:
    """Until the master answers; the workers find it by themselves."""
    host, _, port = url.removeprefix("spark://").rpartition(":")
    for _ in range(seconds):
        with socket.socket() as probe:
            if probe.connect_ex((host, int(port))) == 0:
                return
        time.sleep(1)
    raise AssertionError(f"{url}: no master after {seconds} s")


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    """`engine.*` overrides for a cluster on loopback, and the workers' folders."""
    folder = tmp_path_factory.mktemp("spark")
    with daemons(folder) as url:
        wait_for(url)
        options = {
            "spark.driver.host": HOST,
            "spark.driver.bindAddress": HOST,
            "spark.driver.extraJavaOptions": LIGHT,
            "spark.executor.extraJavaOptions": LIGHT,
            "spark.executor.memory": "512m",
            "spark.executor.cores": 1,
            "spark.cores.max": WORKERS,
            "spark.sql.shuffle.partitions": 3,
            "spark.scheduler.minRegisteredResourcesRatio": 1.0,
            "spark.scheduler.maxRegisteredResourcesWaitingTime": "300s",
        }
        yield ["engine.name=spark", f"engine.master={url}", f"engine.options={options}"], folder


@pytest.fixture(scope="module")
def raw(tmp_path_factory, params):
    """A simulated shop: the transactions as a folder of Parquet parts, the rest as CSV."""
    folder = tmp_path_factory.mktemp("raw")
    write_raw(make_shop(params(*SMALL).simulate), folder)
    file = folder / "transactions_train.csv"
    text = pacsv.ConvertOptions(column_types={"article_id": "string"})
    rows = pacsv.read_csv(file, convert_options=text)
    file.unlink()
    parts = folder / "transactions_train.parquet"
    parts.mkdir()
    for i, part in enumerate(rows.to_batches(max_chunksize=len(rows) // 3 + 1)):
        pq.write_table(pa.Table.from_batches([part]), parts / f"{i}.parquet")
    return folder


def run(out, settings):
    """split, cluster and build_uph, as the stages do it; the counts that the split reports."""
    for name in "split", "cluster":
        (out / name).mkdir(parents=True)
    with open_engine(settings.engine, out / "scratch") as engine:
        found = split_shop(engine, settings)
        write_split(engine, found, out / "split")
        customers = engine.read_parquet(out / "split" / "customers.parquet")
        profiles = count_profiles(engine, customers, settings.cluster.attributes)
        write_customers(
            engine, customers, cluster_profiles(profiles, settings.cluster, "customers"), out / "cluster"
        )
        shape = count_customers(out / "split"), read_articles(out / "split").n_all
        for period in PERIODS:
            write(engine, out / "split" / f"{period}.parquet", out / "uph" / period, shape, 150)
        early = 18_000 if found.cut.earlier is None else found.cut.earlier
        write(engine, out / "split/train.parquet", out / "uph" / EARLIER, shape, 150, early)
    return found.counts, profiles


def same_tables(a: Path, b: Path) -> None:
    files = sorted(file.relative_to(a) for file in a.glob("*/*.parquet"))
    assert len(files) == 8
    for file in files:
        one, other = pq.read_table(a / file), pq.read_table(b / file)
        assert [(f.name, f.type) for f in one.schema] == [(f.name, f.type) for f in other.schema], file
        assert one.to_pylist() == other.to_pylist(), file


@needs_spark
@pytest.mark.parametrize("by", ["fraction", "per_customer"])
def test_split_cluster_and_uph_equal_those_of_duckdb(spark, raw, params, tmp_path, by):
    overrides, workers = spark
    shop = [
        f"data.dir={raw}",
        f"split.by={by}",
        "split.held_out=0.1",
        "cluster.max_clusters=3",
        "cluster.n_clusters=2",
    ]
    counts, profiles = run(tmp_path / "duckdb", params(*shop))
    counts_too, profiles_too = run(tmp_path / "spark", params(*shop, *overrides))
    assert counts == counts_too
    assert profiles.equals(profiles_too)
    same_tables(tmp_path / "duckdb", tmp_path / "spark")
    for period in (*PERIODS, EARLIER):
        one, other = (load(tmp_path / engine / "uph" / period) for engine in ("duckdb", "spark"))
        assert one.matrix.shape == other.matrix.shape
        for name in "indptr", "indices":
            assert np.array_equal(getattr(one.matrix, name), getattr(other.matrix, name))
        assert np.array_equal(one.day, other.day) and np.array_equal(one.count, other.count)
    names = [file.name for file in (tmp_path / "spark" / "split" / "train.parquet").iterdir()]
    assert sorted(names) == [f"part-{i:05d}.parquet" for i in range(len(names))], "the same at every run"
    assert all(list((workers / f"{i}").glob("app-*/*")) for i in range(WORKERS)), "both workers worked"


@needs_spark
def test_what_is_wrong_with_the_files_is_said_in_the_same_words(spark, params, tmp_path):
    """An unknown customer in the second part: rows are counted over the parts, in the order of names."""
    parts = tmp_path / "raw" / "transactions_train.parquet"
    parts.mkdir(parents=True)
    (tmp_path / "raw" / "customers.csv").write_text("customer_id\nann\n")
    (tmp_path / "raw" / "articles.csv").write_text("article_id\n1\n")
    for name, who in {"0": ["ann", "ann"], "1": ["ann", "bob"] * 3}.items():
        rows = {"t_dat": ["2020-01-01"] * len(who), "customer_id": who, "article_id": ["1"] * len(who)}
        pq.write_table(pa.table(rows), parts / f"{name}.parquet")
    plain = [f"data.dir={tmp_path / 'raw'}", "cluster.attributes=[]", "data.article_attributes=[]"]
    said = []
    for overrides in [], spark[0]:
        settings = params(*plain, *overrides)
        with pytest.raises(UserError) as error, open_engine(settings.engine, tmp_path / "s") as engine:
            split_shop(engine, settings)
        said.append(str(error.value))
    assert said[0] == said[1]
    assert (
        "transactions_train.parquet: column customer_id, row 4: 'b…' is not in customers.csv (3 rows)"
        in said[0]
    )


@needs_spark
@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a,b\nx,1,2\n", "a row with more or fewer columns than the header"),
        ("a,b\nx\n", "a row with more or fewer columns than the header"),
    ],
)
def test_broken_csv_is_said_in_one_line(spark, params, tmp_path, content, words):
    file = tmp_path / "a.csv"
    file.write_text(content)
    with open_engine(params(*spark[0]).engine, tmp_path / "scratch") as engine:
        with pytest.raises(UserError, match=rf"^{file}: {words}"):
            engine.fetch(engine.read_csv(file, 2), file)
        with pytest.raises(UserError, match=r"no\.parquet: not found"):
            engine.read_parquet(tmp_path / "no.parquet")


@needs_spark
def test_a_master_that_does_not_answer_is_named(params, tmp_path):
    master = f"spark://{HOST}:{free_port()}"
    with pytest.raises(UserError, match=rf"^engine\.master={master}: cannot be reached .*; start it"):
        open_engine(params("engine.name=spark", f"engine.master={master}").engine, tmp_path)


@needs_spark
def test_without_java_it_says_what_to_install(params, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(UserError, match=r"^engine\.name=spark: needs Java 17, which is not found; install"):
        open_engine(params("engine.name=spark").engine, tmp_path)


def test_without_pyspark_it_says_what_to_install(params, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "py4j.protocol", None)
    monkeypatch.delitem(sys.modules, "traindy.core.spark_engine", raising=False)
    with pytest.raises(UserError, match=r"^engine\.name=spark: needs pyspark; install it with `pip install"):
        open_engine(params("engine.name=spark").engine, tmp_path)


@pytest.mark.parametrize("master", ["hadoop", "spark://host", "http://host:7077"])
def test_a_master_that_is_none_is_refused_with_the_parameters(params, master):
    with pytest.raises(UserError, match=rf"^engine\.master={master}: "):
        params(f"engine.master={master}")


@needs_spark
def test_what_the_page_shows_gives_the_metrics_that_duckdb_gives(spark, tmp_path):
    """The whole pipeline, whose later stages read the tables as folders of parts."""
    local, cluster, stage = (each.text for each in blocks(ROOT / "docs/spark.md"))
    master, options = (each.partition("=")[2] for each in spark[0][1:])
    made = make_repository(tmp_path / "repository")
    parameters = yaml.safe_load((made.folder / "params.yaml").read_text())
    parameters["engine"]["options"] = yaml.safe_load(options)
    (made.folder / "params.yaml").write_text(yaml.safe_dump(parameters))
    made.dvc("repro")
    expected = {file: file.read_bytes() for file in (made.folder / "metrics").glob("*.json")}
    assert len(expected) >= 8
    small = stage.replace("8g", "512m")  # what these workers have
    for command in (local, cluster.replace("spark://host:7077", master), small):
        printed = made.run("bash", "-ec", command)
        assert "split: done" in printed
        changed = [file.name for file, content in expected.items() if file.read_bytes() != content]
        assert not changed, printed
    assert (made.folder / "data/split/train.parquet/part-00000.parquet").is_file()
