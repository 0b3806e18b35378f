"""Who the customers are stands where it must, and nowhere else; who is forgotten stands nowhere."""

import hashlib
import logging
import random
import subprocess
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sound import HEADER, PEOPLE, THINGS, A, C, T, text

from traindy import cli
from traindy.core.errors import UserError
from traindy.core.forgotten import forget, read_forgotten

PIPELINE = ("split", "cluster", "build_uph", "baselines", "train_cvae", "evaluate", "recommend")
MUST_HAVE_THEM = {"data/split/customers.parquet", "data/recommendations/recommendations.parquet"}
ROOT = Path(__file__).parents[2]
IDS = [hashlib.sha256(bytes([i])).hexdigest() for i in range(20)]
OPTIONS = ("evaluate.exclude_bought=false", "split.held_out=.2")


def write(shop, without=()):
    """Twenty customers, but for some, who buy eight articles."""
    draw = random.Random(0)
    rows = [(draw.randint(1, 28), draw.choice(IDS), draw.randint(0, 7)) for _ in range(300)]
    people = [(who, f"{who},{draw.choice('AB')},{draw.randint(16, 99)}") for who in IDS]
    draw.shuffle(people)
    files = {
        T: text(
            HEADER, *(f"2020-01-{day:02d},{who},0{what}" for day, who, what in rows if who not in without)
        ),
        C: text(PEOPLE[0], *(line for who, line in people if who not in without)),
        A: text(THINGS[0], *(f"0{i},Shirt" for i in range(8))),
    }
    for name, content in files.items():
        (shop.folder / "raw" / name).write_bytes(content)


def readable(file):
    """All that a file holds, without its compression."""
    if file.suffix == ".parquet":
        table = pq.read_table(file)
        texts = [column.cast(pa.string()).to_pylist() for column in table.columns]
        return repr([texts, table.schema.metadata]).encode() + file.read_bytes()
    if file.suffix == ".npz":
        with np.load(file) as npz:
            return b"".join(npz[name].tobytes() for name in npz.files)
    return file.read_bytes()


def holds(shop, ids):
    """Files of the pipeline in which an id stands, whole or its first 16 characters."""
    files = (f for part in ("data", "metrics") for f in (shop.folder / part).rglob("*") if f.is_file())
    return {
        str(file.relative_to(shop.folder))
        for file in files
        if any(who[:16].encode() in content for content in [readable(file)] for who in ids)
    }


def test_outputs_and_logs_hold_no_customer_id(workshop, tmp_path, caplog, capfd):
    shop = workshop(tmp_path / "shop", *OPTIONS)
    write(shop)
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="traindy"):
        shop.run(*PIPELINE)
    assert holds(shop, IDS) == MUST_HAVE_THEM
    said = caplog.text + "".join(capfd.readouterr())
    assert "split: 300 rows" in said and not [who for who in IDS if who[:8] in said]


@pytest.mark.parametrize("gone", [IDS[3:4], IDS[:5]], ids=["one", "five"])
def test_the_pipeline_has_never_seen_who_is_forgotten(workshop, tmp_path, gone):
    found = []
    for name, without in {"asked": (), "never": gone}.items():
        shop = workshop(tmp_path / name, *OPTIONS)
        write(shop, without)
        if name == "asked":
            assert forget("data/forgotten", gone) == len(gone)
        shop.run(*PIPELINE)
        written = shop.outputs("data", "metrics")
        found.append({file: content for file, content in written.items() if "/forgotten/" not in file})
        assert not holds(shop, gone)
    assert found[0] == found[1] and set(found[0]) > MUST_HAVE_THEM


def test_what_is_wrong_with_the_forgotten_is_not_said(workshop, tmp_path):
    """Their rows may be broken: they are not read."""
    shop = workshop(tmp_path / "shop", *OPTIONS)
    write(shop)
    file = shop.folder / "raw" / T
    file.write_bytes(file.read_bytes() + f"soon,{IDS[0]},77\n".encode())
    with pytest.raises(UserError, match="'soon' is not a date"):
        shop.run("split")
    forget("data/forgotten", IDS[:1])
    shop.run("split")
    forget("data/forgotten", IDS)
    with pytest.raises(UserError, match=r"customers\.csv: no rows but those of customers who are forgotten"):
        shop.run("split")


def test_the_command(workshop, tmp_path, monkeypatch, capsys):
    shop = workshop(tmp_path / "shop", *OPTIONS)
    write(shop)
    shop.run("split")
    monkeypatch.setattr("traindy.core.config.load_params", lambda _: shop.params)
    cli.main(["forget", IDS[0], IDS[1]])
    cli.main(["forget", IDS[1]])
    cli.main(["forget", IDS[2][:10]])
    said = capsys.readouterr().out.splitlines()
    assert [line[:7] for line in said] == ["2 added", "0 added", "warning", "1 added"]
    assert IDS[2][:10] not in " ".join(said) and "1 of 1 were not in the last split" in said[2]
    hashes = [hashlib.sha256(who.encode()).hexdigest() for who in (*IDS[:2], IDS[2][:10])]
    assert read_forgotten("data/forgotten") == sorted(hashes)
    with pytest.raises(SystemExit, match=r"^error: forget: an id is empty"):
        cli.main(["forget", ""])
    with Path("data/forgotten/forgotten.txt").open("a") as file:
        file.write("not a hash\n")
    with pytest.raises(UserError, match=r"data/forgotten/forgotten\.txt: line 4: not a sha256 hash"):
        shop.run("split")


def test_git_ignores_the_list_and_has_its_folder(tmp_path):

    def git(*command):
        done = subprocess.run(["git", *command], cwd=ROOT, capture_output=True, text=True, check=False)
        return done.stdout.split()

    if not git("ls-files", "params.yaml"):
        pytest.skip("not a git checkout")
    assert git("ls-files", "data/forgotten") == ["data/forgotten/.gitignore"]
    assert git("check-ignore", "data/forgotten/forgotten.txt")
