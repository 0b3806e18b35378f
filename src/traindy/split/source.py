"""The raw files: found, opened as Ibis tables with the columns that are wanted, and their lines counted."""

import csv
import gzip
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, cast

import ibis.expr.datatypes as dt
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.expr.types import Column, StringColumn, Table

from traindy.core.engine import Engine
from traindy.core.errors import UserError
from traindy.core.files import parquet_parts
from traindy.split.form import check_form

SUFFIXES = (".csv", ".csv.gz", ".parquet")
NO_ZONE = (None, "UTC", "Etc/UTC", "+00:00")


@dataclass(frozen=True)
class Source:
    """One raw file."""

    file: Path
    table: Table
    """The wanted columns under the pipeline's own names. Text if it is a CSV file, else of any type."""
    header: Mapping[str, str]
    """The pipeline's names of the columns, and the file's."""

    def place(self, record: int) -> str:
        """Where a record (0-based) stands: the line of a CSV file, from 1, or the row of a Parquet file."""
        if self.file.suffix == ".parquet":
            return f"row {record + 1}"
        with _open(self.file) as lines:
            rows = csv.reader(lines)
            n_columns, seen, before = len(next(rows)), 0, rows.line_num
            for row in rows:
                seen += bool(row) or n_columns == 1  # DuckDB passes over empty lines
                if seen > record:
                    break
                before = rows.line_num
            return f"line {before + 1}"


@dataclass(frozen=True)
class Wanted:
    """A column that a stage needs."""

    raw: str
    """Its name in the file."""
    parameter: str
    """The parameter that says so."""


def find(folder: Path, stem: str, remedy: str) -> Path:
    """The one file `folder`/`stem` with one of `SUFFIXES`, for .parquet also a folder of parts.

    remedy: what to do if there is none.
    """
    names = [stem + suffix for suffix in SUFFIXES]
    there = [
        file
        for file in (folder / name for name in names)
        if file.is_file() or (file.is_dir() and file.suffix == ".parquet")
    ]
    if not there:
        raise UserError(f"{folder}: holds none of {', '.join(names)}; {remedy}")
    if len(there) > 1:
        raise UserError(f"{folder}: holds {' and '.join(f.name for f in there)}; keep the one that is meant")
    return there[0]


def open_source(engine: Engine, file: Path, wanted: Mapping[str, Wanted]) -> Source:
    """Open a raw file with the `wanted` columns, given by the pipeline's names for them."""
    if file.suffix == ".parquet":
        table = engine.read_parquet(file)
        header = list(table.columns)
        columns = {name: name for name in header}
    else:
        header = _read_header(file)
        table = engine.read_csv(file, len(header))
        columns = dict(zip(header, table.columns, strict=True))
    if not any(column.raw in name for column in wanted.values() for name in header):
        # Not repeated: it may be a row, and hold a customer's id.
        names = ", ".join(column.raw for column in wanted.values())
        raise UserError(
            f"{file}: line 1 has none of the columns {names}; give the file a header, or correct data.columns"
        )
    for column in wanted.values():
        if column.raw not in columns:
            raise UserError(
                f"{file}: no column {column.raw}, which {column.parameter} names; it has {_listing(header)}; "
                f"correct {column.parameter} or the file"
            )
    chosen = table.select(**{name: table[columns[column.raw]] for name, column in wanted.items()})
    return Source(file, chosen, {name: column.raw for name, column in wanted.items()})


def as_text(source: Source, name: str) -> StringColumn:
    """A column as text, null where it is missing: NULL, NaN or the empty string, and nothing else."""
    column = source.table[name]
    kind = column.type()
    if kind.is_string():
        return column.nullif("")
    if kind.is_floating():
        return column.isnan().ifelse(None, column.cast("string"))
    if kind.is_numeric() or kind.is_boolean() or kind.is_temporal():
        return column.cast("string")
    raise wrong_type(source, name, "text or numbers")


def as_id(source: Source, name: str) -> StringColumn:
    """An id as text, null where it is empty. Whole numbers are taken as their digits."""
    kind = source.table[name].type()
    if not (kind.is_string() or kind.is_integer()):
        raise wrong_type(source, name, "text")
    return as_text(source, name)


def as_date(source: Source, name: str) -> Column:
    """A day, null where it is not one. Text must be YYYY-MM-DD to the letter; a timestamp's time is left out.

    DuckDB and Spark read moments of any time zone in UTC, where a local midnight is another day: refused.
    """
    column = source.table[name]
    kind: dt.DataType = column.type()
    if kind.is_timestamp() and (zone := _zone(source, name)) not in NO_ZONE:
        raise UserError(
            f"{source.file}: column {source.header[name]} has times of the zone {zone}; write the days "
            "there, as dates"
        )
    if kind.is_date() or kind.is_timestamp():
        return column.cast("date")
    if not kind.is_string():
        raise wrong_type(source, name, "text YYYY-MM-DD, or dates")
    day = column.try_cast("date")
    # Casting takes more than the one form, and writing gives only that.
    return ((column.length() == 10) & (day.cast("string") == column)).ifelse(day, None)


def _zone(source: Source, name: str) -> str | None:
    """The time zone that a Parquet column was written with."""
    part = next(iter(parquet_parts(source.file)))
    kind = pq.read_schema(part).field(source.header[name]).type
    return kind.tz if pa.types.is_timestamp(kind) else None


def wrong_type(source: Source, name: str, expected: str) -> UserError:
    """The error for a Parquet column of a type that cannot be meant."""
    kind = source.table[name].type()
    return UserError(
        f"{source.file}: column {source.header[name]} is {str(kind).lstrip('!')}, expected {expected}; "
        "write it again as that"
    )


def _read_header(file: Path) -> list[str]:
    check_form(file)
    try:
        with _open(file) as lines:
            first = lines.readline()
        first.encode()
    except UnicodeEncodeError:
        raise UserError(f"{file}: line 1: bytes that are not UTF-8; save it as UTF-8") from None
    header = next(csv.reader([first]), [])
    if not header:
        raise UserError(f"{file}: line 1: empty, expected the names of the columns")
    for name in header:
        if header.count(name) > 1:
            twice = f"{header.count(name)} columns are named {name!r}"
            raise UserError(f"{file}: line 1: {twice}; rename or remove all but one")
    return header


def _listing(header: list[str], longest: int = 300) -> str:
    names = ", ".join(header)
    return names if len(names) <= longest else names[:longest] + "…"


def _open(file: Path) -> TextIO:
    """Lines with their ends; bytes that are not UTF-8 come through as surrogates, wherever they stand."""
    csv.field_size_limit(sys.maxsize)  # as long as DuckDB takes them
    opened = gzip.open if file.suffix == ".gz" else open
    return cast(TextIO, opened(file, "rt", encoding="utf-8-sig", errors="surrogateescape", newline=""))
