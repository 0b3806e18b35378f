"""dvc.yaml says the truth: a stage's imports stand in its deps, the parameters it reads in its params."""

import ast
from pathlib import Path

import pytest
import yaml

from traindy.core.params import Params

ROOT = Path(__file__).parents[2]
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
EVERY_KEY = yaml.safe_load((ROOT / "params.yaml").read_text())


def file_of(module: str) -> Path | None:
    base = ROOT / "src" / Path(*module.split("."))
    return next((f for f in (base.with_suffix(".py"), base / "__init__.py") if f.is_file()), None)


def imported(file: Path) -> set[Path]:
    """The project's own files that a file imports, wherever in it; packages' __init__ included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    ours = {name for name in names if name.startswith("traindy.")}
    return {found for name in ours if (found := file_of(name))}


def all_imported(file: Path) -> set[Path]:
    seen: set[Path] = set()
    new = {file}
    while new:
        seen |= new
        new = set().union(*(imported(f) for f in new)) - seen
    return seen


def script(stage: str) -> Path:
    return ROOT / STAGES[stage]["cmd"].removeprefix("python ")


@pytest.mark.parametrize("stage", STAGES)
def test_every_import_is_a_dep(stage):
    deps = [ROOT / dep for dep in STAGES[stage]["deps"] if not dep.startswith("${")]
    for file in all_imported(script(stage)):
        covered = any(file == dep or dep in file.parents for dep in deps)
        assert covered, f"{stage} imports {file.relative_to(ROOT)}, which its deps do not name"


@pytest.mark.parametrize("stage", STAGES)
def test_every_dep_in_the_source_is_imported(stage):
    used = all_imported(script(stage))
    for dep in STAGES[stage]["deps"]:
        if not dep.startswith("${"):
            path = ROOT / dep
            assert any(path == file or path in file.parents for file in used), f"{stage} does not use {dep}"


def read_by(stage: str) -> set[str]:
    """The keys of params.yaml that a stage's script hands on, as block or block.key.

    A script passes a block on whole (`params.cvae`) or takes a key of it (`params.engine.threads`); only
    scripts, and functions that take the whole `Params`, see more than one block.
    """
    keys: set[str] = set()
    for file in all_imported(script(stage)):
        if "core" in file.parts and file.name in ("stage.py", "config.py", "params.py"):
            continue
        tree = ast.parse(file.read_text())
        inner = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and id(node) not in inner:
                chain = chain_of(node)
                if chain[0] == "params" and len(chain) > 1 and chain[1] in EVERY_KEY:
                    keys.add(".".join(chain[1:3]))
    return {key for key in keys if not key.startswith("paths")}


def chain_of(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Attribute):
        return [*chain_of(node.value), node.attr]
    return [node.id] if isinstance(node, ast.Name) else [""]


@pytest.mark.parametrize("stage", STAGES)
def test_every_parameter_read_is_declared(stage):
    declared = STAGES[stage]["params"]
    for key in read_by(stage):
        covered = any(key == d or key.startswith(f"{d}.") or d.startswith(f"{key}.") for d in declared)
        assert covered, f"{stage} reads {key}, which its params do not name"


@pytest.mark.parametrize("stage", STAGES)
def test_every_declared_parameter_exists(stage):
    for key in STAGES[stage]["params"]:
        value = EVERY_KEY
        for part in key.split("."):
            assert part in value, f"{stage} declares {key}, which params.yaml does not have"
            value = value[part]


@pytest.mark.parametrize("block", [name for name in Params.model_fields if name not in ("paths", "serve")])
def test_every_parameter_is_declared_by_a_stage(block):
    declared = {key for stage in STAGES.values() for key in stage["params"]}
    for key in EVERY_KEY[block]:
        assert {block, f"{block}.{key}"} & declared, f"no stage declares {block}.{key}"


def test_every_path_is_said_once():
    """Paths of outputs stand in params.yaml alone; dvc.yaml and the stages read them there."""
    paths = EVERY_KEY["paths"].values()
    for file in [ROOT / "dvc.yaml", *(ROOT / "stages").glob("*.py"), *(ROOT / "src").rglob("*.py")]:
        text = file.read_text()
        assert not [path for path in paths if "/" in path and path in text], file
