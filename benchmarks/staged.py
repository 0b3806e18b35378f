"""Work in a scratch folder, the pipeline's stages above all, none of it done twice.

What has been made is good as long as the pipeline's source, params.yaml and the overrides are what they were,
so a command that was cut off goes on where it was. Raw files are taken to be what they were.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from traindy.core.config import FILE, load_params
from traindy.core.errors import UserError
from traindy.core.files import write_text
from traindy.core.params import Params

ROOT: Final = Path(__file__).resolve().parents[1]
PARTS: Final = ("stages", "src/traindy")
"""Not the benchmarks: whoever changes one removes its scratch folder."""
DONE: Final = "done"
"""Folder of a text for each piece of work that is done: what it was made from."""


@dataclass(frozen=True)
class Place:
    """A folder in which stages run, and the overrides of params.yaml that all of them get."""

    folder: Path
    overrides: tuple[str, ...]

    def params(self, *more: str) -> Params:
        """The parameters with these overrides, their paths within the folder."""
        params = load_params([*self.overrides, *more], ROOT)
        inside = {name: str(self.folder / path) for name, path in params.paths.model_dump().items()}
        return params.model_copy(update={"paths": params.paths.model_copy(update=inside)})

    def once(self, name: str, more: tuple[str, ...], work: Callable[[], None]) -> None:
        """Do `work`, which depends on the overrides and `more`, unless it has been done with the same."""
        mark = self.folder / DONE / name
        made_from = "\n".join([source(), *self.overrides, *more]) + "\n"
        if mark.is_file() and mark.read_text(encoding="utf-8") == made_from:
            return
        print(f"{self.folder.name}: {name}", file=sys.stderr, flush=True)
        work()
        write_text(mark, made_from)

    def run(self, stage: str, *more: str) -> None:
        """A stage, once. Raises `UserError` if it fails; its own words are on stderr."""

        def work() -> None:
            self.folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / FILE, self.folder)
            command = [sys.executable, str(ROOT / "stages" / f"{stage}.py"), *self.overrides, *more]
            done = subprocess.run(command, cwd=self.folder, stdin=subprocess.DEVNULL, check=False)
            if done.returncode:
                raise UserError(f"{stage}: failed in {self.folder}, exit status {done.returncode}; see above")

        self.once(stage, more, work)


@cache
def source() -> str:
    """SHA-256 of everything that the work is made of."""
    digest = hashlib.sha256((ROOT / FILE).read_bytes())
    for file in sorted(file for part in PARTS for file in (ROOT / part).rglob("*.py")):
        digest.update(f"{file.relative_to(ROOT)}\n".encode() + file.read_bytes())
    return digest.hexdigest()
