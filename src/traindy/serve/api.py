"""The API's routes."""

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import FastAPI, Query, Response
from fastapi.responses import FileResponse

from traindy.serve.schemas import Answer, Article, ArticleId, Asked, AskedBatch, Segment, Similar

if TYPE_CHECKING:
    from traindy.serve.app import Service

REFUSED: dict[int | str, dict[str, Any]] = {
    422: {"description": "What was said cannot be: which field, and what may stand there."}
}


def add_routes(app: FastAPI, service: "Service") -> None:
    """All under /api, and the two that say whether the app is well."""

    @app.post("/api/recommendations", responses=REFUSED)
    def recommendations(asked: Asked) -> Answer:
        """A list for somebody, by metadata and articles bought."""
        return service.window.ask(asked.attributes, asked.bought, asked.k, asked.seed)

    @app.post("/api/recommendations/batch", responses=REFUSED)
    def batch(asked: AskedBatch) -> list[Answer]:
        """Lists for several, in their order."""
        return [
            service.window.ask(each.attributes, each.bought, each.k, each.seed) for each in asked.requests
        ]

    @app.get("/api/articles")
    def articles(q: Annotated[str, Query(min_length=1, max_length=100)]) -> list[Article]:
        """Articles whose name or id holds the text."""
        return service.window.search(q)

    @app.get("/api/articles/{article_id}/similar", responses=REFUSED)
    def similar(article_id: ArticleId, k: Annotated[int, Query(ge=1, le=100)] = 12) -> list[Similar]:
        """What resembles an article."""
        return service.window.similar(article_id, k)

    @app.get("/api/segments")
    def segments() -> list[Segment]:
        """The clusters in words."""
        return service.window.segments()

    @app.get("/images/{article_id}", include_in_schema=False)
    def image(article_id: ArticleId) -> Response:
        file = service.window.picture(article_id)
        return Response(status_code=404) if file is None else FileResponse(file, media_type="image/jpeg")

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @app.get("/readyz")
    def readyz() -> dict[str, str | float]:
        """A model is served: which, and since when."""
        return {"status": "ready", "model": service.window.hash, "opened": service.window.opened}
