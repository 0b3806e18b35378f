"""The app on a real port of loopback, in a thread."""

import shutil
import socket
import subprocess
import tarfile
import tempfile
import threading
import time
from pathlib import Path

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
def axe(request):
    """The source of axe-core, from the npm registry; kept in pytest's cache."""
    folder = request.config.cache.mkdir("axe-core")
    source = folder / "axe.min.js"
    if not source.is_file():
        if shutil.which("npm") is None:
            pytest.skip("npm is missing, which fetches axe-core")
        # Each process of the tests in a folder of its own: another's package may be half written.
        with tempfile.TemporaryDirectory(dir=folder) as own:
            pack = ["npm", "pack", "--silent", "axe-core@4"]
            done = subprocess.run(pack, cwd=own, capture_output=True, text=True, timeout=120, check=False)
            if done.returncode:
                pytest.skip(f"axe-core is not to be had: {' '.join(done.stderr.split())[:100]}")
            with tarfile.open(Path(own) / done.stdout.split()[-1]) as packed:
                packed.extract("package/axe.min.js", own, filter="data")
            (Path(own) / "package/axe.min.js").replace(source)
    return source.read_text(encoding="utf-8")
