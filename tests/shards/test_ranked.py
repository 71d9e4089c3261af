"""A ranking read where it stands: the same rows from memory and file, and no silent damage."""

import os

import pytest

from evosearch.errors import EnvironmentFailed
from evosearch.shards.merging.merge import check_inputs, merge_checked
from evosearch.shards.reading.check import check_shard
from evosearch.shards.reading.ranked import Ranked
from tests.shards.helpers import write_shard

ROWS = [(k, float(k), k % 3 > 0, 0.5, k % 10 == 9) for k in range(300)]


@pytest.fixture
def merged(tmp_path):
    inputs = check_inputs([write_shard(tmp_path, ROWS)])
    return merge_checked(inputs, path=tmp_path / "merged.parquet")


def rows_of(ranked):
    return [row for batch in ranked.batches() for row in batch.to_pylist()]


def test_memory_and_file_hold_the_same_rows(merged):
    in_file = Ranked.of_written(merged.path, merged.metadata)
    assert (in_file.path, in_file.n_rows) == (merged.path, 300)
    assert rows_of(in_file) == rows_of(Ranked.of_table(merged.table, merged.metadata))
    assert in_file.schema == merged.table.schema


def test_columns_come_in_the_order_asked_for(merged):
    for ranked in (
        Ranked.of_written(merged.path, merged.metadata),
        Ranked.of_table(merged.table, merged.metadata),
    ):
        (batch,) = ranked.batches(["rank", "found_by", "fitness"])
        assert batch.column_names == ["rank", "found_by", "fitness"]


def test_a_file_that_changed_or_vanished_since_its_check_is_not_read(merged):
    ranked = Ranked.of_file(check_shard(merged.path))
    os.utime(merged.path, ns=(1, 1))  # as sound as before, and perhaps another ranking
    with pytest.raises(EnvironmentFailed, match="it changed while it was read"):
        rows_of(ranked)
    merged.path.unlink()
    with pytest.raises(EnvironmentFailed, match=r"cannot be read .*check --deep"):
        rows_of(ranked)


def test_pages_damaged_after_the_check_are_never_shown(merged):
    """The hash is checked first; a page that rots later is caught by its own checksum."""
    whole = merged.path.read_bytes()
    ranked, wanted = (
        Ranked.of_written(merged.path, merged.metadata),
        rows_of(Ranked.of_written(merged.path, merged.metadata)),
    )
    n_refused = 0
    for place in range(4, len(whole) // 2, 61):
        damaged = bytearray(whole)
        damaged[place] ^= 0x04
        merged.path.write_bytes(damaged)
        try:
            assert rows_of(ranked) == wanted, place
        except EnvironmentFailed:
            n_refused += 1
    assert n_refused > 50
