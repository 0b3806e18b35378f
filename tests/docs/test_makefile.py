"""`make help` names every target, in the order of the Makefile, and fits a terminal."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[2] / "Makefile"
TEXT = MAKEFILE.read_text(encoding="utf-8")
PHONY = re.search(r"^\.PHONY: (.*)$", TEXT, re.MULTILINE)[1].split()


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_help_names_every_target_and_fits_a_terminal():
    command = ["make", "--no-print-directory", "-f", str(MAKEFILE), "help"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.split()[0] for line in lines] == PHONY
    assert len({re.match(r"\S+ +", line).end() for line in lines}) == 1, "aligned"
    assert max(map(len, lines)) <= 100


def test_every_target_is_phony_or_a_file():
    targets = re.findall(r"^([\w-]+):(?!=)", TEXT, re.MULTILINE)
    assert targets == PHONY, "in the order in which they stand"


def test_what_a_newcomer_needs_comes_first():
    assert PHONY[:6] == ["help", "repro", "results", "report", "serve", "test"]
