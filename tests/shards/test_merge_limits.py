"""Merges at the edge of what one can be given: many copies, many files, few descriptors."""

import gc
import random
import sys
import time

import pyarrow as pa
import pytest
from pyarrow import parquet

from evosearch import merge
from evosearch.errors import EnvironmentFailed
from evosearch.population import Status
from evosearch.shards.merging import engine, stream
from evosearch.shards.merging.stream import BLOCK_ROWS
from tests.shards.helpers import write_foreign, write_shard


@pytest.mark.parametrize(
    ("n_copies", "n_others", "n_files"),
    [(BLOCK_ROWS + 9_000, BLOCK_ROWS + 9_000, 1), (BLOCK_ROWS // 2 + 4_000, 20_000, 2)],
)
def test_more_copies_of_one_genome_than_a_block_holds(tmp_path, n_copies, n_others, n_files):
    individuals = [(k, 1000.0 - k, True, 0, Status.OK) for k in range(1, 200)]
    table = parquet.read_table(write_shard(tmp_path / "a", individuals))
    # The best genome again and again, and behind it the worst, so that a whole block is missing.
    first = table.slice(0, 1).take(pa.array([0] * n_copies))
    last = table.slice(198, 1).take(pa.array([0] * n_others))
    rows = pa.concat_tables([first, table.slice(1), last]).unify_dictionaries().combine_chunks()
    # Packed, they would take less than a byte each, which is refused.
    plain = {"compression": "none", "use_dictionary": False}
    paths = [
        write_foreign(tmp_path / f"{part}.parquet", rows, part=part, **plain)
        for part in range(n_files)
    ]
    result = merge(paths, output=tmp_path / "merged.parquet")
    assert not result.skipped
    assert result.n_rows == len(individuals)
    assert result.table.column("param_k").to_pylist() == [k for k, *_ in individuals]


@pytest.fixture
def many(tmp_path, monkeypatch):
    # A file is open while some of its rows are still to come.
    monkeypatch.setattr(engine, "MIN_BATCH_ROWS", 64)
    monkeypatch.setattr(engine, "_HELD_ROWS", 1)
    for number in range(90):
        individuals = [(90 * k + number, float(k), True, 0, Status.OK) for k in range(300)]
        write_shard(tmp_path / "many", individuals, f"run-{number:02d}")
    return tmp_path / "many"


def test_rows_that_are_read_late_are_in_their_place(many, monkeypatch):
    alone = merge(many, n_threads=1)
    rng = random.Random(7)
    read = stream.Cursor._read

    def read_late(cursor, n_rows):
        time.sleep(rng.choice([0, 0, 0.0002, 0.002]))
        return read(cursor, n_rows)

    monkeypatch.setattr(stream.Cursor, "_read", read_late)
    monkeypatch.setattr(stream, "BLOCK_ROWS", 500)  # a few rows of each, as soon as they are there
    for n_threads in (2, 5):
        result = merge(many, n_threads=n_threads)
        assert result.table.equals(alone.table)
        assert result.rows_sha256 == alone.rows_sha256


@pytest.fixture
def few_descriptors():
    resource = pytest.importorskip("resource", reason="descriptors are counted on POSIX")
    import psutil

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    gc.collect()  # what earlier tests left open would be room later
    n_open = psutil.Process().num_fds()
    resource.setrlimit(resource.RLIMIT_NOFILE, (n_open + 60, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("top", [None, 5])
def test_more_files_than_may_be_open_are_all_merged(many, few_descriptors, top):
    result = merge(many, top=top)
    assert not result.skipped
    assert result.n_rows == (top or 27_000)
    assert len(result.used) == 90


@pytest.mark.parametrize("top", [None, 5])
def test_a_machine_short_of_descriptors_is_no_fault_of_the_files(
    many, few_descriptors, monkeypatch, top
):
    monkeypatch.setattr(engine, "count_openable", lambda: sys.maxsize)
    with pytest.raises(EnvironmentFailed, match="ulimit -n"):
        merge(many, top=top)


@pytest.mark.slow
def test_merges_that_begin_side_by_side_leave_each_other_their_folders(tmp_path):
    import subprocess
    import sys

    from tests.runs import environment

    code = """
import sys
from pathlib import Path
from evosearch.shards.disk.spill import open_spill
for _ in range(60):
    with open_spill(Path(sys.argv[1])) as folder:
        (folder / "piece").write_text("rows")
"""
    command = [sys.executable, "-c", code, str(tmp_path)]
    merges = [subprocess.Popen(command, env=environment()) for _ in range(3)]
    assert [merge.wait() for merge in merges] == [0, 0, 0]
    assert list(tmp_path.iterdir()) == []
