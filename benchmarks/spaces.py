"""What a search may change of each model, as parameters of its block of params.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import optuna

from traindy.core.params import Block
from traindy.core.vocabulary import Articles


@dataclass(frozen=True)
class Range:
    """What a parameter may be: whole numbers where both ends are, both included."""

    low: float
    high: float
    log: bool = False
    or_null: bool = False

    def suggest(self, trial: optuna.Trial, name: str) -> float | None:
        """A value for this trial."""
        if self.or_null and trial.suggest_categorical(f"{name} is null", [True, False]):
            return None
        if isinstance(self.low, int) and isinstance(self.high, int):
            return trial.suggest_int(name, self.low, self.high, log=self.log)
        return trial.suggest_float(name, self.low, self.high, log=self.log)


CVAE: Final = "cvae"
"""The one model whose settings stand in a block of its own name; the others' stand in `baselines`."""
POPULARITY: Final = "popularity"
PAST: Final = "past_purchases"
"""The one model that has something to search only where bought articles may be recommended again."""
WINDOW: Final = Range(1, 90, or_null=True)
LAMBDA: Final = Range(10.0, 2000.0, log=True)
WEIGHT: Final = Range(0.003, 10.0, log=True)
"""Of one attribute in EASE with attributes."""
SPACES: Final[dict[str, dict[str, Range]]] = {
    CVAE: {
        "latent_dim": Range(64, 512, log=True),
        "temperature": Range(0.05, 0.5, log=True),
        "popularity_bias": Range(0.0, 1.0),
        "popularity_discount": Range(0.0, 2.0),
        "input_dropout": Range(0.2, 0.8),
        "smoothing": Range(0.0, 0.9),
        "learning_rate": Range(0.001, 0.012, log=True),
        "max_epochs": Range(4, 24, log=True),
    },
    POPULARITY: {"popularity_days": WINDOW},
    "popularity_cluster": {"popularity_days": WINDOW, "cluster_shrinkage": Range(10.0, 10_000.0, log=True)},
    PAST: {"past_half_life_days": Range(3.0, 300.0, log=True, or_null=True)},
    "item_knn": {"knn_neighbours": Range(20, 2000, log=True), "knn_shrinkage": Range(0.1, 300.0, log=True)},
    "co_occurrence": {
        "cooccurrence_customer_power": Range(0.0, 1.0),
        "cooccurrence_article_power": Range(0.0, 1.0),
    },
    "als": {
        "als_factors": Range(64, 256),
        "als_iterations": Range(5, 25),
        "als_regularization": Range(0.001, 100.0, log=True),
        "als_alpha": Range(1.0, 100.0, log=True),
    },
    "ease": {"ease_lambda": LAMBDA},
    "ease_attributes": {"ease_lambda": LAMBDA},
    "mult_vae": {
        "mult_vae_kl_weight": Range(0.05, 1.0),
        "mult_vae_learning_rate": Range(3e-4, 3e-3, log=True),
        "mult_vae_epochs": Range(2, 40, log=True),
    },
    "rec_vae": {
        "rec_vae_kl_weight": Range(0.001, 0.02, log=True),
        "rec_vae_epochs": Range(1, 20, log=True),
    },
}
"""By model the parameters of its block that are searched."""
FINE: Final = ("product_code", "prod_name", "department_name", "section_name", "colour_group_name")
"""Attributes of H&M's schema worth a weight; the others' levels are unions of theirs."""


def block(model: str) -> str:
    """The block of params.yaml that holds a model's settings."""
    return CVAE if model == CVAE else "baselines"


def space(model: str, articles: Articles, exclude_bought: bool) -> dict[str, Range]:
    """`SPACES[model]`, and for EASE with attributes a weight for each attribute that ties articles."""
    if model == PAST and exclude_bought:
        return {}
    if model != "ease_attributes":
        return SPACES[model]
    given = articles.attributes.column_names
    names = [name for name in FINE if name in given] or given
    levels = {name: articles.attributes[name].drop_null() for name in names}
    tying = [name for name, column in levels.items() if 1 < len(column.unique()) < len(column)]
    return SPACES[model] | {f"ease_attributes.{name}": WEIGHT for name in tying}


def nested(values: Mapping[str, float | None]) -> dict[str, Any]:
    """Flat names as the keys of a block: the attributes' weights are one of them."""
    keys: dict[str, Any] = {}
    for name, value in values.items():
        key, _, inner = name.partition(".")
        keys[key] = {**keys.get(key, {}), inner: value} if inner else value
    return keys


def flat(settings: Block, ranges: Mapping[str, Range]) -> dict[str, Any]:
    """`settings` as a trial's values, where they lie within the ranges."""
    values: dict[str, Any] = {}
    for name, each in ranges.items():
        key, _, inner = name.partition(".")
        value = getattr(settings, key).get(inner) if inner else getattr(settings, key)
        if each.or_null:
            values[f"{name} is null"] = value is None
        if value is not None and each.low <= value <= each.high:
            values[name] = value
    return values
