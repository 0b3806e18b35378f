"""The app on a real port of loopback, in a thread."""

import os
import shutil
import socket
import subprocess
import tarfile
import threading
import time

import pytest
from desks import make_desk

PATIENCE = 30


@pytest.fixture(scope="session")
def address():
    """Of the app with a shop of forty articles."""
    uvicorn = pytest.importorskip("uvicorn", reason="pip install '.[serve]'")
    from traindy.serve.app import create_app

    app = create_app(lambda: make_desk(n=40))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        app.state.at_work = server.server_state.tasks
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        until = time.monotonic() + PATIENCE
        while not server.started and time.monotonic() < until:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(PATIENCE)


@pytest.fixture(scope="session")
def chromium():
    """The path of Debian's Chromium; installed where it is missing and this may install it."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None and shutil.which("apt-get") and os.geteuid() == 0:
        install = "apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium"
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(
            ["timeout", "300", "sh", "-c", install], env=environment, capture_output=True, check=False
        )
        found = shutil.which("chromium")
    if found is None:
        pytest.skip("Chromium is missing: apt-get install chromium")
    return found


@pytest.fixture(scope="session")
def browser(chromium):
    """A browser of its own for all tests; each opens its own contexts."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="pip install '.[dev]'")
    with sync_api.sync_playwright() as playwright:
        # Root has no sandbox, and containers little shared memory.
        options = ["--no-sandbox", "--disable-dev-shm-usage"]
        opened = playwright.chromium.launch(executable_path=chromium, args=options)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def axe(request):
    """The source of axe-core, from the npm registry; kept in pytest's cache."""
    folder = request.config.cache.mkdir("axe-core")
    source = folder / "package" / "axe.min.js"
    if not source.is_file():
        if shutil.which("npm") is None:
            pytest.skip("npm is missing, which fetches axe-core")
        pack = ["npm", "pack", "--silent", "axe-core@4"]
        done = subprocess.run(pack, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            pytest.skip(f"axe-core is not to be had: {' '.join(done.stderr.split())[:100]}")
        with tarfile.open(folder / done.stdout.split()[-1]) as packed:
            packed.extract("package/axe.min.js", folder, filter="data")
    return source.read_text(encoding="utf-8")
