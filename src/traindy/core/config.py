"""Reads params.yaml with the command line's overrides, and says in one line what is wrong with it."""

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from pydantic import ValidationError
from yaml import YAMLError

from traindy.core.errors import UserError
from traindy.core.params import Params

FILE = "params.yaml"


def load_params(overrides: list[str], folder: str | Path = ".") -> Params:
    """The validated parameters of `folder`/params.yaml, changed by `key=value` overrides.

    Raises `UserError` with the key as it is written on the command line, its value and what is allowed.
    """
    file = Path(folder).resolve() / FILE
    if not file.is_file():
        raise UserError(f"{FILE}: not found in {file.parent}; run from the project's root")
    try:
        with initialize_config_dir(str(file.parent), version_base=None):
            _refuse_unknown(overrides, known=OmegaConf.load(file))
            raw = OmegaConf.to_container(compose(file.stem, overrides), resolve=True)
    except (HydraException, OmegaConfBaseException, YAMLError) as error:
        raise UserError(f"{FILE} {' '.join(overrides)}: {' '.join(str(error).split())}") from None
    return validate(raw)


def validate(raw: Any) -> Params:
    """Raw nested values as `Params`; the first thing that is wrong as a `UserError`."""
    try:
        return Params.model_validate(raw)
    except ValidationError as error:
        first, *others = error.errors()
        more = f" (and {len(others)} more)" if others else ""
        raise UserError(_in_words(first, raw) + more) from None


def _in_words(error: Mapping[str, Any], raw: Any) -> str:
    if error["type"] == "value_error":  # the cross-checks' own words
        return str(error["ctx"]["error"])
    # Of several kinds that are allowed pydantic adds the one that it tried: literal['all'].
    key = ".".join(str(part) for part in error["loc"] if "[" not in str(part))
    if error["type"] == "extra_forbidden":
        return _unknown(key, error["input"], raw)
    if error["type"] == "missing":
        return f"{key}: missing from {FILE}"
    value = "null" if error["input"] is None else error["input"]
    return f"{key}={value}: {error['msg'].lower()}"


def _refuse_unknown(overrides: list[str], known: Any) -> None:
    # Hydra's own message for these does not say what exists.
    for override in overrides:
        key, _, value = override.lstrip("+~").partition("=")
        if OmegaConf.select(known, key, throw_on_missing=False, default=_MISSING) is _MISSING:
            raise UserError(_unknown(key, value, OmegaConf.to_container(known)))


_MISSING: Any = object()


def _unknown(key: str, value: Any, raw: Any) -> str:
    close = difflib.get_close_matches(key, list(_keys(raw, skip=key)), n=1)
    return f"{key}={value}: no such parameter" + (
        f"; did you mean {close[0]}?" if close else f"; {FILE} lists all of them"
    )


def _keys(raw: Any, skip: str, prefix: str = "") -> Iterator[str]:
    for name, value in raw.items():
        key = prefix + str(name)
        if key != skip:
            yield key
        if isinstance(value, Mapping):
            yield from _keys(value, skip, key + ".")
