"""The one page, rendered here: it works without JavaScript."""

import re
import secrets
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from traindy.cluster.levels import MISSING
from traindy.recommend.attributes import RefusedError
from traindy.serve import words
from traindy.serve.drawing import drawing, shape_of
from traindy.serve.schemas import MAX_BOUGHT
from traindy.serve.service import Service
from traindy.serve.shop_window import Window
from traindy.serve.worker import BusyError

CARDS: Final = 20
TYPE: Final = "product_type_name"
GROUP: Final = "garment_group_name"
COLOUR: Final = "colour_group_name"
APPEARANCE: Final = "graphical_appearance_name"
"""H&M's columns."""
SEED: Final = re.compile("[0-9]{1,9}")
NAMED: Final = 2
"""Bought articles that the heading names."""


def add_routes(app: FastAPI, service: Service, templates: Environment) -> None:
    """The page."""
    page = templates.get_template("page.html")

    @app.get("/", include_in_schema=False)
    async def home(request: Request) -> HTMLResponse:
        content, status = await _content(service, request)
        headers = {"Retry-After": "1"} if status == 503 else None
        return HTMLResponse(page.render(content), status, headers)


async def _content(service: Service, request: Request) -> tuple[dict[str, Any], int]:
    window, asked = service.window, request.query_params
    attributes = window.desk.attributes
    said = {name: asked[name] for name in attributes.levels if asked.get(name, MISSING) != MISSING}
    bought = list(dict.fromkeys(asked.getlist("bought")))[:MAX_BOUGHT]
    search = asked.get("q", "")[:100]
    seed = int(asked["seed"]) if SEED.fullmatch(asked.get("seed", "")) else None
    content: dict[str, Any] = {
        "fields": [field(*each, said.get(each[0], MISSING)) for each in attributes.levels.items()],
        "search": search,
        "found": window.search(search),
        "again": secrets.randbelow(10**9),
        "error": None,
        "answer": None,
        "bought": [],
    }
    try:
        content["bought"] = [window.article(window.desk.position(article, "bought")) for article in bought]
        said = {name: attributes.level(name, value) for name, value in said.items()}  # 28 is in 25-29
        content["fields"] = [field(*each, said.get(each[0], MISSING)) for each in attributes.levels.items()]
        shopper = window.shopper(said, bought, seed)
        [found] = await service.find(window, [shopper], CARDS)
    except RefusedError as error:
        return content | {"error": str(error)}, 422
    except BusyError:
        return content | {"error": "Many are asking just now. Please try again in a moment."}, 503
    answer = window.answer(said, shopper, found)
    names = {each.article_id: each.name for each in content["bought"]}
    return content | {
        "answer": answer,
        "popular": words.popular_with(said),
        "heading": _because(list(dict.fromkeys(names.values()))) if names else answer.reason,
        "cards": [_card(window, each, names) for each in answer.recommendations],
        "segment": window.segment(answer.segment, []),
        "sampled": seed is not None,
    }, 200


def _because(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"Because you bought {', '.join(names[:NAMED])}{more}"


def field(name: str, levels: list[str], chosen: str) -> dict[str, Any]:
    """A question of the form: its name, label and options (value, words, whether it is chosen)."""
    ordered = [MISSING, *(each for each in levels if each != MISSING)]
    # H&M's data has NONE and None: what reads the same is one choice.
    by_text = {words.level(each).lower(): each for each in [*reversed(ordered), chosen]}
    options = [(each, words.level(each), each == chosen) for each in ordered if each in by_text.values()]
    return {"name": name, "label": words.label(name), "options": options}


def _card(window: Window, each: Any, names: dict[str, str]) -> dict[str, Any]:
    article, of = each.article, each.article.attributes
    colour, kind = of.get(COLOUR), of.get(TYPE)
    name = f"d{window.desk.position(article.article_id)}"
    return {
        "id": article.article_id,
        "name": article.name,
        "kind": kind or "",
        "colour": colour or "",
        "picture": window.picture(article.article_id) is not None,
        "drawing": drawing(shape_of(kind, of.get(GROUP)), words.colour(colour), of.get(APPEARANCE), name),
        "score": f"{each.score:.2f}",
        "goes_with": ", ".join(dict.fromkeys(names[one] for one in each.because if one in names)),
    }
