"""Whether a file is what its name says, before an engine reads it."""

import gzip
import zlib
from pathlib import Path
from typing import Final

from traindy.core.errors import UserError

OTHERS: Final = {
    b"\x1f\x8b": "compressed with gzip, so call it {name}.gz",
    b"PAR1": "a Parquet file, so call it {stem}.parquet",
    b"PK\x03\x04": "a ZIP archive; unpack it",
    b"\0": "zero bytes; copy or download it again",
}
"""How files begin that are no CSV, and what to do."""
AT_ONCE: Final = 1 << 20
"""Bytes."""


def check_form(file: Path) -> None:
    """Raise `UserError` for what only pretends to be CSV, and for a gzip that is not whole.

    The engines decompress without comparing the checksum, so it is read once more.
    """
    if file.suffix != ".gz":
        with file.open("rb") as content:
            start = content.read(4)
        for sign, words in OTHERS.items():
            if start.startswith(sign):
                name = file.name.removesuffix(".csv")
                raise UserError(f"{file}: line 1: {words.format(name=file.name, stem=name)}")
        return
    try:
        with gzip.open(file) as content:
            while content.read(AT_ONCE):
                pass
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise UserError(f"{file}: compressed, but broken or incomplete; copy or download it again") from None
