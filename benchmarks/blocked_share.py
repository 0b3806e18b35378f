"""How much of a row must be held out in blocks to be as far from the rest as what a user did last.

  python benchmarks/blocked_share.py FOLDER        with Gowalla's train.npz

Its places are numbered as they first appear, user by user, and each user's in order of time: so among the
places that no earlier user had been to the numbers tell which came last. The test is not read.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from blocked import Together, blocked
from cells import table
from scipy.sparse import csr_array, load_npz
from start import start

LAST: Final = 0.2
"""Of a user's history, what the test is."""
LEAST: Final = 20
"""Places whose order is known, of a user that is looked at."""
SHARES: Final = (0.2, 0.25, 0.3, 0.35, 0.4)
NEAREST: Final = 5


def known_order(pairs: csr_array) -> csr_array:
    """The entries whose order within the row is that of their numbers, in rows that have enough of them."""
    first = np.maximum.accumulate(np.append(-1, pairs.indices))[pairs.indptr[:-1]]
    row = np.repeat(np.arange(pairs.shape[0]), np.diff(pairs.indptr))
    new = pairs.indices > first[row]
    counts = np.bincount(row[new], minlength=pairs.shape[0])
    chosen = new & (counts >= LEAST)[row]
    rows, columns = row[chosen], pairs.indices[chosen]
    return csr_array((np.ones(len(rows), np.float32), (rows, columns)), shape=pairs.shape)


def distances(known: csr_array, together: Together, held_out: np.ndarray) -> np.ndarray:
    """Of what is held out to what is left of the row: the mean cosine, the nearest one, the mean of the five
    nearest ones: float [users, 3]."""
    return np.array(list(_each(known, together, held_out)))


def _each(known: csr_array, together: Together, held_out: np.ndarray) -> Iterator[tuple[float, ...]]:
    for begin, end in zip(known.indptr[:-1], known.indptr[1:], strict=True):
        if begin == end:
            continue
        row, out = known.indices[begin:end], held_out[begin:end]
        cosines = np.sort(together.cosines(row[out], row[~out]), 1)
        yield cosines.mean(), cosines[:, -1].mean(), cosines[:, -NEAREST:].mean()


def latest(known: csr_array) -> np.ndarray:
    """The last fifth of each row: bool [entries]."""
    return _by_row(known, np.arange)


def at_random(known: csr_array, seed: int) -> np.ndarray:
    """As many, drawn one by one."""
    return _by_row(known, np.random.default_rng(seed).permutation)


def _by_row(known: csr_array, order: Callable[[int], np.ndarray]) -> np.ndarray:
    sizes = np.diff(known.indptr)
    places = [order(size) >= size - round(LAST * size) for size in sizes[sizes > 0]]
    return np.concatenate(places)


def main(arguments: Sequence[str]) -> None:
    """Print the table."""
    pairs = csr_array(load_npz(Path(arguments[0]) / "train.npz")).astype(np.float32)
    pairs.sort_indices()
    known, together = known_order(pairs), Together(pairs)
    ways = {"the last fifth": latest(known), "a fifth at random": at_random(known, seed=0)}
    ways |= {f"blocks of {share:g}": blocked(known, share, 0, together) for share in SHARES}
    rows = []
    for name, held_out in ways.items():
        found = distances(known, together, held_out)
        error = found.std(0) / np.sqrt(len(found))
        rows.append([name, *(f"{m:.4f} ±{e:.4f}" for m, e in zip(found.mean(0), error, strict=True))])
    print(f"{len(found)} users\n")
    print(table(["held out", "mean cosine", "nearest", f"{NEAREST} nearest"], rows))


if __name__ == "__main__":
    start(lambda arguments: main(arguments or sys.exit(__doc__)))
