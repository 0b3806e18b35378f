"""The API's routes."""

import time
from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import FastAPI, Query, Response
from fastapi.responses import FileResponse
from pydantic import TypeAdapter

from traindy.serve.schemas import (
    MAX_K,
    Answer,
    Article,
    ArticleId,
    Asked,
    AskedBatch,
    Problems,
    Ready,
    Segment,
    Similar,
)
from traindy.serve.service import Service
from traindy.serve.shop_window import Near

TOP: Final = 5
"""Articles of a segment."""
SAID: Final[dict[int | str, dict[str, Any]]] = {
    400: {"model": Problems, "description": "The body cannot be read."},
    422: {
        "model": Problems,
        "description": "What was said cannot be: which field, and what may stand there.",
    },
    503: {
        "model": Problems,
        "description": "Too much is asked at once; Retry-After says when to come again.",
    },
}
ONE, MANY, NEAR = TypeAdapter(Answer), TypeAdapter(list[Answer]), TypeAdapter(list[Similar])
FOUND, SEGMENTS = TypeAdapter(list[Article]), TypeAdapter(list[Segment])


def add_routes(app: FastAPI, service: Service) -> None:
    """All under /api, and the two that say whether the app is well.

    What is given is made here, so it is written as it is and not checked again.
    """

    @app.post("/api/recommendations", responses=SAID, response_model=Answer)
    async def recommendations(asked: Asked) -> Response:
        """A list for somebody, by metadata and articles bought."""
        [answer] = await service.answer([asked])
        return _json(ONE, answer)

    @app.post("/api/recommendations/batch", responses=SAID, response_model=list[Answer])
    async def batch(asked: AskedBatch) -> Response:
        """Lists for several, in their order."""
        return _json(MANY, await service.answer(asked.requests))

    @app.get("/api/articles", responses=SAID, response_model=list[Article])
    async def articles(q: Annotated[str, Query(min_length=1, max_length=100)]) -> Response:
        """Articles whose name or id holds the text."""
        return _json(FOUND, service.window.search(q))

    @app.get("/api/articles/{article_id}/similar", responses=SAID, response_model=list[Similar])
    async def similar(article_id: ArticleId, k: Annotated[int, Query(ge=1, le=MAX_K)] = 12) -> Response:
        """What resembles an article."""
        window = service.window
        [found] = await service.find(window, [Near(window.desk.position(article_id))], k)
        return _json(NEAR, window.similar(found))

    @app.get("/api/segments", responses={503: SAID[503]}, response_model=list[Segment])
    async def segments() -> Response:
        """The clusters in words."""
        window = service.window
        found = enumerate(await service.top(window, TOP))
        return _json(SEGMENTS, [window.segment(cluster, listed) for cluster, listed in found])

    _add_others(app, service)


def _add_others(app: FastAPI, service: Service) -> None:
    @app.get("/images/{article_id}", include_in_schema=False)
    def image(article_id: ArticleId) -> Response:
        file = service.window.picture(article_id)
        return Response(status_code=404) if file is None else FileResponse(file, media_type="image/jpeg")

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @app.get("/readyz")
    async def readyz() -> Ready:
        """A model is served: which, how old, and since when."""
        window = service.window
        return Ready(
            status="ready",
            model=window.hash,
            age_seconds=round(time.time() - window.desk.written, 1),
            opened=window.opened,
            ahead=window.left,
        )


def _json(adapter: TypeAdapter[Any], content: object | Sequence[object]) -> Response:
    return Response(adapter.dump_json(content), media_type="application/json")
