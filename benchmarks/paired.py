"""`python benchmarks/paired.py FOLDER OTHER`: is the CVAE better in one of accuracy.py's scratch folders?

Both are of the same dataset, cut alike, with other settings; what is compared are the seeds that both have.
With --before, which keeps the dataset's test out of it, this is how settings are chosen where one validation
window is too little to go by:

  python benchmarks/accuracy.py run journey-type --before 2017-09-13 --models popularity --folder A
  the same with --folder B and other settings, as cvae.smoothing=0.2
  python benchmarks/paired.py B A
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Final

import numpy as np
from cells import interval, short
from results import Run, differences, read_run
from start import start

from traindy.core.errors import UserError
from traindy.evaluate.report import FIRST

RESAMPLES: Final = 1000
OTHER: Final = "other"


def runs(folder: Path) -> dict[tuple[str, str], Run]:
    """The evaluations there, by policy and seed."""
    files = sorted(folder.glob("results/*/*/evaluate.json"))
    if not files:
        raise UserError(f"{folder}: no results of a dataset there; measure one with accuracy.py run")
    return {(file.parent.name, file.parents[1].name): read_run(file.parent) for file in files}


def lines(folder: Path, other: Path) -> Iterator[str]:
    """For each policy, group and metric: both figures, the difference of the means and its 95 % interval."""
    ours, theirs = runs(folder), runs(other)
    shared = [key for key in ours if key in theirs]
    if any(not np.array_equal(ours[key].customer, theirs[key].customer) for key in shared):
        raise UserError(f"{other}: judged on other customers than {folder}; cut both alike")
    for policy in dict.fromkeys(policy for policy, _ in shared):
        mine, others = ([of[key] for key in shared if key[0] == policy] for of in (ours, theirs))
        both = [
            replace(a, values={FIRST: a.values[FIRST], OTHER: b.values[FIRST]})
            for a, b in zip(mine, others, strict=True)
        ]
        for group, metrics in differences(both, RESAMPLES, seed=0)[OTHER].items():
            for metric, apart in metrics.items():
                first, second = (
                    short(mean(run.figures[FIRST][group][metric] for run in each)) for each in (mine, others)
                )
                where = f"bought {policy}, {group}, {metric}, seeds of both: {len(both)}"
                yield f"{where}: {first} and {second}, {interval(apart)}"


def main(arguments: Sequence[str]) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, help="a scratch folder")
    parser.add_argument("other", type=Path, help="what it is compared with")
    asked = parser.parse_args(arguments)
    for line in lines(asked.folder, asked.other):
        print(line)


if __name__ == "__main__":
    start(main)
