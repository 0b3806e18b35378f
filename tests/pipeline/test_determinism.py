"""The same seed gives the same bytes in every output of every stage."""


def test_a_fresh_clone_makes_the_same_bytes(repository, clone):
    """Twice, and in another folder: the clone knows the hashes, but has no outputs and no cache."""
    assert len(clone.stages_run("repro", "--force")) == 9
    assert clone.hashes() == repository.hashes()
