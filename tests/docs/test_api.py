"""`make api`: a page for every module, without a warning, that loads nothing from elsewhere."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RECIPE = re.search(r"^api:.*\n\tpython (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)[
    1
]
NO_PAGES = {"traindy.core.spark_engine", "traindy.report.__main__"}
"""The first needs Spark to be imported, and does what `traindy.core.engine` says; the second is a command."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("api")
    words = [str(folder) if word == "build/api" else word for word in shlex.split(RECIPE)]
    path = os.pathsep.join(filter(None, [str(ROOT / "src"), os.environ.get("PYTHONPATH")]))
    command, environment = [sys.executable, *words], os.environ | {"PYTHONPATH": path}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "arning" not in done.stderr, done.stderr
    return folder


def module(file):
    parts = file.relative_to(ROOT / "src").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_every_module_has_its_page(pages):
    modules = {module(file) for file in (ROOT / "src" / "traindy").rglob("*.py")} - NO_PAGES
    made = {".".join(file.relative_to(pages).with_suffix("").parts) for file in pages.rglob("*.html")}
    assert modules == made - {"index"}


def test_nothing_comes_from_elsewhere(pages):
    elsewhere = re.compile(
        r"""<(?:script|link|img|iframe)[^>]+(?:src|href)=["']?(?:https?:)?//|@import|url\(["']?http"""
    )
    assert not [file for file in pages.rglob("*.html") if elsewhere.search(file.read_text(encoding="utf-8"))]
    assert elsewhere.search('<script src="https://a.org/b.js">')
