"""What was pushed to a remote is all that somebody else needs: nothing runs again, and the figures agree."""


def test_push_clone_pull_repro(clean, clone, tmp_path):
    remote = str(tmp_path / "remote")
    clean.dvc("remote", "add", "--local", "--default", "store", remote)
    clean.dvc("push")
    clone.dvc("remote", "add", "--local", "--default", "store", remote)
    clone.dvc("pull")
    assert clone.stages_run("repro", "--no-run-cache") == []
    assert clone.run("git", "status", "--porcelain") == ""
    assert clone.dvc("metrics", "show", "--json") == clean.dvc("metrics", "show", "--json")
    assert "up to date" in clone.dvc("status")
    (clean.folder / ".dvc/config.local").unlink()
