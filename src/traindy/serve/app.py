"""The FastAPI application: pages and API over one desk."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, PackageLoader, select_autoescape
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest

from traindy.core.errors import UserError
from traindy.recommend.desk import Desk, RefusedError
from traindy.serve import api, pages
from traindy.serve.shop_window import Window

MAX_BODY: Final = 256 * 1024
"""Bytes of a request."""
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
HERE: Final = Path(__file__).parent


@dataclass
class Service:
    """What is served now; a reload puts another window in its place."""

    opened: Callable[[], Desk]
    images: Path | None
    window: Window

    def reload(self) -> str | None:
        """Open the model again. A broken one leaves the old in service: what is wrong with it."""
        try:
            self.window = Window(self.opened(), self.images)
        except UserError as error:
            return str(error)
        return None


def create_app(opened: Callable[[], Desk], images: Path | None = None) -> FastAPI:
    """opened: opens the desk, once now and again at every reload. images: H&M's folder of pictures, if any.

    Raises what `opened` raises.
    """
    # Without FastAPI's pages of documentation: these load scripts from elsewhere. /openapi.json stays.
    words = "Recommendations for somebody without an id."
    app = FastAPI(title="TrainDy", description=words, version="1", docs_url=None, redoc_url=None)
    service = Service(opened, images, Window(opened(), images))
    app.state.service = service
    templates = Environment(
        loader=PackageLoader("traindy.serve"),
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    _guard(app)
    api.add_routes(app, service)
    pages.add_routes(app, service, templates)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    return app


def _guard(app: FastAPI) -> None:
    """Limits, headers, errors and metrics around every request."""
    registry = CollectorRegistry()
    requests = Counter(
        "traindy_requests", "Requests by route and status", ["route", "status"], registry=registry
    )
    seconds = Histogram("traindy_request_seconds", "Seconds by route", ["route"], registry=registry)

    @app.middleware("http")
    async def around(request: Request, proceed: Callable[[Request], Awaitable[Response]]) -> Response:
        started = time.perf_counter()
        declared = request.headers.get("content-length", "0")
        if not declared.isdigit() or int(declared) > MAX_BODY:
            response: Response = _problem("body", f"at most {MAX_BODY} bytes", status=413)
        elif request.method == "POST" and "content-length" not in request.headers:
            response = _problem("body", "needs a Content-Length", status=411)
        else:
            response = await proceed(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        route = getattr(request.scope.get("route"), "path", "other")
        requests.labels(route, response.status_code).inc()
        seconds.labels(route).observe(time.perf_counter() - started)
        return response

    @app.exception_handler(RefusedError)
    async def refused(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RefusedError)
        return _problem(error.field, str(error), error.allowed)

    @app.get("/metrics", include_in_schema=False)
    def metrics() -> PlainTextResponse:
        return PlainTextResponse(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _problem(field: str, message: str, allowed: tuple[str, ...] = (), status: int = 422) -> JSONResponse:
    body: dict[str, Any] = {"field": field, "message": message}
    return JSONResponse({"detail": [body | ({"allowed": list(allowed)} if allowed else {})]}, status)
