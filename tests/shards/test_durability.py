"""What stands on the disk at each instant, should the power fail then.

A name that the system has not been told to flush may be gone after a power cut, and with it the
file; a name that is flushed before the bytes may come back with an empty file behind it.
"""

import itertools
import os
import types

import pytest
from pyarrow import parquet

from evosearch import merge
from evosearch.errors import EnvironmentFailed
from evosearch.population import Status
from evosearch.shards.disk import files, flushing
from evosearch.shards.writing.journal import Journal
from evosearch.shards.writing.recall import Recall
from tests.shards.helpers import METRICS, make_population, make_recorder, write_shard
from tests.shards.test_journal import MANIFEST, NAME


def rows_of(generation, n=5):
    keys = range(10 * generation, 10 * generation + n)
    return [(key, float(key), True, 0, Status.OK) for key in keys]


class Disk:
    """What was flushed, told by the calls that reach the system."""

    def __init__(self, monkeypatch):
        self.events = []
        flush, unlink = os.fsync, os.unlink

        def fsync(descriptor):
            flush(descriptor)
            self._note("flush", descriptor)

        def remove(path, *more, **named):
            self.events.append(("remove", os.path.basename(path)))
            return unlink(path, *more, **named)

        monkeypatch.setattr(os, "fsync", fsync)
        monkeypatch.setattr(os, "unlink", remove)

    def _note(self, what, descriptor):
        status = os.fstat(descriptor)
        names = frozenset(os.listdir(descriptor)) if os.path.isdir(descriptor) else None
        self.events.append((what, status.st_ino, status.st_size, names))

    def find_flushes(self, path):
        """When a file's bytes were flushed first, whole, and when its name was after that."""
        status, parent = path.stat(), path.parent.stat().st_ino
        flushes = [(when, event) for when, event in enumerate(self.events) if event[0] == "flush"]
        whole = [
            when for when, (_, inode, size, _) in flushes
            if (inode, size) == (status.st_ino, status.st_size)
        ]  # fmt: skip
        named = [
            when for when, (_, inode, _, names) in flushes
            if inode == parent and path.name in names
        ]  # fmt: skip
        assert whole, f"{path.name} was never flushed whole"
        assert named, f"the folder of {path.name} was never flushed with its name"
        return whole[0], named[0]


pytestmark = pytest.mark.skipif(os.listdir not in os.supports_fd, reason="folders have no flush")


@pytest.fixture
def disk(monkeypatch):
    return Disk(monkeypatch)


def assert_safe(disk, path):
    """A file is flushed to its last byte before it has its name, and the name right after."""
    whole, named = disk.find_flushes(path)
    assert whole < named
    folder = path.parent.stat().st_ino
    earlier = [event[3] for event in disk.events[:named] if event[1] == folder]
    assert not [names for names in earlier if path.name in names], "named before it was flushed"


@pytest.mark.parametrize("name", ["plain", "by-content-{sha}"])
@pytest.mark.parametrize("has_scratch", [False, True])
def test_bytes_are_flushed_then_named_then_the_name_is_flushed(
    tmp_path, monkeypatch, name, has_scratch
):
    folder, scratch = tmp_path / "folder", tmp_path / "scratch"
    folder.mkdir()
    scratch.mkdir()
    disk = Disk(monkeypatch)
    seen = []
    note = disk._note
    monkeypatch.setattr(disk, "_note", lambda *a: (seen.append(os.listdir(folder)), note(*a)))
    path = files.write_atomically(
        folder, name, lambda file: file.write(b"x" * 70_000), scratch if has_scratch else None
    )
    file, last = disk.events
    assert file[1:3] == (path.stat().st_ino, 70_000)
    assert path.name not in seen[0]
    assert last[1] == folder.stat().st_ino
    assert last[3] == {path.name}
    assert list(scratch.iterdir()) == []


def test_all_that_a_run_and_a_merge_leave_is_flushed_before_and_after_it_is_named(tmp_path, disk):
    journal = Journal.begin(tmp_path, MANIFEST)
    assert_safe(disk, journal.folder / "run.json")
    recorder = make_recorder(tmp_path, NAME, journal=journal, save_every_s=0.0)
    commit_generation(recorder, 0)
    (commit,) = journal.commits()
    assert_safe(disk, commit)
    recorder.seal(is_complete=False)
    (shard,) = recorder.paths
    assert_safe(disk, shard)
    disk.events.clear()  # the system may give a removed file's number to another
    assert_safe(disk, merge([shard], output=tmp_path / "merged" / "all.parquet").path)


def commit_generation(recorder, generation, n_measured=5):
    """One generation of which some is measured and committed, and all is kept."""
    rows = recorder.reserve(5)
    rows.place(slice(None), make_population(rows_of(generation), generation))
    measured = recorder.recall(rows)
    measured[:n_measured] = True
    recorder.note(measured)
    recorder._finish_writing()
    measured[:] = True
    recorder.keep(measured)


def test_commits_are_removed_only_when_a_shard_with_their_rows_is_safe_on_disk(tmp_path, disk):
    journal = Journal.begin(tmp_path, MANIFEST)
    recorder = make_recorder(tmp_path, NAME, journal=journal, save_every_s=0.0)
    for generation in range(3):
        commit_generation(recorder, generation)
    names = {path.name for path in journal.commits()}
    assert len(names) == 3
    recorder.seal(is_complete=False)
    (shard,) = recorder.paths
    _, is_safe = disk.find_flushes(shard)
    removed = [when for when, event in enumerate(disk.events) if event[1] in names]
    assert len(removed) == 3
    assert min(removed) > is_safe
    assert parquet.read_metadata(shard).num_rows == 15


@pytest.mark.parametrize("point", ["open", "write", "flush", "rename", "flush-folder"])
def test_a_shard_that_cannot_be_written_costs_no_commit(tmp_path, monkeypatch, point):
    journal = Journal.begin(tmp_path, MANIFEST)
    recorder = make_recorder(tmp_path, NAME, journal=journal, save_every_s=0.0)
    for generation in range(3):
        commit_generation(recorder, generation)
    before = journal.commits()
    monkeypatch.setenv("EVOSEARCH_FAILPOINT", f"{point}:1:EIO")
    monkeypatch.setattr(files, "_failpoint_passes", {})
    with pytest.raises(EnvironmentFailed):
        recorder.seal(is_complete=False)
    monkeypatch.delenv("EVOSEARCH_FAILPOINT")
    assert journal.commits() == before
    recall = Recall(NAME, [], before, METRICS)
    assert (recall.n_rows, recall.damaged) == (15, [])
    recorder.abandon()


def recall_generation(recall, generation):
    rows = make_population(rows_of(generation), generation)
    rows.evaluations.fitness[:] = -1.0
    return recall.fill(rows).tolist(), rows.evaluations.fitness.tolist()


def test_a_damaged_commit_is_measured_again_and_the_others_are_not(tmp_path):
    journal = Journal.begin(tmp_path, MANIFEST)
    recorder = make_recorder(tmp_path, NAME, journal=journal, save_every_s=0.0)
    for generation in range(3):
        commit_generation(recorder, generation)
    commits = journal.commits()
    raw = bytearray(commits[1].read_bytes())
    raw[-2000] ^= 1  # in the metadata: the pages are whole, and their checksums right
    commits[1].write_bytes(raw)
    recall = Recall(NAME, [], commits, METRICS)
    assert [item.path for item in recall.damaged] == [commits[1]]
    assert recall_generation(recall, 0) == ([1] * 5, [0.0, 1.0, 2.0, 3.0, 4.0])
    assert recall_generation(recall, 1) == ([0] * 5, [-1.0] * 5)
    assert recall_generation(recall, 2) == ([1] * 5, [20.0, 21.0, 22.0, 23.0, 24.0])
    recorder.abandon()


def test_what_is_committed_and_published_counts_as_published_and_what_is_only_committed_does_not(
    tmp_path,
):
    journal = Journal.begin(tmp_path, MANIFEST)
    recorder = make_recorder(tmp_path, NAME, journal=journal, save_every_s=0.0)
    commit_generation(recorder, 0)
    commit_generation(recorder, 1)
    commits = journal.commits()
    shard = write_shard(tmp_path, rows_of(0), NAME)
    other = write_shard(tmp_path, rows_of(1), "other-run")
    merged = merge([shard, other], output=tmp_path / "merged.parquet").path
    recall = Recall(NAME, [shard, other, merged], commits, METRICS)
    assert recall_generation(recall, 0)[0] == [2] * 5
    assert recall_generation(recall, 1)[0] == [1] * 5
    recorder.abandon()


def test_commits_keep_the_order_of_writing_when_a_run_is_taken_over(tmp_path):
    written = []
    for sitting in range(3):
        journal = Journal.open(tmp_path, NAME) if sitting else Journal.begin(tmp_path, MANIFEST)
        recorder = make_recorder(tmp_path, NAME, journal=journal, save_every_s=0.0)
        for generation in (2 * sitting, 2 * sitting + 1):
            commit_generation(recorder, generation)
            written += [path for path in journal.commits() if path not in written]
        recorder.abandon()
    assert len(written) == 6
    assert journal.commits() == written


@pytest.mark.posix
def test_an_unfinished_file_is_never_written_over_what_stands_there(tmp_path, monkeypatch):
    """A stranger's link under the very name would lead the bytes elsewhere."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    monkeypatch.setattr(files, "_counter", itertools.repeat(7))
    monkeypatch.setattr(files, "time", types.SimpleNamespace(time_ns=lambda: 255))
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / f"{files.TEMPORARY}{os.getpid()}-7-ff").symlink_to(victim)
    with pytest.raises(EnvironmentFailed):
        files.write_atomically(folder, "name", lambda file: file.write(b"x"))
    assert victim.read_text() == "precious"


@pytest.mark.posix
@pytest.mark.parametrize("is_refused", [False, True])
def test_on_macos_files_are_flushed_through_the_drives_cache_where_that_is_known(
    tmp_path, monkeypatch, disk, is_refused
):
    import fcntl

    asked = []

    def control(descriptor, command, *more):
        asked.append((os.fstat(descriptor).st_size, command))
        if is_refused:
            raise OSError("not supported")

    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr(fcntl, "fcntl", control)
    monkeypatch.setattr(flushing, "sys", types.SimpleNamespace(platform="darwin"))
    path = files.write_atomically(tmp_path, "name", lambda file: file.write(b"x" * 9))
    assert asked == [(9, 51)]
    flushed = [event[1] for event in disk.events]
    assert flushed == [path.stat().st_ino] * is_refused + [tmp_path.stat().st_ino]
