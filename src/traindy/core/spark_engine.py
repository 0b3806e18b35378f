"""Spark on a cluster: data beyond one machine."""

import os
import shutil
import socket
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
from ibis.expr.types import Table
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from traindy.core.engine import INSTALL, Engine
from traindy.core.errors import UserError

DEFAULTS: Mapping[str, str | bool] = {
    "spark.log.level": "OFF",  # what is the user's to mend is said in one line
    "spark.sql.pyspark.jvmStacktrace.enabled": True,  # the cause of an error stands there alone
    "spark.ui.enabled": False,
    "spark.ui.showConsoleProgress": False,
    "spark.hadoop.fs.defaultFS": "file:///",
    # A table goes to the executors as Arrow: they need no Python.
    "spark.sql.execution.arrow.pyspark.enabled": True,
    "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": False,
}
"""Settings of Spark that `engine.options` may change."""

FILE, PLACE = "_file", "_place"


class SparkEngine(Engine):
    """Tables are written by the executors, a folder of parts each; `data.dir`, `paths` and `scratch` lie on
    a file system that the driver and all executors share.

    Only what is fetched comes to the driver, and it does not grow with the customers: counts, the rows of
    each day, the distinct profiles of cluster, the row that an error message shows; in build_uph the pairs
    of `build_uph.shard_customers` customers at a time, which it writes as one NPZ file.

    Positions (a customer's, an article's) come of one sort of all ids, by one executor.
    """

    def read_csv(self, file: Path, n_columns: int) -> Table:
        """See `Engine`. One executor reads a file, since a quoted field may hold the end of a line."""
        with self._in_words(file):
            reader = self._session.read.options(
                header=True,
                quote='"',
                escape='"',
                multiLine=True,
                mode="FAILFAST",
                columnPruning=False,  # else rows with too many columns would pass
                unescapedQuoteHandling="RAISE_ERROR",
            )
            columns = ", ".join(f"c{i} STRING" for i in range(n_columns))
            return self._view(reader.schema(columns).csv(str(file.absolute())))

    def numbered(self, table: Table, name: str) -> Table:
        """See `Engine`. One executor numbers all rows: it is meant for the words of an error."""
        # Splits of one file are read in their order, those of several files by size.
        frame = self._frame(table).withColumn(FILE, F.input_file_name())
        rows = self._view(frame.withColumn(PLACE, F.monotonically_increasing_id()))
        place = ibis.row_number().over(order_by=[FILE, PLACE]).name(name)
        return rows.mutate(place).drop(FILE, PLACE)

    def _connect(self) -> Any:
        if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
            raise UserError(
                f"engine.name={self._settings.name}: needs Java 17, which is not found; {INSTALL}"
            )
        _check_reachable(self._settings.master)
        # The one table that comes from pandas, the profiles, holds text and whole numbers only.
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
        builder = SparkSession.builder.master(self._settings.master).appName("traindy")
        for key, value in {**DEFAULTS, **self._settings.options}.items():
            builder = builder.config(key, value)
        with self._in_words(self._scratch):
            self._session = builder.getOrCreate()
        return ibis.pyspark.connect(self._session)

    def _read_parts(self, parts: list[Path]) -> Table:
        return self._view(self._session.read.parquet(*(str(part.absolute()) for part in parts)))

    def _write(self, table: Table, file: Path) -> None:
        self._backend.to_parquet_dir(table, file.absolute())
        _name_parts(file)

    def _collect(self, table: Table) -> pa.Table:
        return self._frame(table).toArrow()

    def _frame(self, table: Table) -> DataFrame:
        return self._session.sql(self._backend.compile(table))

    def _view(self, frame: DataFrame) -> Table:
        name = ibis.util.gen_name("view")
        frame.createTempView(name)
        return self._backend.table(name)

    @contextmanager
    def _in_words(self, file: Path) -> Iterator[None]:
        try:
            yield
        except (PySparkException, Py4JError) as error:
            words = _explain(str(error), self._settings.master, file)
            if words is None:
                raise
            raise UserError(words) from None


def _name_parts(folder: Path) -> None:
    """Give the parts the same names every time, without Spark's random ones and its checksums."""
    for file in sorted(folder.iterdir()):
        if file.name.startswith("part-"):
            file.rename(folder / f"{file.name[:10]}.parquet")
        else:
            file.unlink()


def _check_reachable(master: str, seconds: float = 5.0) -> None:
    """Spark itself tries for a minute, and then says it in a hundred lines."""
    hosts = master.removeprefix("spark://").split(",") if master.startswith("spark://") else []
    for host, _, port in (address.rpartition(":") for address in hosts):
        try:
            socket.create_connection((host, int(port)), seconds).close()
            return
        except (OSError, OverflowError) as error:
            reason = error
    if hosts:
        raise UserError(
            f"engine.master={master}: cannot be reached ({reason}); start it, correct engine.master, "
            "or use local[2]"
        )


_CAUSES = {
    "JAVA_GATEWAY_EXITED": "{master}: Java did not start; {install}",
    "is not a Parquet file": "{file}: not a Parquet file, or an incomplete one; copy or download it again",
    "CANNOT_READ_FILE_FOOTER": "{file}: not a Parquet file, or an incomplete one; copy or download it again",
    "MALFORMED": "{file}: a row with more or fewer columns than the header, or a quote that is not closed",
    "FAILED_READ_FILE": "{file}: broken or incomplete; copy or download it again",
    "No space left": "{file}: no room left on the disk; make some, then run it again",
    "OutOfMemoryError": "{master}: too little memory for {file}; raise spark.executor.memory and "
    "spark.driver.memory in engine.options",
    "stopped SparkContext": "{master}: the cluster ended the work; see its logs, then run it again",
    "SparkContext was shut down": "{master}: the cluster ended the work; see its logs, then run it again",
    "Could not parse Master URL": "{master}: not a master that Spark knows; correct it",
}


def _explain(message: str, master: str, file: Path) -> str | None:
    # Spark's message may quote the row, which may hold a customer's id: nothing of it is repeated.
    for sign, words in _CAUSES.items():
        if sign in message:
            return words.format(master=f"engine.master={master}", file=file, install=INSTALL)
    return None
