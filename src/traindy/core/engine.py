"""The engine under the relational work, whichever it is: files as Ibis tables, and Ibis tables as Parquet.

The modules of the stages take an `Engine` and build Ibis expressions; which engine runs them is a parameter,
and only `open_engine` asks.
"""

import shutil
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
from ibis.expr.types import Table

from traindy.core import params
from traindy.core.errors import UserError
from traindy.core.files import parquet_parts


class Engine(ABC):
    """Opens files as Ibis tables, keeps intermediate results on disk, writes Parquet.

    What is kept, and what spills from memory, goes to `scratch`, a folder of the engine's own, which it
    removes at the end.
    """

    def __init__(self, settings: params.Engine, scratch: Path) -> None:
        self._settings = settings
        self._scratch = scratch
        self._backend = self._connect()

    def __enter__(self) -> Self:
        self._scratch.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._backend.disconnect()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def read_parquet(self, file: Path) -> Table:
        """A Parquet file, or a folder of them in the order of their names; its own column names and types."""
        parts = parquet_parts(file)
        with self._in_words(file):
            return self._read_parts(parts)

    def keep(self, table: Table, name: str, source: Path | None = None) -> Table:
        """Compute a table once, on disk, and go on from there; `source` is the file it comes from."""
        file = self._scratch / f"{name}.parquet"
        self.write(table, file, source)
        return self.read_parquet(file)

    def write(self, table: Table, file: Path, source: Path | None = None) -> None:
        """Write Parquet in the table's order: a file, or a folder of parts in the order of their names."""
        with self._in_words(source or file):
            self._write(table, file)

    def fetch(self, table: Table, source: Path | None = None) -> list[dict[str, int | str | None]]:
        """A small table's rows, in memory."""
        with self._in_words(source or self._scratch):
            return self._collect(table).to_pylist()

    def fetch_arrow(self, table: Table) -> pa.Table:
        """A table that fits into memory, as Arrow."""
        with self._in_words(self._scratch):
            return self._collect(table)

    @abstractmethod
    def read_csv(self, file: Path, n_columns: int) -> Table:
        """A CSV file with a header, comma-separated, every column as text, named c0, c1, … by its place.

        Only the empty string is missing. Line ends may be LF, CRLF or CR, all of one kind.
        """

    @abstractmethod
    def numbered(self, table: Table, name: str) -> Table:
        """The rows of a file with the 0-based number of their record in a column `name`."""

    @abstractmethod
    def _connect(self) -> Any:
        """The Ibis backend."""

    @abstractmethod
    def _read_parts(self, parts: list[Path]) -> Table:
        """Parquet files as one table."""

    @abstractmethod
    def _write(self, table: Table, file: Path) -> None:
        """`write`, with the engine's own errors."""

    @abstractmethod
    def _collect(self, table: Table) -> pa.Table:
        """A table in memory, in its order."""

    @abstractmethod
    def _in_words(self, file: Path) -> AbstractContextManager[None]:
        """Turns the engine's errors that are not bugs into a `UserError` of one line that names the file."""


def open_engine(settings: params.Engine, scratch: Path) -> Engine:
    """The engine that `engine.name` names, for a `with` block.

    Raises `UserError` if what it needs is not installed, or if it cannot be reached.
    """
    if settings.name == "duckdb":
        from traindy.core.duckdb_engine import DuckDBEngine

        return DuckDBEngine(settings, scratch)
    try:
        from traindy.core.spark_engine import SparkEngine
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("pyspark", "py4j"):
            raise
        raise UserError(f"engine.name={settings.name}: needs pyspark; {INSTALL}") from None
    return SparkEngine(settings, scratch)


INSTALL = "install it with `pip install -c constraints.txt '.[spark]'`, and Java 17"
