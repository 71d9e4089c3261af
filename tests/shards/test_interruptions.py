"""A merge that is stopped, killed or out of disk leaves the old output or the new one."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evosearch import merge
from evosearch.errors import EnvironmentFailed
from evosearch.population import Status
from evosearch.shards.disk.spill import PREFIX, open_spill, sweep
from tests.shards.helpers import write_shard

SCRIPT = """
import sys
from evosearch import merge
from evosearch.shards.merging import engine, merge as merging
merging.ALONE_ROWS = 0
engine.MIN_BATCH_ROWS, engine.MIN_FAN_IN = 500, 2
merge(sys.argv[2:], output=sys.argv[1], memory_bytes=100_000, n_threads=2)
"""


@pytest.fixture
def shards(tmp_path):
    def rows(start, n):
        return [(key, key / 9, True, 0, Status.OK) for key in range(start, start + n)]

    return [write_shard(tmp_path / "in", rows(500 * k, 800), f"run-{k}") for k in range(5)]


def start(output, shards, **environment):
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(output), *map(str, shards)],
        env=os.environ | environment,
        stderr=subprocess.PIPE,
    )


def leftovers(folder):
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("point", ["spill", "open", "write", "flush", "rename", "flush-folder"])
@pytest.mark.posix
def test_a_merge_killed_at_any_step_leaves_the_old_output_or_the_new(tmp_path, shards, point):
    folder = tmp_path / "out"
    folder.mkdir()
    output = folder / "all.parquet"
    merge(shards[:2], output=output)
    old = output.read_bytes()
    process = start(output, shards, EVOSEARCH_FAILPOINT=f"{point}:1")
    process.communicate(timeout=300)
    assert process.returncode == -signal.SIGKILL
    assert leftovers(folder)
    now = output.read_bytes()
    result = merge(shards, output=output)
    assert now in ((old, output.read_bytes()) if point == "flush-folder" else (old,))
    assert result.n_rows == 2800
    assert leftovers(folder) == []


@pytest.mark.slow
def test_a_merge_killed_at_random_leaves_the_old_output_or_the_new(tmp_path, shards):
    folder = tmp_path / "out"
    folder.mkdir()
    output = folder / "all.parquet"
    began = time.monotonic()
    start(output, shards).communicate(timeout=300)
    took_s = time.monotonic() - began
    new = output.read_bytes()
    merge(shards[:2], output=output)
    old = output.read_bytes()
    rng = random.Random(1)
    for _ in range(40):
        output.write_bytes(old)
        process = start(output, shards)
        time.sleep(rng.uniform(0.3, 1.1) * took_s)
        process.kill()
        process.communicate(timeout=300)
        assert output.read_bytes() in (old, new)
    merge(shards, output=output)
    assert output.read_bytes() == new
    assert leftovers(folder) == []


def test_a_merge_killed_while_it_removes_its_folder_is_swept_by_the_next(tmp_path, monkeypatch):
    unlink, removed = Path.unlink, []

    def fail(path, **more):
        if removed:
            raise KeyboardInterrupt
        removed.append(path)
        unlink(path, **more)

    monkeypatch.setattr(Path, "unlink", fail)
    with pytest.raises(KeyboardInterrupt), open_spill(tmp_path) as folder:
        for name in "abc":
            (folder / name).write_bytes(b"rows")
    monkeypatch.undo()
    assert len(list(folder.iterdir())) == 3
    sweep(tmp_path)
    assert not folder.exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
@pytest.mark.parametrize("stage", ["check", "keys", "merge"])
def test_a_merge_that_is_interrupted_leaves_nothing(tmp_path, shards, stage, error):
    def listen(now, done, total):
        assert 0 <= done <= total
        if now == stage:
            raise error

    with pytest.raises(error):
        merge(shards, output=tmp_path / "out" / "all.parquet", listen=listen, n_threads=2)
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("point", ["open", "write", "flush", "rename"])
def test_a_full_disk_leaves_nothing_behind_and_says_what_to_do(
    tmp_path, shards, monkeypatch, point
):
    monkeypatch.setenv("EVOSEARCH_FAILPOINT", f"{point}:1:ENOSPC")
    monkeypatch.setattr("evosearch.shards.disk.files._failpoint_passes", {})
    with pytest.raises(EnvironmentFailed, match="disk is full"):
        merge(shards, output=tmp_path / "out" / "deep" / "all.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_merge_that_the_disk_cannot_hold_is_refused_before_it_begins(
    tmp_path, shards, monkeypatch
):
    from evosearch.shards.disk import spill
    from evosearch.shards.merging import engine

    monkeypatch.setattr(engine, "MIN_FAN_IN", 2)
    monkeypatch.setattr(spill, "_RESERVE_BYTES", 2**60)
    with pytest.raises(EnvironmentFailed, match="GB are free"):
        merge(shards, output=tmp_path / "out" / "all.parquet", memory_bytes=1)
    assert not (tmp_path / "out").exists()


def test_only_what_nobody_holds_is_swept(tmp_path):
    with open_spill(tmp_path) as mine:
        (mine / "run-1").write_bytes(b"x")
        abandoned = tmp_path / f"{PREFIX}dead"
        abandoned.mkdir()
        (abandoned / "lock").touch()
        (abandoned / "run-1").write_bytes(b"x")
        sweep(tmp_path)
        assert list(tmp_path.iterdir()) == [mine]
        assert (mine / "run-1").exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.posix
def test_a_link_that_is_called_like_an_abandoned_merge_is_not_followed(tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    for name in ("lock", "rows"):
        (precious / name).touch()
    (tmp_path / f"{PREFIX}link").symlink_to(precious)
    sweep(tmp_path)
    assert sorted(path.name for path in precious.iterdir()) == ["lock", "rows"]
