"""What stands around every request: limits, security headers, metrics, a refusal of too many."""

import asyncio
import re
import time
from typing import Any, Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY: Final = 256 * 1024
"""Bytes of a request."""
MAX_QUERY: Final = 16 * 1024
"""Bytes of what stands after the question mark."""
BODY_SECONDS: Final = 10
"""So long may a request's body take to come: who waits for one counts as at work."""
LENGTH: Final = re.compile("[0-9]{1,18}")
AT_WORK: Final = 256
"""Requests that may be under way at a time."""
NEVER_REFUSED: Final = ("/healthz", "/readyz", "/metrics")
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def problem(field: str, message: str, allowed: tuple[str, ...] = (), status: int = 422) -> JSONResponse:
    """An answer that says what is wrong with a request."""
    body: dict[str, Any] = {"field": field, "message": message}
    detail = [body | ({"allowed": list(allowed)} if allowed else {})]
    return JSONResponse({"detail": detail}, status)


def busy() -> JSONResponse:
    """Come again in a second."""
    response = problem("server", "too much is asked at once", status=503)
    response.headers["Retry-After"] = "1"
    return response


class Guard:
    """ASGI middleware, and the metrics that it counts."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "traindy_requests", "Requests by route and status", ["route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "traindy_request_seconds", "Seconds by route", ["route"], registry=self.registry
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        started, status = time.perf_counter(), 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            answer = self._refusal(scope) or self.app
            if answer is self.app and Headers(scope=scope).get("content-length", "0") != "0":
                try:
                    receive = await _with_body(receive)
                except TimeoutError:
                    answer = problem("body", f"did not come within {BODY_SECONDS} seconds", status=408)
            await answer(scope, receive, send_with_headers)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            self._requests.labels(route, status).inc()
            self._seconds.labels(route).observe(time.perf_counter() - started)

    def _refusal(self, scope: Scope) -> Response | None:
        """What can be said of a request without reading it."""
        if scope["path"] == "/metrics":
            return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)
        if scope["path"] not in NEVER_REFUSED and len(scope["app"].state.at_work) > AT_WORK:
            return busy()
        if len(scope["query_string"]) > MAX_QUERY:
            return problem("query", f"at most {MAX_QUERY} bytes")
        declared = Headers(scope=scope).get("content-length")
        if declared is None:
            refused = scope["method"] in ("POST", "PUT", "PATCH")
            return problem("body", "needs a Content-Length") if refused else None
        if not LENGTH.fullmatch(declared) or int(declared) > MAX_BODY:
            return problem("body", f"at most {MAX_BODY} bytes")
        return None


async def _with_body(receive: Receive) -> Receive:
    """The same once the whole body is there. Raises `TimeoutError`."""
    messages: list[Message] = []
    async with asyncio.timeout(BODY_SECONDS):
        while not messages or messages[-1].get("more_body", False):
            messages.append(await receive())
    there = iter(messages)

    async def again() -> Message:
        return next(there, None) or await receive()

    return again
