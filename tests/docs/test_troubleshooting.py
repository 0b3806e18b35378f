"""docs/troubleshooting.md has an entry for every message, and none for a message that is gone.

An entry is a list item that begins with code. All fixed words of the message stand there, in their order;
where it has a value, `…` or an example. `dvc repro` may name a stage or not.
"""

import ast
import json
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from traindy.core.errors import UserError
from traindy.core.params import Params

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "troubleshooting.md"
OF_OTHERS = "## From DVC, Java and the machine\n"
"""The last part of the page: messages of which no file of this repository has the words."""

ARGUMENT = {
    "UserError": 0, "RefusedError": 2, "ValueError": 0, "problem": 1, "log.warning": 0, "parser.error": 0,
}  # fmt: skip
"""Calls that say something to a user, and which argument is the text."""
STARTS = ("error:", "warning:", "interrupted:")
"""What `print` and `sys.exit` say to a user begins so."""
PARTS = {
    "core/config.py": ("_in_words", "_unknown"),
    "core/duckdb_engine.py": ("_CAUSES", "_explain"),
    "core/spark_engine.py": ("_CAUSES",),
    "split/faults.py": ("advice", "as_numbers"),
    "split/form.py": ("OTHERS",),
    "split/kept.py": ("why_none",),
    "baselines/fit.py": ("left_out",),
}
"""Dicts and functions of texts that messages are put together from."""
WORDLESS = {"config.py", "duckdb_engine.py", "spark_engine.py", "purchases.py", "tuning.py"}
"""Files that raise such texts; those of split/purchases.py and tuning.py stand in faults.py and fit.py."""
VALUE = "…"


def text(node: ast.expr, names: dict[str, ast.expr]) -> str:
    """The fixed words, `VALUE` for what is known at run time only."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.sub(r"%[-.\d]*[a-z]|\{\w+\}", VALUE, node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(text(part, names) for part in node.values)
    if isinstance(node, ast.BinOp):
        return text(node.left, names) + text(node.right, names)
    if isinstance(node, ast.FormattedValue):
        return text(node.value, names)
    return text(names[node.id], {}) if isinstance(node, ast.Name) and node.id in names else VALUE


def has_words(template: str) -> bool:
    return bool(re.search(r"[a-z]{3}", template))


def named_texts(tree: ast.Module) -> dict[str, ast.expr]:
    """What the names stand for that are given a text, and only one."""
    given: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value and has_words(text(node.value, {})):
            given.setdefault(target_of(node), []).append(node.value)
    return {name: values[0] for name, values in given.items() if len(values) == 1}


def target_of(node: ast.Assign | ast.AnnAssign) -> str:
    return ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)


def spoken(tree: ast.Module, names: dict[str, ast.expr]) -> Iterator[str]:
    """The text of every call that says something to a user, and of what the page of the app shows."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function, place = ast.unparse(node.func), ARGUMENT.get(ast.unparse(node.func))
            if place is not None and len(node.args) > place:
                said = text(node.args[place], names)
                yield f"{VALUE}={VALUE}: {said}{VALUE}" if function == "RefusedError" else said
            elif function in ("print", "sys.exit") and node.args:
                yield from (said for said in [text(node.args[0], names)] if said.startswith(STARTS))
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            yield from (text(value, names) for key, value in pairs if key and ast.unparse(key) == "'error'")


def parts(tree: ast.Module, names: dict[str, ast.expr], of: tuple[str, ...]) -> Iterator[str]:
    """The texts of dicts, and those that functions return."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.Assign | ast.AnnAssign):
            if (node.name if isinstance(node, ast.FunctionDef) else target_of(node)) not in of:
                continue
            dicts = (each.values for each in ast.walk(node) if isinstance(each, ast.Dict))
            given = ast.Return | ast.DictComp
            returned = [each.value for each in ast.walk(node) if isinstance(each, given) and each.value]
            found = (text(each, names) for each in chain(*dicts, returned))
            yield from (VALUE + each + VALUE for each in found if has_words(each))


def messages() -> dict[str, str]:
    """Every message, by the file that has it last."""
    found = {}
    for file in chain(*((ROOT / tree).rglob("*.py") for tree in ("src/traindy", "stages", "benchmarks"))):
        name = file.relative_to(ROOT).as_posix().removeprefix("src/traindy/")
        tree = ast.parse(file.read_text(encoding="utf-8"))
        names = named_texts(tree)
        found |= dict.fromkeys(chain(spoken(tree, names), parts(tree, names, PARTS.get(name, ()))), name)
    return found


def pattern(words: str) -> re.Pattern[str]:
    pieces = re.sub("`dvc repro[^`]*`", "`dvc repro…`", words).replace("\n", "").split(VALUE)
    return re.compile(".*".join(map(re.escape, pieces)))


def entries(page: str) -> list[str]:
    """The code that is a list item, without the spaces that Markdown needs beside a backtick."""
    found = re.findall(r"^- (?:`` ?(.+?) ?``|`([^`]+)`)$", page, re.MULTILINE)
    return [re.sub("`dvc repro[^`]*`", "`dvc repro…`", two or one) for two, one in found]


MESSAGES = messages()
FORBIDDEN = {
    "minimum": "cvae.latent_dim=1",
    "exclusiveMinimum": "cvae.ridge=0",
    "maximum": "engine.threads=1000",
    "exclusiveMaximum": "split.held_out=1",
    "minLength": "data.dir=''",
    "minItems": "baselines.models=[]",
    "maxItems": "cluster.ranges.age=[1, 2, 3]",
    "enum": "cvae.loss=foo",
    "const": "recommend.articles=some",
    "integer": "cvae.latent_dim=abc",
    "number": "cvae.temperature=abc",
    "boolean": "cvae.refit=abc",
    "string": "data.dir=2020",
    "array": "evaluate.k=20",
    "object": "cluster.bands=abc",
    "date": "split.test_start=abc",
}
"""By what JSON Schema calls a limit or a kind, a parameter that breaks it."""
NO_NUMBER = "cvae.kl_weight=.inf"


@pytest.fixture(scope="module")
def ours():
    return entries(PAGE.read_text(encoding="utf-8").partition(OF_OTHERS)[0])


@pytest.fixture(scope="module")
def of_pydantic(params):
    """What it says of each kind of wrong parameter."""
    said = []
    for override in (*FORBIDDEN.values(), NO_NUMBER):
        with pytest.raises(UserError) as caught:
            params(override)
        said.append(re.sub(r" \(and \d+ more\)$", "", str(caught.value)))
    return said


def test_every_message_has_an_entry(ours, of_pydantic):
    missing = [
        f"{file}: {words}"
        for words, file in MESSAGES.items()
        if has_words(words) and not any(map(pattern(words).fullmatch, ours))
    ]
    missing += [words for words in of_pydantic if not any(pattern(each).fullmatch(words) for each in ours)]
    assert not missing, f"each needs an entry in {PAGE.name}, with its cause and what to do"


def test_every_entry_belongs_to_a_message(ours, of_pydantic):
    known = [pattern(words) for words in MESSAGES if has_words(words)]
    for entry in ours:
        of_parameters = any(map(pattern(entry).fullmatch, of_pydantic))
        assert of_parameters or any(each.fullmatch(entry) for each in known), f"nothing says: {entry}"


def test_no_other_kind_of_parameter_exists():
    schema = json.dumps(Params.model_json_schema())
    keywords = "(min|max|exclusiveM|multiple|unique|const|enum|pattern)[A-Za-z]*"
    limits = {found[1] for found in re.finditer(f'"({keywords})": [^{{]', schema)}
    kinds = set(re.findall('"(?:type|format)": "([a-z-]+)"', schema)) - {"null"}
    assert limits | kinds == set(FORBIDDEN)


def test_texts_that_are_made_elsewhere_are_looked_for_there(ours):
    assert {Path(file).name for words, file in MESSAGES.items() if not has_words(words)} <= WORDLESS
    assert len(MESSAGES) > 150 and len(set(ours)) == len(ours) > 150
