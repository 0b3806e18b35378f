"""The stage as a script, and real rows where they are at hand."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "data"


def stage(folder, *overrides):
    command = [sys.executable, str(ROOT / "stages" / "split.py"), *overrides]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_outputs_appear_whole_and_stay_when_the_next_run_fails(shop_of, tmp_path):
    shutil.copy(ROOT / "params.yaml", tmp_path)
    days = [f"2020-01-{day:02d}" for day in range(1, 21)]
    shop_of(tmp_path / "raw", [(day, c, a) for day in days for c in ("ann", "bob") for a in ("1", "2")])
    options = ("data.dir=raw", "cluster.attributes=[]", "~cluster.bands.age", "data.article_attributes=[]")
    done = stage(tmp_path, *options, "split.held_out=0")
    assert done.returncode == 0, done.stderr
    written = {file: file.read_bytes() for file in (tmp_path / "data").rglob("*") if file.is_file()}
    names = {"train", "valid", "test", "fold_in", "customers", "articles"}
    assert {file.name for file in written} == {f"{name}.parquet" for name in names} | {
        "cut.json",
        "manifest.json",
    }
    (tmp_path / "raw" / "customers.csv").write_text("customer_id\nann\n")
    failed = stage(tmp_path, *options, "split.held_out=0")
    assert failed.returncode == 1
    (line,) = failed.stderr.splitlines()
    assert line.startswith(
        "error: raw/transactions_train.csv: column customer_id, line 4: 'b…' is not in customers.csv"
    )
    assert {file: file.read_bytes() for file in (tmp_path / "data").rglob("*") if file.is_file()} == written


def real(name):
    folder = REAL / name
    return pytest.param(
        folder, marks=pytest.mark.skipif(not folder.is_dir(), reason=f"no real rows at {folder}")
    )


H_AND_M = (
    "cluster.attributes=[club_member_status,fashion_news_frequency,age,FN,Active]",
    "data.article_attributes=[product_code,prod_name]",
    "split.held_out=.05",
)


@pytest.mark.parametrize("folder", [real("hm-sample")])
def test_two_years_of_real_customers(split, tmp_path, folder):
    found = split(folder, tmp_path / "out", *H_AND_M)
    assert found.counts["rows"]["read"] == 31662
    assert found.counts["customers"]["total"] == 1364
    assert {row["fashion_news_frequency"] for row in found.table("customers")} >= {"NONE", "Regularly", None}
    assert all(len(row["article_id"]) == 10 for row in found.table("articles"))


@pytest.mark.parametrize("folder", [real("hm-week")])
def test_a_real_week(split, tmp_path, folder):
    found = split(folder, tmp_path / "out", *H_AND_M, "split.by=per_customer")
    assert found.counts["rows"]["read"] == 119845
    assert found.counts["articles"]["total"] == 105542
    codes = {row["product_code"] for row in found.table("articles")}
    assert "108775" in codes and all(code.isdigit() for code in codes)
