"""What a stage reads must stay as it is while it runs: DVC hashes it afterwards, and would not notice."""

from pathlib import Path
from typing import Any, Final

from omegaconf import OmegaConf

from traindy.core.errors import UserError
from traindy.core.params import Params

PIPELINE: Final = Path("dvc.yaml")


class Inputs:
    """The files that dvc.yaml says the stage depends on, code aside, as they were when it began."""

    def __init__(self, stage: str, params: Params) -> None:
        self._paths = _data_of(stage, params)
        self._before = self._look()

    def check_unchanged(self) -> None:
        """Raise `UserError` if a file has been changed, added or removed since."""
        if different := self._before ^ self._look():
            file = min(different)[0]
            raise UserError(
                f"{file}: changed, added or removed while it was in use; run `dvc repro` again, undisturbed"
            )

    def _look(self) -> set[tuple[str, int, int, int]]:
        # Tables are files, or folders of parts; deeper lie only article pictures, which no stage reads.
        files = (f for path in self._paths for f in (path, *path.glob("*"), *path.glob("*/*")) if f.is_file())
        seen = ((str(file), file.stat()) for file in files)
        return {(file, stat.st_size, stat.st_mtime_ns, stat.st_ino) for file, stat in seen}


def _data_of(stage: str, params: Params) -> list[Path]:
    """The deps that are named by a parameter, as `${paths.split}`; without dvc.yaml, or in it, none."""
    if not PIPELINE.is_file():
        return []
    stages: Any = OmegaConf.to_container(OmegaConf.load(PIPELINE), resolve=False)
    deps = stages["stages"].get(stage, {}).get("deps", [])
    named = {"deps": [dep for dep in deps if dep.startswith("${")]}
    resolved: Any = OmegaConf.merge(params.model_dump(mode="json"), named)
    return [Path(path) for path in resolved["deps"]]
