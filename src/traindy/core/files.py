"""Files appear under their final name only when they are complete."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from traindy.core.errors import UserError
from traindy.core.manifest import seal

_unfinished: set[Path] = set()
"""What an interrupted stage must remove."""


def parquet_parts(path: str | Path) -> list[Path]:
    """The Parquet files of a table, in the order of its rows: the file itself, or a folder's by their names.

    Raises `UserError` if there is none.
    """
    path = Path(path)
    if path.is_file():
        return [path]
    parts = sorted(path.glob("*.parquet"))
    if not parts:
        what = "a folder without .parquet files" if path.is_dir() else "not found"
        raise UserError(f"{path}: {what}; put it there, or run `dvc repro` to make it")
    return parts


@contextmanager
def output_folder(path: str | Path, made_from: Mapping[str, str] | None = None) -> Iterator[Path]:
    """A `whole_folder` with a manifest. made_from: what `check_inputs` said of the folders that were read."""
    with whole_folder(path) as partial:
        yield partial
        seal(partial, made_from or {})


@contextmanager
def whole_folder(path: str | Path) -> Iterator[Path]:
    """A folder to write into, which takes the name `path` when the block ends without an error.

    What stood at `path` is replaced only then. On an error the unfinished folder is removed.
    """
    final = Path(path)
    partial = final.with_name(final.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)  # left by a run that was killed
    partial.mkdir(parents=True)
    _unfinished.add(partial)
    try:
        yield partial
        shutil.rmtree(final, ignore_errors=True)
        partial.rename(final)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        _unfinished.discard(partial)


def write_json(path: str | Path, content: Any) -> None:
    """Write JSON (two spaces, a newline at the end) and rename it into place. NaN is refused."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_text(path: str | Path, content: str) -> None:
    """Write UTF-8 text and rename it into place."""
    with output_file(path) as file:
        file.write_text(content, encoding="utf-8", newline="\n")


@contextmanager
def output_file(path: str | Path) -> Iterator[Path]:
    """A file to write, which takes the name `path` when the block ends without an error.

    What stood at `path` is replaced only then. On an error the unfinished file is removed.
    """
    final = Path(path)
    final.parent.mkdir(parents=True, exist_ok=True)
    partial = final.with_name(final.name + ".partial")
    _unfinished.add(partial)
    try:
        with _named(final):
            yield partial
        partial.replace(final)
    finally:
        partial.unlink(missing_ok=True)
        _unfinished.discard(partial)


@contextmanager
def _named(final: Path) -> Iterator[None]:
    """An error of the system that does not say where it happened says that it was here."""
    try:
        yield
    except OSError as error:
        if error.errno is not None and error.filename is None:
            error.filename = str(final)
        raise


def read_json(path: str | Path) -> Any:
    """Read JSON, or say which file is missing or broken and how to make it again."""
    try:
        return json.loads(Path(path).read_text())
    except FileNotFoundError:
        raise UserError(f"{path}: not found; run `dvc repro` to make it") from None
    except json.JSONDecodeError as error:
        raise UserError(f"{path}: not valid JSON ({error}); run `dvc repro` to make it again") from None


def remove_unfinished() -> None:
    """Remove everything that is being written; for the interrupt handler."""
    for path in list(_unfinished):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
