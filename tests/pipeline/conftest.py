"""A temporary repository with a tiny shop in which DVC runs the whole pipeline."""

import os
import shutil

import pytest
from filelock import FileLock
from repository import Repository, make_repository


@pytest.fixture(scope="session")
def repository(tmp_path_factory):
    """A repository in which everything has run once and is committed. Tests leave it as they found it.

    It is made once; each process of the tests has a copy.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    original = shared / "everything-has-run"
    with FileLock(f"{original}.lock"):
        if not original.exists():
            made = make_repository(tmp_path_factory.mktemp("pipeline") / "repository")
            made.dvc("repro")
            made.run("git", "add", "-A")
            made.run("git", "commit", "-qm", "everything has run")
            made.folder.rename(original)
    copy = tmp_path_factory.mktemp("pipeline") / "repository"
    return Repository(shutil.copytree(original, copy, symlinks=True))


@pytest.fixture
def clean(repository):
    """The repository, put back afterwards; without the run cache, from which DVC would take results."""
    shutil.rmtree(repository.folder / ".dvc" / "cache" / "runs", ignore_errors=True)
    yield repository
    repository.run("git", "reset", "-q", "--hard")
    repository.run("git", "clean", "-qfd")
    repository.dvc("checkout", "-q", "--force")


@pytest.fixture
def clone(repository, tmp_path):
    """A fresh clone of the repository: no outputs, no cache."""
    repository.run("git", "clone", "-q", str(repository.folder), str(tmp_path / "clone"))
    return Repository(tmp_path / "clone")
