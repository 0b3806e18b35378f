"""Evidence on disk, beside the weights of the net that it belongs to."""

import json
from pathlib import Path
from typing import Final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from scipy.sparse import csr_array

from traindy.core.errors import UserError
from traindy.cvae.evidence import Evidence
from traindy.cvae.neighbours import Neighbours

EVIDENCE: Final = "evidence.safetensors"
ABOUT: Final = "about"
"""The one key of the metadata, JSON: safetensors writes several in an order that changes from run to run."""
CUT, UNITS = "cut", "units"
"""In it: the day, and by path what counts as little."""
ARRAYS: Final = ("data", "indices", "indptr")


def save_evidence(folder: Path, evidence: Evidence) -> None:
    """Write evidence.safetensors: articles.<name> and paths.<name>.<array of its CSR matrix>."""
    tensors = {f"articles.{name}": values.cpu() for name, values in evidence.articles.items()}
    for name, path in evidence.paths.items():
        arrays = {array: torch.from_numpy(getattr(path.matrix, array)) for array in ARRAYS}
        tensors |= {f"paths.{name}.{array}": values for array, values in arrays.items()}
    about = {CUT: evidence.cut, UNITS: {name: path.unit for name, path in evidence.paths.items()}}
    save_file(tensors, folder / EVIDENCE, {ABOUT: json.dumps(about)})


def load_evidence(folder: str | Path) -> Evidence:
    """Read what `save_evidence` wrote."""
    file = Path(folder) / EVIDENCE
    articles: dict[str, torch.Tensor] = {}
    arrays: dict[str, dict[str, torch.Tensor]] = {}
    try:
        with safe_open(file, "pt") as stored:
            about = json.loads(stored.metadata()[ABOUT])
            for key in stored.keys():  # noqa: SIM118 - not a mapping
                kind, name, *array = key.split(".")
                if kind == "articles":
                    articles[name] = stored.get_tensor(key)
                else:
                    arrays.setdefault(name, {})[array[0]] = stored.get_tensor(key)
        paths = {name: _path(found, about[UNITS][name]) for name, found in sorted(arrays.items())}
        return Evidence(articles, paths, about[CUT])
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(f"{file}: not evidence ({reason}); run `dvc repro train_cvae`") from None


def _path(arrays: dict[str, torch.Tensor], unit: float) -> Neighbours:
    n = len(arrays["indptr"]) - 1
    return Neighbours(csr_array(tuple(arrays[name].numpy() for name in ARRAYS), shape=(n, n)), unit)
