"""What the model card is written from: the stages' metrics, parameters, and hashes of data and weights."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from traindy.core.files import read_json
from traindy.core.params import Params
from traindy.cvae.store import CONDITIONED, CONFIG, WEIGHTS

RAW: Final = ("transactions_train", "customers", "articles")
"""Beginnings of the raw files' names; what else lies in `data.dir`, pictures for instance, was not read."""


@dataclass(frozen=True)
class Facts:
    """All of it; every number of the card stands in one of these."""

    params: Params
    files: Mapping[str, tuple[int, str]]
    """By raw file: its bytes and its SHA-256."""
    model: Mapping[str, Any]
    """model.json."""
    weights_sha256: str
    split: Mapping[str, Any]
    cluster: Mapping[str, Any]
    training: Mapping[str, Any]
    evaluate: Mapping[str, Any]
    fairness: Mapping[str, Any]
    leaks: Mapping[str, Any]
    recommend: Mapping[str, Any]

    @property
    def simulated(self) -> bool:
        """Whether the data is the simulated shop."""
        return Path(self.params.data.dir).resolve() == Path(self.params.paths.simulated).resolve()


def read_facts(params: Params) -> Facts:
    """Read what the stages wrote; a missing file is a `UserError` that says how to make it."""
    metrics, model = Path(params.paths.metrics), Path(params.paths.cvae) / CONDITIONED
    names = ("split", "cluster", "evaluate", "fairness", "leaks", "recommend")
    found = {name: read_json(metrics / f"{name}.json") for name in names}
    return Facts(
        params=params,
        files=raw_files(Path(params.data.dir)),
        model=read_json(model / CONFIG),
        weights_sha256=sha256(model / WEIGHTS),
        training=read_json(metrics / "train_cvae" / "metrics.json"),
        **found,
    )


def raw_files(folder: Path) -> dict[str, tuple[int, str]]:
    """Bytes and SHA-256 of the raw files, parts of a folder each, in the order of their names."""
    files = sorted(file for name in RAW for file in [*folder.glob(f"{name}.*"), *folder.glob(f"{name}.*/*")])
    return {
        str(file.relative_to(folder)): (file.stat().st_size, sha256(file)) for file in files if file.is_file()
    }


def sha256(file: Path) -> str:
    """Of a file's bytes, in hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
