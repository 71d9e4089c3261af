"""Shards by the thousand, damaged: each is named as such, or holds the very rows it held."""

import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from evosearch.population import Status
from evosearch.shards.reading.check import check_shard
from tests.bad_input.helpers import invoke
from tests.fuzz.settings import damaged, fuzzing
from tests.shards.helpers import write_shard

pytestmark = pytest.mark.slow

ROWS = [(k, float(k % 7), k % 3 > 0, 0.5, Status.OK if k % 5 else Status.FAILED) for k in range(40)]


@pytest.fixture(scope="module")
def shard(tmp_path_factory):
    path = write_shard(tmp_path_factory.mktemp("shard"), ROWS)
    return path.name, path.read_bytes()


@fuzzing
@given(data=st.data())
def test_a_damaged_shard_is_refused_or_whole(shard, tmp_path, data):
    name, whole = shard
    raw = data.draw(damaged(whole, [b"PAR1", b"\xff\xff\xff\xff", b"evosearch"]))
    path = tmp_path / data.draw(st.sampled_from([name, "renamed.parquet"]))
    path.write_bytes(raw)
    checked = check_shard(path)
    path.unlink()
    if not checked.is_usable:
        assert checked.reason
        return
    assert path.name != name or raw == whole
    before = parquet.ParquetFile(pa.BufferReader(whole))
    after = parquet.ParquetFile(pa.BufferReader(raw))
    assert after.read().equals(before.read())
    wanted = check_shard_of(tmp_path, whole)
    assert checked.metadata == wanted.metadata


def check_shard_of(folder, raw):
    path = folder / "whole.parquet"
    path.write_bytes(raw)
    return check_shard(path)


@fuzzing
@given(data=st.data())
def test_a_merge_with_damaged_shards_gives_the_ranking_of_the_whole_ones(shard, workspace, data):
    name, whole = shard
    (workspace / name).write_bytes(whole)
    wanted = workspace / "wanted.json"
    if not wanted.exists():
        wanted.write_text(invoke("merge", name, "-o", "w.parquet", "--json").stdout)
    raw = data.draw(damaged(whole))
    (workspace / "other.parquet").write_bytes(raw)
    done = invoke("merge", name, "other.parquet", "-o", "o.parquet", "--force", "--json")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code in (0, 3), done.output
    found, good = json.loads(done.stdout)["data"], json.loads(wanted.read_text())["data"]
    assert found["rows_sha256"] == good["rows_sha256"]
    assert (done.exit_code == 3) == bool(found["skipped"])
