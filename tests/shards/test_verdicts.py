import os

import pytest

from evosearch import merge
from evosearch.population import Status
from evosearch.shards.reading.cache import VerdictCache
from evosearch.shards.reading.check import Verdict, check_shard
from tests.shards.helpers import write_shard

ROWS = [(key, key / 100, True, 0, Status.OK) for key in range(2000)]


@pytest.fixture
def shard(tmp_path):
    path = write_shard(tmp_path / "made", ROWS)
    os.utime(path, ns=(1, 1))  # a file changed just now is not remembered
    return path


@pytest.fixture
def cache(tmp_path):
    return VerdictCache(tmp_path / "cache")


def damage(path, where):
    """Turn one bit without a trace, as a failing disk does."""
    status = path.stat()
    with path.open("r+b") as file:
        file.seek(where)
        byte = file.read(1)[0]
        file.seek(where)
        file.write(bytes([byte ^ 16]))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_a_sound_file_is_remembered_over_the_end_of_the_process(tmp_path, shard, cache):
    first = check_shard(shard, cache=cache)
    cache.save()
    later = VerdictCache(tmp_path / "cache")
    assert later.find(shard, first.identity).sha256 == first.sha256
    assert check_shard(shard, cache=later) == first


def test_what_changed_is_looked_at_again(shard, cache):
    check_shard(shard, cache=cache)
    damage(shard, 5000)
    assert check_shard(shard, cache=cache).verdict is Verdict.OK  # remembered
    assert check_shard(shard, deep=True, cache=cache).verdict is Verdict.DAMAGED
    os.utime(shard, ns=(2, 2))
    assert check_shard(shard, cache=cache).verdict is Verdict.DAMAGED


def test_a_remembered_file_that_rots_is_still_found_out_by_its_pages(tmp_path, shard, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    other = write_shard(tmp_path, [(9999, 0.1, True, 0, Status.OK)], "run-b")
    assert merge([shard, other]).n_rows == 2001
    damage(shard, 5000)
    result = merge([shard, other])
    assert [item.verdict for item in result.skipped] == [Verdict.DAMAGED]
    assert result.n_rows == 1


def test_a_file_changed_a_moment_ago_is_not_remembered(tmp_path, cache):
    shard = write_shard(tmp_path, ROWS)
    checked = check_shard(shard, cache=cache)
    assert cache.find(shard, checked.identity) is None


def test_a_verdict_is_that_of_one_name(shard, cache):
    """A second name of the same file may promise another hash."""
    check_shard(shard, cache=cache)
    other = shard.with_name(f"{shard.stem[:-16]}{'0' * 16}.parquet")
    os.link(shard, other)
    assert check_shard(other, cache=cache).verdict is Verdict.DAMAGED


@pytest.mark.posix
def test_what_files_a_person_has_is_nobody_elses_business(tmp_path, shard, cache):
    check_shard(shard, cache=cache)
    cache.save()
    (path,) = (tmp_path / "cache").iterdir()
    assert path.stat().st_mode & 0o077 == 0


def test_a_cache_that_has_grown_too_large_begins_anew(tmp_path, shard, monkeypatch):
    monkeypatch.setattr("evosearch.shards.reading.cache._MAX_BYTES", 1000)
    for number in range(20):
        copy = tmp_path / f"{number}" / shard.name
        copy.parent.mkdir()
        os.link(shard, copy)
        cache = VerdictCache(tmp_path / "cache")
        check_shard(copy, cache=cache)
        cache.save()
    (path,) = (tmp_path / "cache").iterdir()
    assert path.stat().st_size < 2000


def test_a_damaged_cache_is_as_good_as_none(tmp_path, shard, cache):
    checked = check_shard(shard, cache=cache)
    cache.save()
    path = next((tmp_path / "cache").iterdir())
    line = path.read_bytes()
    for broken in (line[:-20], line.replace(checked.sha256[:4].encode(), b"0000"), b"\xff\x00["):
        path.write_bytes(broken)
        assert VerdictCache(tmp_path / "cache").find(shard, checked.identity) is None
    path.write_bytes(b"nonsense\n" + line)
    assert VerdictCache(tmp_path / "cache").find(shard, checked.identity) is not None


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path, shard):
    (tmp_path / "file").write_text("")
    cache = VerdictCache(tmp_path / "file" / "below")
    assert check_shard(shard, cache=cache).verdict is Verdict.OK
    cache.save()
