"""What the API takes and gives."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MAX_K = 100
MAX_BOUGHT = 500
MAX_BATCH = 100
Text = Annotated[str, Field(max_length=100)]
ArticleId = Annotated[str, Field(min_length=1, max_length=64)]


class Asked(BaseModel):
    """Somebody, without an id."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"attributes": {"age": 28}, "bought": [], "k": 20, "seed": 0}]},
    )
    attributes: dict[Text, Text | int | float] = {}
    bought: Annotated[list[ArticleId], Field(max_length=MAX_BOUGHT)] = []
    k: Annotated[int, Field(ge=1, le=MAX_K)]
    seed: Annotated[int, Field(ge=0, lt=2**31)] | None = None
    """For another list: one sample of the latent space in place of the average."""


class AskedBatch(BaseModel):
    """Several at once."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"requests": [{"attributes": {"age": 28}, "k": 12}, {"k": 12}]}]},
    )
    requests: Annotated[list[Asked], Field(min_length=1, max_length=MAX_BATCH)]


class Article(BaseModel):
    """An article of the catalogue."""

    article_id: str
    name: str
    attributes: dict[str, str | None]


class Recommended(BaseModel):
    """One place of a list."""

    article: Article
    score: float
    because: list[str]
    """Ids of bought articles that speak for it."""


class Answer(BaseModel):
    """A list."""

    segment: int
    reason: str
    recommendations: list[Recommended]


class Similar(BaseModel):
    """A near article."""

    article: Article
    cosine: float


class Segment(BaseModel):
    """A cluster in words."""

    cluster: int
    customers: int | None
    """None where there are fewer than `cluster.min_size`."""
    mode: dict[str, str]
    words: str
    top: list[Article]


class Ready(BaseModel):
    """What is served."""

    status: str
    model: str
    """A hash of what the lists are made with."""
    age_seconds: float
    """Since the model was written."""
    opened: float
    """Since when it is served, in seconds since 1970."""
    ahead: int
    """Lists that are still made before anybody asks, while nobody does."""


class Problem(BaseModel):
    """What is wrong."""

    field: str
    message: str
    allowed: list[str] = []
    """What may stand there, where that can be listed."""


class Problems(BaseModel):
    """Why a request was refused."""

    detail: list[Problem]
