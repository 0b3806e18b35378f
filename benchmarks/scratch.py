"""A folder in which the pipeline's own stages run on a dataset, each step once."""

import logging
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from omegaconf import OmegaConf

from traindy.core.config import FILE, load_params
from traindy.core.errors import UserError
from traindy.core.files import read_json, write_json, write_text
from traindy.core.params import Params

ROOT: Final = Path(__file__).parents[1]
PREPARED: Final = ("data", "engine", "simulate", "split", "cluster", "build_uph")
"""The blocks that decide what the models are given."""

log = logging.getLogger("traindy")


@dataclass(frozen=True)
class Scratch:
    """The folder, and how its params.yaml differs from the project's."""

    folder: Path
    base: Mapping[str, object]
    """By full name; a value that is a mapping replaces the one there is."""

    def set(self, changes: Mapping[str, object]) -> Params:
        """Write params.yaml as the project's, then `base`, then `changes`; what is not valid: `UserError`."""
        content = OmegaConf.load(ROOT / FILE)
        for name, value in {**self.base, **changes}.items():
            OmegaConf.update(content, name, value, merge=False)
        write_text(self.folder / FILE, OmegaConf.to_yaml(content))
        return load_params([], self.folder)

    def stage(self, stage: str, step: str, changes: Mapping[str, object], reads: object) -> float:
        """Run a stage with `changes`, unless it ran with the same `reads`; its seconds.

        reads: what decides its outputs, as JSON holds it.
        """

        def work() -> None:
            self.set(changes)
            self.run(ROOT / "stages" / f"{stage}.py")

        return float(self.once(step, reads, work)["seconds"])

    def once(self, step: str, reads: object, work: Callable[[], Any]) -> dict[str, Any]:
        """Do `work`, unless steps/<step>.json says that it was done with the same `reads`.

        Returns what stands there: reads, result (what `work` returned), seconds.
        """
        file = self.folder / "steps" / f"{step}.json"
        if file.is_file() and (kept := read_json(file))["reads"] == reads:
            log.info("= %s: as before, %.1f s then", step, kept["seconds"])
            return dict(kept)
        log.info("> %s", step)
        file.unlink(missing_ok=True)
        started = time.perf_counter()
        result = work()
        done = {"reads": reads, "result": result, "seconds": round(time.perf_counter() - started, 2)}
        write_json(file, done)
        log.info("= %s: %.1f s", step, done["seconds"])
        return done

    def run(self, script: Path, *arguments: str) -> str:
        """Run a script here, in a process of its own that gives its memory back; what it printed."""
        command = [sys.executable, str(script), *arguments]
        ended = subprocess.run(command, cwd=self.folder, stdout=subprocess.PIPE, text=True, check=False)
        if ended.returncode:
            raise UserError(f"{script.name} {' '.join(arguments)}: failed in {self.folder}; see above")
        return ended.stdout


def clear(path: Path) -> None:
    """Remove what an interrupted step may have left."""
    if path.is_symlink():
        path.unlink()
    shutil.rmtree(path, ignore_errors=True)


def blocks(params: Params, *names: str) -> dict[str, Any]:
    """Some blocks as JSON holds them."""
    return {name: params.model_dump(mode="json")[name] for name in names}
