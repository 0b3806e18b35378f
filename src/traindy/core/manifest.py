"""The manifest of an output folder: what its files were when they were written, and what they were made from.

Positions stand for customers and articles in almost every file, so that a file of another run would fit and
mean something else. Whoever reads a folder checks its manifest first.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

from traindy.core.errors import UserError
from traindy.core.params import Paths

MANIFEST: Final = "manifest.json"
FILES, MADE_FROM = "files", "made_from"
"""In it: SHA-256 by file, and by input folder (a key of `paths`) the SHA-256 of its manifest."""
MAKERS: Final = {"truth": "simulate", "uph": "build_uph", "cvae": "train_cvae"}
"""Stages whose folder has another name than they."""


def seal(folder: Path, made_from: Mapping[str, str]) -> None:
    """Write the manifest of a folder that is complete. made_from: what `check_inputs` returned."""
    content = {FILES: {name: _hash(folder / name) for name in _names(folder)}, MADE_FROM: dict(made_from)}
    (folder / MANIFEST).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def check_inputs(
    paths: Paths, *names: str, only: Mapping[str, Sequence[str]] | None = None
) -> dict[str, str]:
    """Check that folders hold what their stages wrote, and were made from one another.

    names: keys of `paths`. only: by name the patterns of the files that are read, if not all. Each is read
    once. Returns the hash of each folder's manifest. Raises `UserError` with the file and the stage to run.
    """
    manifests = {name: _read(Path(getattr(paths, name)), _maker(name)) for name in names}
    hashes = {name: _hash(Path(getattr(paths, name)) / MANIFEST) for name in names}
    for name, manifest in manifests.items():
        folder = Path(getattr(paths, name))
        for source, expected in manifest[MADE_FROM].items():
            if hashes.get(source, expected) != expected:
                raise UserError(
                    f"{folder}: was made from another {getattr(paths, source)} than the one that is there; "
                    f"run `dvc repro {_maker(name)}`"
                )
        _check_files(folder, manifest[FILES], (only or {}).get(name, ("*",)), _maker(name))
    return hashes


def _check_files(folder: Path, expected: Mapping[str, str], read: Sequence[str], maker: str) -> None:
    for name in sorted({*expected, *_names(folder)}):
        if not any(fnmatch(name, pattern) for pattern in read):
            continue
        if name not in expected:
            raise UserError(f"{folder / name}: not written by {maker}; remove it, or run `dvc repro {maker}`")
        if not (folder / name).is_file():
            raise UserError(f"{folder / name}: not found; run `dvc repro {maker}`")
        if _hash(folder / name) != expected[name]:
            raise UserError(f"{folder / name}: not what {maker} wrote; run `dvc repro {maker}`")


def _read(folder: Path, maker: str) -> Any:
    file = folder / MANIFEST
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        sound = all(isinstance(content[key], dict) for key in (FILES, MADE_FROM))
    except FileNotFoundError:
        raise UserError(f"{file}: not found; run `dvc repro {maker}`") from None
    except (ValueError, KeyError, TypeError):
        sound = False
    if not sound:
        raise UserError(f"{file}: not a manifest; run `dvc repro {maker}`")
    return content


def _maker(name: str) -> str:
    return MAKERS.get(name, name)


def _names(folder: Path) -> list[str]:
    """Files of a folder and below, by their paths in it; hidden ones and the manifest left out."""
    found = (file.relative_to(folder) for file in folder.rglob("*") if file.is_file())
    return sorted(name.as_posix() for name in found if name.name[0] != "." and name != Path(MANIFEST))


def _hash(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
