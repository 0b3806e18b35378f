"""The app on a real port of loopback, in a thread."""

import socket
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
