"""The user purchase history in memory, and as a folder of NPZ shards."""

import zipfile
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Self

import numpy as np
from scipy.sparse import csr_array, vstack

from traindy.core.errors import UserError

SHARD = "customers-{first:08d}.npz"


@dataclass(frozen=True)
class UPH:
    """Who bought what, and beside each entry when last and how often."""

    matrix: csr_array
    """customers x articles, float32, 1 where the customer bought the article; rows sorted by article."""
    day: np.ndarray
    """int32 per entry: day of the last purchase, days since 1970-01-01."""
    count: np.ndarray
    """int32 per entry: units bought."""

    @property
    def n_customers(self) -> int:
        """Rows."""
        return int(self.matrix.shape[0])

    @property
    def n_articles(self) -> int:
        """Columns."""
        return int(self.matrix.shape[1])

    @property
    def n_buyers(self) -> int:
        """Rows that are not empty."""
        return int(np.count_nonzero(np.diff(self.matrix.indptr)))

    def buyers(self) -> Self:
        """The rows that are not empty alone."""
        return self.rows(np.flatnonzero(np.diff(self.matrix.indptr)))

    def where(self, kept: np.ndarray) -> Self:
        """The entries of `kept` (bool per entry) alone, of the same customers."""
        m = self.matrix
        indptr = np.concatenate([[0], np.cumsum(kept)])[m.indptr]
        return type(self)(ones(m.indices[kept], indptr, m.shape), self.day[kept], self.count[kept])

    def rows(self, customers: np.ndarray) -> Self:
        """The rows of `customers` (positions, in the given order)."""
        starts, ends = self.matrix.indptr[customers], self.matrix.indptr[customers + 1]
        lengths = ends - starts
        indptr = np.concatenate([[0], np.cumsum(lengths)])
        entries = np.arange(indptr[-1]) + np.repeat(starts - indptr[:-1], lengths)
        return type(self)(
            matrix=ones(self.matrix.indices[entries], indptr, (len(customers), self.n_articles)),
            day=self.day[entries],
            count=self.count[entries],
        )


def ones(indices: np.ndarray, indptr: np.ndarray, shape: tuple[int, int]) -> csr_array:
    """A UPH's matrix from CSR's two index arrays; they take 4 bytes an entry as long as that is enough."""
    kind = np.int32 if len(indices) <= np.iinfo(np.int32).max else np.int64
    data = np.ones(len(indices), np.float32)
    return csr_array((data, indices.astype(kind), indptr.astype(kind)), shape=shape)


def stack(*parts: UPH) -> UPH:
    """The rows of several parts, one below the other."""
    return UPH(
        matrix=csr_array(vstack([part.matrix for part in parts], format="csr")),
        day=np.concatenate([part.day for part in parts]),
        count=np.concatenate([part.count for part in parts]),
    )


def empty(n_customers: int, n_articles: int) -> UPH:
    """Customers who bought nothing."""
    none = np.zeros(0, np.int32)
    return UPH(csr_array((n_customers, n_articles), dtype=np.float32), none, none)


def merge(*parts: UPH) -> UPH:
    """The union of several periods of the same customers and articles: last day, units summed."""
    return reduce(_merge_two, parts)


def _merge_two(a: UPH, b: UPH) -> UPH:
    # SciPy's element-wise operations are linear and drop zeroes: units and days counted from 1 are none.
    before = min(part.day.min(initial=0) for part in (a, b)) - 1
    count = _with(a, a.count) + _with(b, b.count)
    day = _with(a, a.day - before).maximum(_with(b, b.day - before))
    return UPH(ones(count.indices, count.indptr, count.shape), day.data + before, count.data)


def _with(uph: UPH, values: np.ndarray) -> csr_array:
    return csr_array((values, uph.matrix.indices, uph.matrix.indptr), shape=uph.matrix.shape)


def save(folder: str | Path, uph: UPH, first_customer: int) -> None:
    """Write one shard: SciPy's own NPZ keys, so that `scipy.sparse.load_npz` reads it, and day and count."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    m = uph.matrix
    arrays = {
        "format": np.array(b"csr"),
        "shape": np.array(m.shape),
        "data": np.ones(m.nnz, np.int8),
        "indices": m.indices.astype(np.int32),
        "indptr": m.indptr.astype(np.int64),
        "day": uph.day.astype(np.int32),
        "count": uph.count.astype(np.int32),
        "_is_array": np.array(True),
    }
    file = folder / SHARD.format(first=first_customer)
    # Not np.savez_compressed: its level, 6, takes nine times as long for files that are 7 % smaller.
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as npz:
        for name, array in arrays.items():
            with npz.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def load(folder: str | Path, own: range | None = None) -> UPH:
    """Read the shards of a folder, in the order of their customers.

    own: consecutive customers whose rows alone are wanted; shards without any of them are not opened.
    """
    files = sorted(Path(folder).glob("*.npz"), key=_first_customer)
    if not files:
        raise UserError(f"{folder}: holds no UPH shard; run `dvc repro build_uph` to make it")
    if own is None:
        return stack(*(_load_shard(file) for file in files))
    firsts = [_first_customer(file) for file in files]
    ends = [*firsts[1:], own.stop]
    held = [k for k in range(len(files)) if firsts[k] < own.stop and ends[k] > own.start]
    read = stack(*(_load_shard(files[k]) for k in held))
    return read.rows(np.arange(own.start, own.stop) - firsts[held[0]])


def _first_customer(shard: Path) -> int:
    return int(shard.stem.rpartition("-")[2])


def _load_shard(file: Path) -> UPH:
    try:
        with np.load(file, allow_pickle=False) as npz:
            matrix = ones(npz["indices"], npz["indptr"], tuple(npz["shape"]))
            uph = UPH(matrix, npz["day"], npz["count"])
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(f"{file}: not a UPH shard ({error}); run `dvc repro build_uph`") from None
    if not matrix.nnz == len(uph.day) == len(uph.count):
        raise UserError(f"{file}: day and count do not fit the matrix; run `dvc repro build_uph`")
    return uph
