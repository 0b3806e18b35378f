"""Evidence on disk, beside the weights of the net that it belongs to."""

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
CUT: Final = "cut"
"""Metadata: the day; empty where there is none. A path's unit stands under the path's name."""
ARRAYS: Final = ("data", "indices", "indptr")


def save_evidence(folder: Path, evidence: Evidence) -> None:
    """Write evidence.safetensors: articles.<name> and paths.<name>.<array of its CSR matrix>."""
    tensors = {f"articles.{name}": values.cpu() for name, values in evidence.articles.items()}
    for name, path in evidence.paths.items():
        arrays = {array: torch.from_numpy(getattr(path.matrix, array)) for array in ARRAYS}
        tensors |= {f"paths.{name}.{array}": values for array, values in arrays.items()}
    about = {name: "" if path.unit is None else repr(path.unit) for name, path in evidence.paths.items()}
    save_file(tensors, folder / EVIDENCE, about | {CUT: "" if evidence.cut is None else str(evidence.cut)})


def load_evidence(folder: str | Path) -> Evidence:
    """Read what `save_evidence` wrote."""
    file = Path(folder) / EVIDENCE
    articles: dict[str, torch.Tensor] = {}
    arrays: dict[str, dict[str, torch.Tensor]] = {}
    try:
        with safe_open(file, "pt") as stored:
            about = stored.metadata()
            for key in stored.keys():  # noqa: SIM118 - not a mapping
                kind, name, *array = key.split(".")
                if kind == "articles":
                    articles[name] = stored.get_tensor(key)
                else:
                    arrays.setdefault(name, {})[array[0]] = stored.get_tensor(key)
        paths = {name: _path(found, _unit(about[name])) for name, found in sorted(arrays.items())}
        return Evidence(articles, paths, int(about[CUT]) if about[CUT] else None)
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(f"{file}: not evidence ({reason}); run `dvc repro train_cvae`") from None


def _unit(text: str) -> float | None:
    return float(text) if text else None


def _path(arrays: dict[str, torch.Tensor], unit: float | None) -> Neighbours:
    n = len(arrays["indptr"]) - 1
    return Neighbours(csr_array(tuple(arrays[name].numpy() for name in ARRAYS), shape=(n, n)), unit)
