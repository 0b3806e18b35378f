"""What can be said of a command without running it: that its program takes it, and what it names is there."""

import argparse
import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from unittest import mock

import pytest
import yaml
from dvc.cli import parse_args
from dvc.utils.hydra import get_hydra_sweeps
from shown import ROOT

from traindy.cli import parser
from traindy.core.config import load_params

STRANGERS = ("apt-get", "dmesg", "grep", "iconv", "java", "nc", "sudo", "ulimit")
"""Programs of the system that the pages advise; nobody runs these here."""
PLACEHOLDER = re.compile(r"(?<![\w.])[A-Z]{2,}(?:_[A-Z]+)*(?!\w)|…")


class Accepted(Exception):  # noqa: N818
    """A script has read its command line and found nothing wrong."""


def check(text: str) -> None:
    """Fail if the command, or one of several joined by && and |, cannot be right."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars="&|;")
    lexer.whitespace_split, lexer.commenters = True, "#"
    simple: list[list[str]] = [[]]
    for word in lexer:
        if set(word) <= set("&|;"):
            simple.append([])
        else:
            simple[-1].append(word)
    for words in simple:
        program, *rest = words
        assert program in CHECKS or program in STRANGERS, f"{text}: nobody checks {program}"
        if program in CHECKS:
            CHECKS[program](rest[:-1] if rest[-1:] == ["-S"] else rest)


def _dvc(words: list[str]) -> None:
    if len(words) == 1:  # the command alone, as a name
        assert (
            subprocess.run([sys.executable, "-m", "dvc", *words, "-h"], capture_output=True).returncode == 0
        )
        return
    asked = parse_args(words)
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    if words[0] == "repro" or words[:2] == ["exp", "run"]:
        assert all(PLACEHOLDER.fullmatch(stage) or stage in stages for stage in asked.targets), asked.targets
    overrides = [one for one in getattr(asked, "set_param", None) or [] if not PLACEHOLDER.search(one)]
    if overrides:
        for sweep in get_hydra_sweeps({"params.yaml": overrides}):
            load_params(sweep["params.yaml"], ROOT)


def _make(words: list[str]) -> None:
    targets = [word for word in words if "=" not in word]
    done = subprocess.run(["make", "-n", *targets], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _python(words: list[str]) -> None:
    file, *rest = words
    if file == "-m":
        assert find_spec(rest[0]), rest[0]
    elif file == "-c":
        compile(rest[0], "shown", "exec")
    elif file.startswith("stages/"):
        assert (ROOT / file).is_file(), file
        load_params(rest, ROOT)
    else:
        _script(file, rest)


def _script(file: str, words: list[str]) -> None:
    """Run the script until it has read its command line; one that a page has the reader save is compiled."""
    if not (ROOT / file).is_file():
        saved = re.compile(rf"Save this as `{re.escape(file)}`:\n+```python\n(.*?)```", re.DOTALL)
        pages = [page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md")]
        (script,) = [found[1] for page in pages for found in saved.finditer(page)]
        compile(script, file, "exec")
        return
    read = argparse.ArgumentParser.parse_args

    def parse(self: argparse.ArgumentParser, arguments=None, namespace=None):
        read(self, arguments, namespace)
        raise Accepted

    with (
        mock.patch.object(argparse.ArgumentParser, "parse_args", parse),
        mock.patch.object(sys, "argv", [file, *words]),
    ):
        try:
            runpy.run_path(str(ROOT / file), run_name="__main__")
        except Accepted:
            return
        except ModuleNotFoundError as error:
            assert error.name in ("optuna", "matplotlib"), error
            pytest.skip(f"{error.name} is not installed: make bench-setup")
    raise AssertionError(f"{file} reads no command line")


def _git(words: list[str]) -> None:
    usage = subprocess.run(["git", words[0], "-h"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert usage.returncode == 129, f"git {words[0]}: no such command"
    for word in words[1:]:
        if re.fullmatch(r"[\w./-]+\.(yaml|lock|md|txt)", word) and word != "git":
            assert (ROOT / word).is_file(), f"{word}: not there"


def _pip(words: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    if words[0] == "config":
        return
    assert words[0] == "install", words
    for word in words[1:]:
        if extra := re.fullmatch(r"\.\[(\w+)\]", word):
            assert extra[1] in extras, word
        elif word not in ("-c", "constraints.txt"):
            assert any(word in packages for packages in extras.values()), f"{word}: in no extra"


def _pytest(words: list[str]) -> None:
    for word in words:
        if "/" in word and not PLACEHOLDER.search(word):
            assert (ROOT / word).exists(), word


def _kill(words: list[str]) -> None:
    assert words[0] == "-HUP", words
    assert "SIGHUP" in (ROOT / "tests/pipeline/test_serve.py").read_text(encoding="utf-8")


def _traindy(words: list[str]) -> None:
    if len(words) == 1:  # the command alone, as a name
        words = [*words, "-h"]
    try:
        parser().parse_args(words)
    except SystemExit as done:
        assert done.code == 0, words


def _file(words: list[str]) -> None:
    """`source`, `rm`, `mkdir`, `cd` of what the project itself makes."""
    made = (".venv", ".resume", ".dvc/tmp", "data/")
    assert all(word.startswith(("-", *made)) for word in words), words


CHECKS = {
    "dvc": _dvc, "make": _make, "python": _python, "git": _git, "pip": _pip, "pytest": _pytest, "kill": _kill,
    "traindy": _traindy, "source": _file, "rm": _file, "mkdir": _file, "cd": _file,
    "ruff": lambda words: None if words[0] in ("check", "format") else _file(words),
}  # fmt: skip
