"""Files and folders appear complete or not at all."""

import pytest

from traindy.core.errors import UserError
from traindy.core.files import output_file, output_folder, read_json, remove_unfinished, write_json


def test_a_folder_takes_its_name_when_it_is_complete(tmp_path):
    final = tmp_path / "out"
    with output_folder(final) as folder:
        (folder / "a").write_text("1")
        assert not final.exists()
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    assert (final / "a").read_text() == "1"


def test_an_error_leaves_the_old_folder_and_nothing_else(tmp_path):
    final = tmp_path / "out"
    with output_folder(final) as folder:
        (folder / "a").write_text("old")
    with pytest.raises(ZeroDivisionError), output_folder(final) as folder:
        (folder / "a").write_text("new")
        raise ZeroDivisionError
    assert (final / "a").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_what_a_killed_run_left_is_removed(tmp_path):
    left = tmp_path / "out.partial"
    left.mkdir()
    (left / "half").write_text("x")
    with output_folder(tmp_path / "out") as folder:
        assert not list(folder.iterdir())
    assert not left.exists()


def test_json_is_renamed_into_place_and_nan_is_refused(tmp_path):
    file = tmp_path / "deep" / "a.json"
    write_json(file, {"x": "ä"})
    assert read_json(file) == {"x": "ä"}
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(file, {"x": float("nan")})
    assert read_json(file) == {"x": "ä"}
    assert [p.name for p in file.parent.iterdir()] == ["a.json"]


def test_an_unreadable_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"a\.json: not found; run `dvc repro`"):
        read_json(tmp_path / "a.json")
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(UserError, match=r"a\.json: not valid JSON"):
        read_json(tmp_path / "a.json")


def test_an_interrupt_removes_what_is_being_written(tmp_path):
    with output_folder(tmp_path / "out") as folder:
        (folder / "half").write_text("x")
        remove_unfinished()
        assert not folder.exists()
        folder.mkdir()


def test_a_file_takes_its_name_when_it_is_complete(tmp_path):
    file = tmp_path / "deep/a"
    with output_file(file) as partial:
        partial.write_text("1")
        assert not file.exists()
    with pytest.raises(OSError, match="File too large") as raised, output_file(file) as partial:
        partial.write_text("half")
        raise OSError(27, "File too large")
    assert raised.value.filename == str(file), "which the system does not say"
    assert file.read_text() == "1"
    assert [p.name for p in file.parent.iterdir()] == ["a"]
