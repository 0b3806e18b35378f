"""Wrong parameters are named in one line; the repository's own are right."""

import shutil
from pathlib import Path

import pytest
import yaml

from traindy.core.config import load_params
from traindy.core.errors import UserError
from traindy.core.params import Block, Params

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["cvae.latent_dmi=64"], "cvae.latent_dmi=64: no such parameter; did you mean cvae.latent_dim?"),
        (["qqq=1"], "qqq=1: no such parameter; params.yaml lists all of them"),
        (["cvae.latent_dim=-1"], "cvae.latent_dim=-1: input should be greater than or equal to 2"),
        (["cvae.latent_dim=abc"], "cvae.latent_dim=abc: input should be a valid integer"),
        (["cvae.loss=foo"], "cvae.loss=foo: input should be 'bce', 'multinomial', 'cosine', 'recall'"),
        (["split.by=date"], "split.by=date needs a date"),
        (["split.test_start=2020-13-01"], "split.test_start=2020-13-01: input should be a valid date"),
        (["evaluate.k=[10,5000]"], "evaluate.k=[10, 5000]: the baselines' lists end at baselines.depth=100"),
        (["cluster.bands.age=[3,1]"], "cluster.bands.age=[3.0, 1.0]: must be numbers that rise"),
        (
            ["baselines.models=[als,slim]"],
            "baselines.models.1=slim: input should be 'popularity', 'popularity_",
        ),
        (["baselines.models=[als,als]"], "baselines.models=['als', 'als']: names one twice"),
        (["baselines.models=[]"], "baselines.models=[]: list should have at least 1 item"),
        (["cvae.latent_dim=null"], "cvae.latent_dim=null: "),
        (["cvae.kl_weight=.nan"], "cvae.kl_weight=.nan: "),
        (["recommend.articles=some"], "recommend.articles=some: input should be 'all'"),
        (["evaluate.k=["], "params.yaml evaluate.k=[: "),
    ],
)
def test_what_is_wrong_is_said_in_one_line(overrides, message):
    with pytest.raises(UserError) as caught:
        load_params(overrides, ROOT)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_more_than_one_fault_is_counted():
    with pytest.raises(UserError, match=r"\(and 1 more\)"):
        load_params(["cvae.latent_dim=-1", "cvae.batch_size=0"], ROOT)


def test_a_key_missing_from_the_file_and_a_missing_file_are_named(tmp_path):
    with pytest.raises(UserError, match=r"params\.yaml: not found in .*run from the project's root"):
        load_params([], tmp_path)
    content = yaml.safe_load((ROOT / "params.yaml").read_text())
    del content["cvae"]["latent_dim"]
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(UserError, match=r"cvae\.latent_dim: missing from params\.yaml"):
        load_params([], tmp_path)


def test_numbers_that_yaml_reads_as_text_are_numbers(tmp_path):
    shutil.copy(ROOT / "params.yaml", tmp_path)
    text = (tmp_path / "params.yaml").read_text()
    (tmp_path / "params.yaml").write_text(text.replace("learning_rate: 0.003", "learning_rate: 1e-5"))
    assert yaml.safe_load("1e-5") == "1e-5"
    assert load_params([], tmp_path).cvae.learning_rate == 1e-5


def test_dates_quoted_or_not(tmp_path):
    params = load_params(["split.by=date", "split.test_start='2020-09-16'"], ROOT)
    assert str(params.split.test_start) == "2020-09-16"


def fields(block: type[Block], prefix: str = "") -> set[str]:
    found = set()
    for name, field in block.model_fields.items():
        kind = field.annotation
        inner = isinstance(kind, type) and issubclass(kind, Block)
        found |= fields(kind, f"{prefix}{name}.") if inner else {prefix + name}
    return found


def keys(content: dict, known: set[str], prefix: str = "") -> set[str]:
    found = set()
    for name, value in content.items():
        key = prefix + name
        found |= keys(value, known, key + ".") if isinstance(value, dict) and key not in known else {key}
    return found


def test_params_yaml_and_its_typed_twin_have_the_same_keys():
    known = fields(Params)
    assert keys(yaml.safe_load((ROOT / "params.yaml").read_text()), known) == known


def test_nothing_has_a_default_but_in_params_yaml():
    assert not [name for name, field in Params.model_fields.items() if not field.is_required()]
    for block in Params.model_fields.values():
        assert all(field.is_required() for field in block.annotation.model_fields.values())
