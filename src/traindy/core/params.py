"""The typed twin of params.yaml: what may stand there. Meanings, units and defaults stand there only."""

import re
from datetime import date
from itertools import pairwise
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Share = Annotated[float, Field(ge=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Name = Annotated[str, Field(min_length=1)]
Baseline = Literal[
    "popularity", "popularity_cluster", "past_purchases", "item_knn", "co_occurrence", "als", "ease",
    "ease_attributes", "mult_vae", "rec_vae",
]  # fmt: skip


class Block(BaseModel):
    """One block of params.yaml: nothing extra, nothing missing, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class RawColumns(Block):
    """`data.columns`: how the raw files call their columns."""

    customer_id: Name
    article_id: Name
    date: Name
    fold: Name


class Data(Block):
    """`data`: the raw files."""

    dir: Name
    fraction: Annotated[float, Field(gt=0, le=1)]
    columns: RawColumns
    article_attributes: list[Name]


class Engine(Block):
    """`engine`: what reads and writes tables."""

    name: Literal["duckdb", "spark"]
    threads: Annotated[int, Field(ge=1, le=256)]
    memory_gb: Annotated[float, Field(ge=0.1)]
    master: Name
    options: dict[str, str | bool | int | float]

    @model_validator(mode="after")
    def _master_is_one(self) -> Self:
        if not re.fullmatch(r"local(\[.+\])?|spark://\S+:\d+|yarn|k8s://\S+", self.master):
            raise ValueError(
                f"engine.master={self.master}: must be local[2], spark://host:7077, yarn or k8s://host:443"
            )
        return self


class Simulate(Block):
    """`simulate`: the simulated shop."""

    seed: Seed
    customers: Annotated[int, Field(ge=20)]
    articles: Annotated[int, Field(ge=20)]
    first_day: date
    days: Annotated[int, Field(ge=14)]


TIMELESS_VALIDATION: Final = 0.1
"""Share of validation where nothing lies ahead in time: rows stay nearly as long as the test's."""


class Split(Block):
    """`split`: the cut."""

    seed: Seed
    by: Literal["fraction", "date", "per_customer", "given"]
    test_fraction: Annotated[float, Field(gt=0, lt=1)]
    valid_fraction: Annotated[float, Field(gt=0, lt=1)] | None
    test_start: date | None
    valid_start: date | None
    horizon_days: Count | None
    held_out: Share
    on_unknown: Literal["error", "drop"]
    catalogue: Literal["sold", "all"]

    @property
    def share_of_validation(self) -> float:
        """`valid_fraction`, or what it is by default."""
        if self.valid_fraction is not None:
            return self.valid_fraction
        return self.test_fraction if self.by in ("fraction", "date") else TIMELESS_VALIDATION

    @model_validator(mode="after")
    def _dates_fit(self) -> Self:
        if self.by == "date" and self.test_start is None:
            raise ValueError("split.test_start=null: split.by=date needs a date, as '2020-09-16'")
        if self.test_start and self.valid_start and self.valid_start >= self.test_start:
            raise ValueError(
                f"split.valid_start={self.valid_start}: must lie before split.test_start={self.test_start}"
            )
        return self


class Cluster(Block):
    """`cluster`: customers' metadata, and how many clusters."""

    seed: Seed
    attributes: list[Name]
    bands: dict[str, list[float]]
    ranges: dict[str, tuple[float, float]]
    n_clusters: Annotated[int, Field(ge=1, le=100)]
    min_size: Count
    max_clusters: Annotated[int, Field(ge=1, le=100)]
    restarts: Count
    shuffle: bool

    @model_validator(mode="after")
    def _bands_rise(self) -> Self:
        for attribute, edges in self.bands.items():
            if not edges or any(low >= high for low, high in pairwise(edges)):
                raise ValueError(f"cluster.bands.{attribute}={edges}: must be numbers that rise")
        for attribute, (lowest, highest) in self.ranges.items():
            if lowest > highest:
                raise ValueError(f"cluster.ranges.{attribute}={lowest}, {highest}: must be lowest, highest")
        return self


class BuildUph(Block):
    """`build_uph`: the purchase history's files."""

    shard_customers: Count


class Cvae(Block):
    """`cvae`: the net, its loss, its training, and the evidence beside it."""

    seed: Seed
    latent_dim: Annotated[int, Field(ge=2, le=4096)]
    loss: Literal["bce", "multinomial", "cosine", "recall", "cosine_softmax"]
    softmax: Literal["exact", "sampled"]
    negatives: Count
    condition: Literal["cluster", "attributes"]
    words: Annotated[int, Field(ge=0, le=1000)]
    temperature: Annotated[float, Field(ge=0.01, le=10)]
    popularity_bias: Annotated[float, Field(ge=0, le=2)]
    popularity_discount: NotNegative
    input_dropout: Share
    history_dropout: Share
    kl_weight: NotNegative
    members: Annotated[int, Field(ge=1, le=32)] | None
    samples: Annotated[int, Field(ge=1, le=4096)]
    learning_rate: Annotated[float, Field(gt=0, le=1)]
    weight_decay: Annotated[float, Field(ge=0, le=1)]
    batch_size: Count
    max_epochs: Count
    patience: Count
    refit: bool
    ablation: bool
    smoothing: Share
    recency_days: list[Count]
    neighbours: Annotated[int, Field(ge=0, le=10_000)]
    ridge: Positive
    ridge_max_articles: Annotated[int, Field(ge=0)]
    block_customers: Count | None

    @model_validator(mode="after")
    def _softmax_is_one(self) -> Self:
        if self.softmax == "sampled" and self.loss not in ("multinomial", "cosine_softmax"):
            raise ValueError(f"cvae.softmax=sampled: cvae.loss={self.loss} is no softmax; use cosine_softmax")
        return self


class Trainer(Block):
    """`trainer`: the devices of a training."""

    accelerator: Literal["auto", "cpu", "gpu"]
    devices: Count
    num_nodes: Count
    strategy: Literal["auto", "ddp"]
    precision: Literal["auto", "bf16", "fp32"]


class Baselines(Block):
    """`baselines`: what the CVAE is compared with."""

    models: Annotated[list[Baseline], Field(min_length=1)]
    seed: Seed
    refit: bool
    popularity_days: Count | None
    cluster_shrinkage: NotNegative
    past_half_life_days: Positive | None
    knn_neighbours: Count
    knn_shrinkage: NotNegative
    cooccurrence_neighbours: Count
    cooccurrence_customer_power: Annotated[float, Field(ge=0, le=2)]
    cooccurrence_article_power: Annotated[float, Field(ge=0, le=2)]
    ease_lambda: Positive
    ease_max_articles: Count
    ease_attributes: dict[str, NotNegative]
    als_factors: Count
    als_iterations: Count
    als_regularization: NotNegative
    als_alpha: Positive
    mult_vae_epochs: Count
    mult_vae_kl_weight: NotNegative
    mult_vae_learning_rate: Annotated[float, Field(gt=0, le=1)]
    rec_vae_epochs: Count
    rec_vae_kl_weight: NotNegative
    depth: Annotated[int, Field(ge=20)]

    @model_validator(mode="after")
    def _models_differ(self) -> Self:
        if len(set(self.models)) < len(self.models):
            raise ValueError(f"baselines.models={self.models}: names one twice")
        return self


class Evaluate(Block):
    """`evaluate`: how lists are judged."""

    seed: Seed
    k: Annotated[list[Count], Field(min_length=1)]
    exclude_bought: bool
    bootstrap: Annotated[int, Field(ge=10)]
    oracles: bool


class Fairness(Block):
    """`fairness`: against typecasting."""

    neutrality: Annotated[float, Field(ge=0, le=1)]


class Recommend(Block):
    """`recommend`: everybody's lists."""

    k: Annotated[int, Field(ge=1, le=1000)]
    exclude_bought: bool
    articles: Literal["all"] | Count
    submission: bool
    sample_submission: Name

    @model_validator(mode="after")
    def _twelve(self) -> Self:
        if self.submission and self.k < 12:
            raise ValueError(f"recommend.k={self.k}: recommend.submission needs lists of 12; raise it")
        return self


class Serve(Block):
    """`serve`: the web app."""

    images_dir: Name | None


class Paths(Block):
    """`paths`: where the stages write."""

    forgotten: Name
    simulated: Name
    truth: Name
    split: Name
    cluster: Name
    uph: Name
    cvae: Name
    baselines: Name
    evaluation: Name
    recommendations: Name
    metrics: Name
    resume: Name


class Params(Block):
    """All of params.yaml."""

    data: Data
    engine: Engine
    simulate: Simulate
    split: Split
    cluster: Cluster
    build_uph: BuildUph
    cvae: Cvae
    trainer: Trainer
    baselines: Baselines
    evaluate: Evaluate
    fairness: Fairness
    recommend: Recommend
    serve: Serve
    paths: Paths

    @model_validator(mode="after")
    def _blocks_fit(self) -> Self:
        if max(self.evaluate.k) > self.baselines.depth:
            raise ValueError(
                f"evaluate.k={self.evaluate.k}: the baselines' lists end at baselines.depth="
                f"{self.baselines.depth}; lower the one or raise the other"
            )
        return self
