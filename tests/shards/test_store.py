import errno
import hashlib
import json
import os

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from evosearch.errors import EnvironmentFailed
from evosearch.population import Status
from evosearch.shards.disk import files
from evosearch.shards.format.schema import BASE_NAMES, METADATA_KEY
from evosearch.shards.reading.check import Verdict, check_shard
from evosearch.shards.writing import store
from tests.shards.helpers import make_population, make_recorder, write_shard

ROWS = [
    (1, 0.5, True, 0, Status.OK),
    (2, 0.9, True, 0, Status.OK),
    (3, 9.9, False, 0.5, Status.OK),
    (4, 0.0, True, 0, Status.FAILED),
    (5, 1.0, False, 0.25, Status.OK),
]


def test_a_shard_holds_every_row_best_first(tmp_path):
    table = parquet.read_table(write_shard(tmp_path, ROWS))
    assert table.column("param_k").to_pylist() == [2, 1, 5, 3, 4]
    assert table.column("fitness").to_pylist() == [0.9, 0.5, 1.0, 9.9, None]
    assert table.column("status").to_pylist() == ["ok"] * 4 + ["failed"]
    assert table.column("error").to_pylist() == [None] * 4 + ["because 3"]


def test_columns_stand_in_the_stated_order(tmp_path):
    schema = parquet.read_schema(write_shard(tmp_path, ROWS))
    assert schema.names == [*BASE_NAMES, "objective", "n_steps", "param_k", "param_x", "param_c"]
    assert schema.field("genome_id").type == pa.binary(16)
    assert schema.field("n_steps").type == pa.int64()
    assert schema.field("evaluated_at_utc").type == pa.timestamp("us", "UTC")


def test_the_name_ends_with_the_hash_of_the_bytes(tmp_path):
    path = write_shard(tmp_path, ROWS)
    assert path.stem.split("-")[-1] == hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    assert path.name == path.name.lower()


def test_nothing_else_is_left_in_the_folder(tmp_path):
    path = write_shard(tmp_path, ROWS)
    assert list(tmp_path.iterdir()) == [path]


def test_pages_are_compressed_and_checksummed_and_the_order_is_declared(tmp_path):
    file = parquet.ParquetFile(write_shard(tmp_path, ROWS))
    group = file.metadata.row_group(0)
    assert group.column(1).compression == "LZ4"
    assert [c.column_index for c in group.sorting_columns] == [BASE_NAMES.index("feasible")]
    assert "BYTE_STREAM_SPLIT" in group.column(1).encodings


def test_metadata_tell_the_whole_story(tmp_path):
    pairs = parquet.ParquetFile(write_shard(tmp_path, ROWS)).metadata.metadata
    metadata = json.loads(pairs[METADATA_KEY])
    assert metadata["schema_version"] == 1
    assert metadata["problem"]["objective"] == "objective"
    run = metadata["sources"]["run-a"]
    (part,) = run["parts"].values()
    assert part["counts"] == {"ok": 4, "failed": 1, "timeout": 0, "crashed": 0}
    assert (part["n_rows"], part["n_distinct"], part["n_feasible"]) == (5, 5, 2)
    assert metadata["profiles"][run["profile"]] == 'name = "made"\n'
    assert metadata["spaces"][run["space"]]["genes"][0]["name"] == "k"


def test_equal_rows_make_equal_digests_whatever_the_telemetry(tmp_path):
    one = check_shard(write_shard(tmp_path / "a", ROWS, run_id="run-a"))
    two = check_shard(write_shard(tmp_path / "b", ROWS[::-1], run_id="run-b"))
    other = check_shard(write_shard(tmp_path / "c", ROWS[1:], run_id="run-a"))
    digests = [
        next(iter(next(iter(c.metadata.sources.values())).parts.values())).rows_sha256
        for c in (one, two, other)
    ]
    assert digests[2] != digests[0]
    # Index within the generation differs, which counts; all else is equal.
    assert digests[1] != digests[0]
    again = check_shard(write_shard(tmp_path / "d", ROWS, run_id="run-z"))
    part = next(iter(next(iter(again.metadata.sources.values())).parts.values()))
    assert part.rows_sha256 == digests[0]


def test_a_long_run_rolls_into_several_shards_that_lose_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("evosearch.shards.writing.recorder.MAX_ROWS", 100)
    recorder = make_recorder(tmp_path)
    for generation in range(6):
        keys = range(generation * 40, generation * 40 + 40)
        recorder.record(
            make_population([(key, float(key), True, 0, Status.OK) for key in keys], generation)
        )
    recorder.seal()
    assert len(recorder.paths) == 3
    tables = [parquet.read_table(path) for path in recorder.paths]
    keys = np.concatenate([table.column("n_steps").to_numpy() for table in tables])
    assert sorted(keys) == list(range(240))
    assert [check_shard(path).verdict for path in recorder.paths] == [Verdict.OK] * 3
    assert "-0000-" in recorder.paths[0].name
    assert "-0001-" in recorder.paths[1].name


def test_nothing_is_published_for_nothing(tmp_path):
    recorder = make_recorder(tmp_path)
    recorder.record(make_population([]))
    recorder.seal()
    assert recorder.paths == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("point", ["open", "write", "flush", "rename"])
def test_a_full_disk_leaves_nothing_behind_and_says_what_to_do(tmp_path, monkeypatch, point):
    monkeypatch.setenv("EVOSEARCH_FAILPOINT", f"{point}:1:ENOSPC")
    monkeypatch.setattr("evosearch.shards.disk.files._failpoint_passes", {})
    with pytest.raises(EnvironmentFailed, match="disk is full"):
        write_shard(tmp_path, ROWS)
    assert list(tmp_path.iterdir()) == []


def test_a_large_file_is_flushed_while_it_grows_and_no_error_of_that_is_forgotten(
    tmp_path, monkeypatch
):
    rows = [(key, key / 9, True, 0, Status.OK) for key in range(40_000)]
    whole = parquet.read_table(write_shard(tmp_path / "at-once", rows))
    monkeypatch.setattr(files, "FLUSH_BYTES", 1 << 18)
    monkeypatch.setattr(store, "WRITE_BYTES", 1 << 16)
    flushed = []
    flush = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: flushed.append(file) or flush(file))
    assert parquet.read_table(write_shard(tmp_path / "in-pieces", rows)).equals(whole)
    assert len(flushed) >= 3  # at least once before its end, then file and folder

    # The system tells of a page that it could not write once, and then takes it for written.
    def fail(file):
        monkeypatch.setattr(os, "fsync", flush)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(EnvironmentFailed, match="Input/output error"):
        write_shard(tmp_path / "broken", rows)
    assert not list((tmp_path / "broken").iterdir())


def test_a_folder_that_is_a_file_is_an_error_of_the_environment(tmp_path):
    (tmp_path / "results").write_text("")
    with pytest.raises(EnvironmentFailed, match="results"):
        write_shard(tmp_path / "results", ROWS)
