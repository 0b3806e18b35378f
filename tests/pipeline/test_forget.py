"""`traindy forget` under DVC: split runs again without the customer, and git sees nothing."""

import sys

import pyarrow.parquet as pq


def customers(repository):
    return pq.read_table(repository.folder / "data/split/customers.parquet")["customer_id"].to_pylist()


def test_the_next_repro_has_not_seen_the_customer(clean):
    everybody = customers(clean)
    file = clean.folder / "data/forgotten/forgotten.txt"
    try:
        clean.run(sys.executable, "-m", "traindy.cli", "forget", everybody[7])
        assert "forgotten" not in clean.run("git", "status", "--porcelain")
        assert clean.stages_run("repro", "split") == ["split"]
        assert customers(clean) == everybody[:7] + everybody[8:]
        assert len(clean.stages_run("repro", "--dry")) == 7, "all that comes after it"
    finally:
        file.unlink(missing_ok=True)
    assert clean.stages_run("repro", "split") == ["split"] and customers(clean) == everybody
