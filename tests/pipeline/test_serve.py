"""From the raw files to an answer: the pipeline, `traindy serve` as a process, a request, another model."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import pytest

pytest.importorskip("fastapi", reason="pip install '.[serve]'")

PATIENCE = 120


@contextmanager
def serving(repository, log):
    """The address of a server in the repository, and its process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "traindy.cli", "serve", "--port", str(port)]
    with log.open("w") as out, subprocess.Popen(
        command, cwd=repository.folder, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, stdout=out
    ) as process:  # fmt: skip
        try:
            yield f"http://127.0.0.1:{port}", process
        finally:
            process.kill()


def wait_for(holds):
    """What `holds` returns, once it returns something."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := holds():
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def get(address, body=None):
    headers = {"Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(address, data, headers), timeout=PATIENCE) as answer:
        return answer.read().decode()


def ready(address):
    try:
        return json.loads(get(f"{address}/readyz"))
    except OSError:
        return None


def test_a_model_is_served_and_replaced_by_the_next_unless_that_is_broken(clean, tmp_path):
    log = tmp_path / "log"
    weights = clean.folder / "data/cvae/conditioned/model.safetensors"
    with serving(clean, log) as (address, process):
        first = wait_for(lambda: ready(address))
        asked = {"attributes": {"age": 28}, "k": 20}
        answer = json.loads(get(f"{address}/api/recommendations", asked))
        bought = [each["article"]["article_id"] for each in answer["recommendations"]][:2]
        assert len(answer["recommendations"]) == 20 and answer["reason"] == "Popular with age 28"
        warm = json.loads(get(f"{address}/api/recommendations", asked | {"bought": bought}))
        assert not {each["article"]["article_id"] for each in warm["recommendations"]} & set(bought)
        assert get(f"{address}/?age=25-29").count('class="card"') == 20

        # Written beside and renamed, as a stage does: what is open stays as it was.
        broken = weights.with_suffix(".new")
        broken.write_bytes(weights.read_bytes()[:-7])
        broken.replace(weights)
        os.kill(process.pid, signal.SIGHUP)
        wait_for(lambda: "not what train_cvae wrote" in log.read_text())
        kept = ready(address)
        assert (kept["model"], kept["opened"]) == (first["model"], first["opened"])
        assert json.loads(get(f"{address}/api/recommendations", asked)) == answer

        clean.set("cvae.seed=7", "cvae.max_epochs=1", "cvae.ablation=false")
        clean.dvc("repro", "train_cvae")
        os.kill(process.pid, signal.SIGHUP)
        wait_for(lambda: ready(address)["model"] != first["model"])
        assert ready(address)["age_seconds"] < first["age_seconds"] + PATIENCE
        assert len(json.loads(get(f"{address}/api/recommendations", asked))["recommendations"]) == 20

        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) in (0, -signal.SIGTERM)
    assert "Traceback" not in log.read_text()
    assert "age=" not in log.read_text() and "/api" not in log.read_text(), "what is asked is not logged"


def test_without_a_model_that_is_said_in_a_line(clone):
    done = clone.run(sys.executable, "-m", "traindy.cli", "serve", "--port", "1", check=False)
    assert done.count("\n") == 1 and done.startswith("error: ") and "dvc repro" in done
