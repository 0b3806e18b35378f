"""The FastAPI application: pages and API over one desk."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.exceptions import HTTPException

from traindy.recommend.attributes import RefusedError
from traindy.recommend.desk import Desk
from traindy.serve import api, pages
from traindy.serve.guard import Guard, busy, problem
from traindy.serve.service import Service
from traindy.serve.worker import BusyError

HERE: Final = Path(__file__).parent


def create_app(opened: Callable[[], Desk], images: Path | None = None) -> FastAPI:
    """opened: opens the desk, once now and again at every reload. images: H&M's folder of pictures, if any.

    Whoever runs it sets `state.at_work` to the requests under way, by which too many are refused.
    Raises what `opened` raises.
    """
    # Without FastAPI's pages of documentation: these load scripts from elsewhere. /openapi.json stays.
    words = "Recommendations for somebody without an id."
    app = FastAPI(title="TrainDy", description=words, version="1", docs_url=None, redoc_url=None)
    service = Service(opened, images)
    app.state.service, app.state.at_work = service, ()
    templates = Environment(
        loader=PackageLoader("traindy.serve"),
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    app.add_middleware(Guard)
    _say_what_is_wrong(app)
    api.add_routes(app, service)
    pages.add_routes(app, service, templates)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    return app


def _say_what_is_wrong(app: FastAPI) -> None:
    """Errors in the API's one form, `Problems`."""

    @app.exception_handler(RefusedError)
    async def refused(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RefusedError)
        return problem(error.field, str(error), error.allowed)

    @app.exception_handler(RequestValidationError)
    async def not_valid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        wrong = [
            {"field": ".".join(map(str, each["loc"][1:])) or "body", "message": each["msg"]}
            for each in error.errors()
        ]
        return JSONResponse({"detail": wrong}, 422)

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        field = "body" if error.status_code == 400 else "request"
        response = problem(field, str(error.detail), status=error.status_code)
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(BusyError)
    async def too_much(_: Request, __: Exception) -> JSONResponse:
        return busy()
