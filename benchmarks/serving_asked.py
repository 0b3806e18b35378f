"""What serving.py asks, a file a kind: a line is a path to get or a body to post."""

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import numpy as np

from traindy.cluster import read_profiles
from traindy.core.columns import CLUSTER
from traindy.core.files import write_text
from traindy.core.params import Params
from traindy.core.vocabulary import read_articles
from traindy.uph import load

ASKED: Final = 4000
NEW: Final = 20
K: Final = 20
BOUGHT: Final = 20
"""Articles of a history that are given at most."""


def asked(folder: Path, params: Params, kind: str) -> Path:
    """Write the file; kind: cold, others, history, page or new."""
    lines = {
        "cold": lambda: map(json.dumps, _cold(folder, params)),
        "others": lambda: (json.dumps(each | {"seed": n}) for n, each in enumerate(_cold(folder, params))),
        "history": lambda: map(json.dumps, _history(folder, params)),
        "page": lambda: ("/?" + urlencode(each["attributes"]) for each in _cold(folder, params)),
        "new": lambda: map(json.dumps, _new(folder, params)),
    }[kind]()
    file = folder / "asked" / f"{kind}.txt"
    write_text(file, "".join(f"{line}\n" for line in lines))
    return file


def _cold(folder: Path, params: Params) -> Iterator[dict[str, Any]]:
    """The metadata of customers, drawn evenly."""
    of_customer, profiles = read_profiles(folder / params.paths.cluster)
    said = profiles.drop(columns=CLUSTER).to_dict("records")
    for customer in np.random.default_rng(0).integers(len(of_customer), size=ASKED):
        yield {"attributes": said[of_customer[customer]], "k": K}


def _history(folder: Path, params: Params) -> Iterator[dict[str, Any]]:
    """The same, with what a customer bought."""
    ids = read_articles(folder / params.paths.split).ids.to_pylist()
    matrix = load(folder / params.paths.uph / "train").matrix
    random = np.random.default_rng(1)
    buyers = random.permutation(np.flatnonzero(np.diff(matrix.indptr)))
    for row, each in zip(np.resize(buyers, ASKED).tolist(), _cold(folder, params), strict=True):
        own = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]][:BOUGHT]
        yield each | {"bought": [ids[place] for place in own.tolist()]}


def _new(folder: Path, params: Params) -> Iterator[dict[str, Any]]:
    """Combinations of several levels that no customer has."""
    profiles = read_profiles(folder / params.paths.cluster)[1].drop(columns=CLUSTER)
    levels = [sorted(profiles[name].unique()) for name in profiles.columns]
    there = set(map(tuple, profiles.to_numpy()))
    others = [each for each in product(*levels) if each not in there]
    for place in np.random.default_rng(2).permutation(len(others))[:NEW]:
        yield {"attributes": dict(zip(profiles.columns, others[place], strict=True)), "k": K}
