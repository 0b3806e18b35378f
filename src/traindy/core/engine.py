"""The engine under the relational work: DuckDB in this process. No other module knows it."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import ibis
import pyarrow as pa
from ibis.expr.types import Table

from traindy.core import params
from traindy.core.errors import UserError


class Engine:
    """Opens files as Ibis tables, keeps intermediate results on disk, writes Parquet.

    Everything streams; what does not fit `engine.memory_gb` spills to `scratch`, a folder of the engine's
    own, which it removes at the end.
    """

    def __init__(self, settings: params.Engine, scratch: Path) -> None:
        self._settings = settings
        self._scratch = scratch
        self._backend = ibis.duckdb.connect(
            threads=settings.threads,
            memory_limit=f"{settings.memory_gb}GB",
            temp_directory=str(scratch / "spill"),
            autoinstall_known_extensions=False,
            # A join keeps its right side in memory. DuckDB would swap the sides where it takes the left one
            # for smaller, and it cannot know how many rows a CSV file has.
            disabled_optimizers="build_side_probe_side",
        )

    def __enter__(self) -> Self:
        self._scratch.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._backend.disconnect()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def read_csv(self, file: Path, n_columns: int) -> Table:
        """A CSV file with a header, comma-separated, every column as text, named c0, c1, … by its place.

        Only the empty string is missing. Line ends may be LF, CRLF or CR, all of one kind.
        """
        with self._in_words(file):
            return self._backend.read_csv(
                file,
                columns={f"c{i}": "VARCHAR" for i in range(n_columns)},
                auto_detect=False,
                header=True,
                delim=",",
                quote='"',
                escape='"',
                nullstr="",
            )

    def read_parquet(self, file: Path) -> Table:
        """A Parquet file with its own column names and types."""
        with self._in_words(file):
            return self._backend.read_parquet(file)

    def numbered(self, table: Table, name: str) -> Table:
        """The rows of a file with the 0-based number of their record in a column `name`."""
        # DuckDB keeps the order of the file's rows under a window without an order.
        return table.mutate(ibis.row_number().name(name))

    def keep(self, table: Table, name: str, source: Path | None = None) -> Table:
        """Compute a table once, on disk, and go on from there; `source` is the file it comes from."""
        file = self._scratch / f"{name}.parquet"
        self.write(table, file, source)
        return self._backend.read_parquet(file)

    def write(self, table: Table, file: Path, source: Path | None = None) -> None:
        """Write Parquet, row by row in the table's order."""
        with self._in_words(source or file):
            self._backend.to_parquet(table, file)

    def fetch(self, table: Table, source: Path | None = None) -> list[dict[str, int | str | None]]:
        """A small table's rows, in memory."""
        with self._in_words(source or self._scratch):
            return self._backend.to_pyarrow(table).to_pylist()

    def fetch_arrow(self, table: Table) -> pa.Table:
        """A table that fits into memory, as Arrow."""
        with self._in_words(self._scratch):
            return self._backend.to_pyarrow(table)

    @contextmanager
    def _in_words(self, file: Path) -> Iterator[None]:
        """DuckDB's errors that are not bugs, in one line that names the file."""
        try:
            yield
        except duckdb.OutOfMemoryException:
            raise UserError(
                f"engine.memory_gb={self._settings.memory_gb}: too little for {file.name}; "
                "raise it, lower engine.threads, or make room on the disk"
            ) from None
        except (duckdb.InvalidInputException, duckdb.IOException) as error:
            words = _explain(str(error), file.suffix)
            if words is None:
                raise
            raise UserError(f"{file}: {words}") from None


_RAGGED = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")
_LINE = re.compile(r"CSV Error on Line: (\d+)")
_CAUSES = {
    "Invalid unicode": "bytes that are not UTF-8; save it as UTF-8",
    "unterminated quote": "a quote that is not closed; write a quote inside a field twice",
    "Maximum line size": "a line of more than 2 MB, so probably a quote that is not closed",
    "state machine reached an invalid state": (
        "line ends of more than one kind, or text after a closing quote; save it as plain CSV (RFC 4180)"
    ),
    "GZIP": "the compressed file is broken or incomplete; copy or download it again",
    "No magic bytes": "not a Parquet file, or an incomplete one; copy or download it again",
    "too small to be a Parquet": "not a Parquet file, or an incomplete one; copy or download it again",
    "No space left": "no room left on the disk; make some, then run it again",
}


def _explain(message: str, suffix: str) -> str | None:
    # DuckDB's message quotes the row, which may hold a customer's id: only its line is repeated here.
    line = _LINE.search(message)
    where = f"line {line[1]}: " if line else ""
    if ragged := _RAGGED.search(message):
        more = "more" if int(ragged[2]) > int(ragged[1]) else ragged[2]
        return f"{where}{more} columns, the header has {ragged[1]}; quote fields that hold a comma"
    for sign, cause in _CAUSES.items():
        if sign in message:
            return where + cause
    if suffix == ".parquet":
        return "not readable as Parquet; copy or download it again"
    return None
