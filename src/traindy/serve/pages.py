"""The one page, rendered here: it works without JavaScript."""

import secrets
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from traindy.cluster.levels import MISSING
from traindy.recommend.attributes import RefusedError
from traindy.serve import words
from traindy.serve.schemas import MAX_BOUGHT
from traindy.serve.service import Service
from traindy.serve.shop_window import Window

CARDS: Final = 20
TYPE: Final = "product_type_name"
COLOUR: Final = "colour_group_name"
"""H&M's columns."""


def add_routes(app: FastAPI, service: Service, templates: Environment) -> None:
    """The page, and the swatches that stand in for pictures."""
    page = templates.get_template("page.html")

    @app.get("/", include_in_schema=False)
    async def home(request: Request) -> HTMLResponse:
        content, status = await _content(service, request)
        return HTMLResponse(page.render(content), status)

    @app.get("/swatch/{article_id}.svg", include_in_schema=False)
    async def swatch(article_id: str) -> Response:
        place = service.window.desk.position(article_id)
        colour = words.colour(service.window.article(place).attributes.get(COLOUR))
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3 4" role="img">'
            f'<rect width="3" height="4" fill="{colour}"/></svg>'
        )
        return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": "max-age=86400"})


async def _content(service: Service, request: Request) -> tuple[dict[str, Any], int]:
    window, asked = service.window, request.query_params
    said = {
        name: asked[name] for name in window.desk.attributes.levels if asked.get(name, MISSING) != MISSING
    }
    bought = list(dict.fromkeys(asked.getlist("bought")))[:MAX_BOUGHT]
    search = asked.get("q", "")[:100]
    seed = int(asked["seed"]) if asked.get("seed", "").isdigit() and len(asked["seed"]) < 10 else None
    content: dict[str, Any] = {
        "fields": [
            _field(name, levels, said.get(name, MISSING))
            for name, levels in window.desk.attributes.levels.items()
        ],
        "search": search,
        "found": window.search(search),
        "again": secrets.randbelow(10**9),
        "error": None,
        "answer": None,
        "bought": [],
    }
    try:
        content["bought"] = [window.article(window.desk.position(article, "bought")) for article in bought]
        shopper = window.shopper(said, bought, seed)
    except RefusedError as error:
        return content | {"error": str(error)}, 422
    [found] = await service.find(window, [shopper], CARDS)
    answer = window.answer(said, shopper, found)
    names = {each.article_id: each.name for each in content["bought"]}
    cards = [_card(window, each, names) for each in answer.recommendations]
    segment = window.segment(answer.segment, [])
    return content | {"answer": answer, "cards": cards, "segment": segment, "sampled": seed is not None}, 200


def _field(name: str, levels: list[str], chosen: str) -> dict[str, Any]:
    ordered = [MISSING, *(each for each in levels if each != MISSING)]
    options = [(each, words.level(each), each == chosen) for each in ordered]
    return {"name": name, "label": words.label(name), "options": options}


def _card(window: Window, each: Any, names: dict[str, str]) -> dict[str, Any]:
    article, of = each.article, each.article.attributes
    picture = window.picture(article.article_id) is not None
    return {
        "id": article.article_id,
        "name": article.name,
        "kind": of.get(TYPE) or "",
        "colour": of.get(COLOUR) or "",
        "image": f"/images/{article.article_id}" if picture else f"/swatch/{article.article_id}.svg",
        "score": f"{each.score:.2f}",
        "goes_with": ", ".join(dict.fromkeys(names[one] for one in each.because if one in names)),
    }
