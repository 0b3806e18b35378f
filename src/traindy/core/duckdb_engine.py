"""DuckDB in this process: one machine, files of any size."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
from ibis.expr.types import Table

from traindy.core.engine import Engine
from traindy.core.errors import UserError


class DuckDBEngine(Engine):
    """Everything streams; what does not fit `engine.memory_gb` spills to `scratch`."""

    def read_csv(self, file: Path, n_columns: int) -> Table:
        """See `Engine`."""
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

    def numbered(self, table: Table, name: str) -> Table:
        """See `Engine`."""
        # DuckDB keeps the order of the file's rows under a window without an order.
        return table.mutate(ibis.row_number().name(name))

    def _connect(self) -> Any:
        return ibis.duckdb.connect(
            threads=self._settings.threads,
            memory_limit=f"{self._settings.memory_gb}GB",
            temp_directory=str(self._scratch / "spill"),
            autoinstall_known_extensions=False,
            # A join keeps its right side in memory. DuckDB would swap the sides where it takes the left one
            # for smaller, and it cannot know how many rows a CSV file has.
            disabled_optimizers="build_side_probe_side",
        )

    def _read_parts(self, parts: list[Path]) -> Table:
        return self._backend.read_parquet(parts)

    def _write(self, table: Table, file: Path) -> None:
        self._backend.to_parquet(table, file)

    def _collect(self, table: Table) -> pa.Table:
        return self._backend.to_pyarrow(table)

    @contextmanager
    def _in_words(self, file: Path) -> Iterator[None]:
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
    "File too large": "no room left for it; make some, or raise `ulimit -f`, then run it again",
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
