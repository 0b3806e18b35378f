"""Starts the server: uvicorn on one port, the model opened before it, opened again on SIGHUP."""

import logging
import signal
import threading
from functools import partial
from pathlib import Path

import torch
import uvicorn

from traindy.core.params import Params
from traindy.recommend.desk import Desk
from traindy.serve.app import create_app

log = logging.getLogger("traindy")


def serve(params: Params, host: str, port: int) -> None:
    """Serve until interrupted. Raises `UserError` if there is no sound model to serve."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(params.engine.threads)
    images = Path(params.serve.images_dir) if params.serve.images_dir else None
    app = create_app(partial(Desk.open, params), images)
    service = app.state.service

    def reload() -> None:
        wrong = service.reload()
        log.info("reload: %s", wrong or f"model {service.window.hash}")

    # In a thread: opening takes seconds, and the server goes on answering.
    signal.signal(signal.SIGHUP, lambda *_: threading.Thread(target=reload).start())
    log.info("model %s at http://%s:%d", service.window.hash, host, port)
    # No access log: a query says what somebody told of herself.
    config = uvicorn.Config(
        app, host=host, port=port, access_log=False, log_level="warning", server_header=False
    )
    server = uvicorn.Server(config)
    app.state.at_work = server.server_state.tasks
    server.run()
