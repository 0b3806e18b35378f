"""Starts the server: uvicorn on one port, the model opened before it, opened again on SIGHUP."""

import logging
import signal
import socket
import threading
from functools import partial
from pathlib import Path

import torch
import uvicorn

from traindy.core.errors import UserError
from traindy.core.params import Params
from traindy.recommend.desk import Desk
from traindy.serve.app import create_app

log = logging.getLogger("traindy")


def serve(params: Params, host: str, port: int) -> None:
    """Serve until interrupted. Raises `UserError` if the port is not to be had, or no sound model."""
    bound = bind(host, port)
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
    log.info("model %s at http://%s:%d", service.window.hash, host, bound.getsockname()[1])
    # No access log: a query says what somebody told of herself.
    server = uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="warning", server_header=False))
    app.state.at_work = server.server_state.tasks
    server.run([bound])


def bind(host: str, port: int) -> socket.socket:
    """A socket that nobody can connect to before the server listens."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP, for asyncio to send small answers at once; else each waits 40 ms for the other's receipt.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except (OSError, OverflowError) as error:
        bound.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(f"--host {host} --port {port}: {reason}; choose another") from None
    return bound
