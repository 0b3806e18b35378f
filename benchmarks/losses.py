"""`python benchmarks/losses.py [--week FOLDER] [--scratch FOLDER] [--docs FOLDER] [key=value …]`

The original project's story, rerun: its losses beside ours, and its two success rates under three readings.
Writes losses.md and losses.json into --docs. A run that was cut off goes on where it was.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import torch
from datasets import copy_of
from losses_fit import RATES, best_rate, fit
from losses_measure import PREDICTIONS, answers, brief, judged_lists, rebuilt, setup
from losses_page import page
from staged import Place

from traindy.core.errors import UserError
from traindy.core.files import read_json, write_json, write_text
from traindy.core.params import Params

PLAIN: Final = ("data.article_attributes=[]", "cvae.popularity_bias=0")
"""An autoencoder as the original project's: nothing but rows and clusters."""
SETTINGS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "whole": ("plain", ("cvae.kl_weight=1",)),
    "light": ("plain", ()),
    "none": ("plain", ("cvae.kl_weight=0",)),
    "pipeline": ("attributes", ()),
}
"""Of the losses' tables: the place, and the overrides."""
LONG: Final = 32
"""Epochs of BCE's longer budget."""
EVER: Final = ("baselines.models=[popularity]", "baselines.popularity_days=null", "baselines.refit=false")
"""Popularity over the very purchases that the net sees: what it would collapse to."""
SHARE: Final = "split.by=per_customer"


def main() -> None:
    """Measure what is not measured yet, write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--week", type=Path, help="raw files of real purchases, for the readings without time"
    )
    parser.add_argument("--scratch", type=Path, default=Path(".bench/losses"), help="where it works")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="where it writes")
    parser.add_argument("overrides", nargs="*", help="of params.yaml, key=value, for everything")
    asked = parser.parse_args()
    try:
        places = _places(asked.scratch.resolve(), tuple(asked.overrides), asked.week)
        torch.set_num_threads(places["plain"].params().engine.threads)
        content = {"losses": losses(places), "bce": budgets(places["plain"]), "readings": readings(places)}
        content |= {"setup": setup(places["plain"].params()), "overrides": asked.overrides}
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    write_json(asked.docs / "losses.json", content)
    write_text(asked.docs / "losses.md", page(content))


def _places(scratch: Path, overrides: tuple[str, ...], week: Path | None) -> dict[str, Place]:
    popular = "baselines.models=[popularity]"
    of = {
        "plain": (*PLAIN, *EVER),
        "attributes": EVER,
        "temporal": (popular, "cvae.ablation=false"),
        "share": (popular, "cvae.ablation=false", SHARE),
    }
    if week is not None:
        if not week.is_dir():
            raise UserError(f"--week {week}: no such folder")
        of["week"] = (popular, "cvae.ablation=false", SHARE, "data.dir=raw")
    places = {name: Place(scratch / name, (*own, *overrides)) for name, own in of.items()}
    for name, place in places.items():
        if name != "week":
            place.run("simulate")
        elif not (place.folder / "raw").exists():
            place.folder.mkdir(parents=True, exist_ok=True)
            copy_of(place.folder / "raw", week)
        for stage in ("split", "cluster", "build_uph", "baselines"):
            place.run(stage)
    return places


def losses(places: Mapping[str, Place]) -> dict[str, dict[str, Any]]:
    """By setting and loss: the net at its best learning rate, judged on the test."""
    found: dict[str, dict[str, Any]] = {}
    for setting, (where, overrides) in SETTINGS.items():
        found[setting] = {}
        for loss in PREDICTIONS:
            name = f"{setting}-{loss}"
            params, valid = best_rate(places[where], name, (*overrides, f"cvae.loss={loss}"))
            chosen = {"learning_rate": params.cvae.learning_rate, "valid_ndcg_20": valid}
            found[setting][loss] = chosen | _net(places[where], name, params)
    return found


def budgets(place: Place) -> list[dict[str, Any]]:
    """BCE in the plain autoencoder at each KL weight and learning rate, with the whole KL longer too."""
    rows, short = [], place.params().cvae.max_epochs
    for setting, epochs in (("whole", short), ("whole", LONG), ("light", short), ("none", short)):
        for rate in RATES:
            name = f"{setting}-bce-{rate}"
            own = (*SETTINGS[setting][1], "cvae.loss=bce", f"cvae.learning_rate={rate}")
            if epochs != short:
                name, own = f"{name}-{epochs}", (*own, f"cvae.max_epochs={epochs}")
            params, _ = fit(place, name, own)
            about = {"kl_weight": params.cvae.kl_weight, "learning_rate": rate, "epochs": epochs}
            rows.append(about | _net(place, name, params))
    return rows


def readings(places: Mapping[str, Place]) -> list[dict[str, Any]]:
    """The pipeline's own model under each reading of the original project's cut."""
    rows = []
    for name in ("temporal", "share", "week"):
        if name not in places:
            continue
        place = places[name]
        place.run("train_cvae")
        if name == "temporal":
            rows += [_reading(place, "temporal", exclude_bought) for exclude_bought in (True, False)]
        else:
            rows += [_reading(place, "held_out_share", True), _reading(place, "reconstruction", False)]
    return rows


def _reading(place: Place, kind: str, exclude_bought: bool) -> dict[str, Any]:
    name = f"{kind}-{'excluded' if exclude_bought else 'allowed'}"
    measure = rebuilt if kind == "reconstruction" else partial(judged_lists, exclude_bought=exclude_bought)
    data = "week" if place.folder.name == "week" else "simulated"
    about = {"reading": kind, "data": data, "exclude_bought": exclude_bought}
    return about | _measured(place, name, place.params(), measure)


def _net(place: Place, name: str, params: Params) -> dict[str, Any]:
    return _measured(place, name, params, lambda p: judged_lists(p, True) | answers(p))


def _measured(
    place: Place, name: str, params: Params, measure: Callable[[Params], dict[str, Any]]
) -> dict[str, Any]:
    file = place.folder / "measured" / f"{name}.json"
    place.once(
        f"measure-{name}",
        (json.dumps(params.model_dump(mode="json")),),
        lambda: write_json(file, brief(measure(params))),
    )
    return read_json(file)


if __name__ == "__main__":
    main()
