import json
import os
import subprocess
import sys

import pytest

from evosearch.errors import EnvironmentFailed, UsageError
from evosearch.shards.disk import locks
from evosearch.shards.disk.locks import Lock, is_held
from evosearch.shards.writing.journal import Journal, list_journals
from evosearch.shards.writing.manifests import read_manifest
from tests.runs import environment
from tests.shards.helpers import (
    SPACE,
    describe_problem,
    make_population,
    make_recorder,
    write_shard,
)

MANIFEST = {
    "run": {
        "run_id": "pro-here-20260101t000000z-abcdef",
        "profile_name": "pro",
        "seed": 1,
        "machine": {"host": "here"},
    },
    "problem": describe_problem(),
    "space": SPACE.to_dict(),
    "profile_toml": "",
}
NAME = MANIFEST["run"]["run_id"]


def test_a_lock_is_held_until_it_is_released(tmp_path):
    lock = Lock(tmp_path / "lock")
    assert is_held(tmp_path / "lock")
    lock.name_machine("air")
    with pytest.raises(EnvironmentFailed, match=f"in process {os.getpid()} on air: wait"):
        Lock(tmp_path / "lock")
    lock.release()
    lock.release()
    assert not is_held(tmp_path / "lock")


@pytest.mark.posix
def test_a_lock_ends_with_its_process_however_that_ends(tmp_path):
    code = (
        "import sys, os; from evosearch.shards.disk.locks import Lock; Lock(__import__('pathlib')\
.Path(sys.argv[1])); print('held', flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "lock")],
        env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "held\n"
    Lock(tmp_path / "lock").release()


def test_a_folder_without_a_lock_file_is_not_held(tmp_path):
    assert not is_held(tmp_path / "lock")


def test_a_finished_journal_leaves_nothing(tmp_path):
    journal = Journal.begin(tmp_path, MANIFEST)
    assert list_journals(tmp_path) == [(journal.folder, True)]
    journal.finish()
    assert list(tmp_path.iterdir()) == []


def test_a_closed_journal_can_be_taken_over(tmp_path):
    Journal.begin(tmp_path, MANIFEST).close()
    assert list_journals(tmp_path) == [(tmp_path / ".evosearch" / NAME, False)]
    journal = Journal.open(tmp_path, NAME)
    assert journal.manifest["run"] == MANIFEST["run"]
    journal.finish()
    with pytest.raises(UsageError, match="No interrupted run"):
        Journal.open(tmp_path, NAME)


def test_torn_files_of_a_dead_process_are_swept_when_the_run_is_taken_over(tmp_path):
    journal = Journal.begin(tmp_path, MANIFEST)
    journal.close()
    (journal.folder / ".tmp-1-2-3").write_bytes(b"torn")
    Journal.open(tmp_path, NAME).close()
    assert not list(journal.folder.glob(".tmp-*"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read"),
        ("[]", "does not describe a run"),
        ('{"format": "other"}', "does not describe a run"),
        (
            '{"format": "evosearch-run", "version": 99, "run": {}, "problem": {}, "space": {}, "profile_toml": ""}',
            "newer evosearch",
        ),
    ],
)
def test_a_description_that_is_none_is_named(text, message, tmp_path):
    Journal.begin(tmp_path, MANIFEST).close()
    (tmp_path / ".evosearch" / NAME / "run.json").write_text(text)
    with pytest.raises(UsageError, match=message):
        Journal.open(tmp_path, NAME)
    # The refused attempt holds nothing.
    assert not is_held(tmp_path / ".evosearch" / NAME / "lock")


def test_every_odd_value_of_a_description_is_named_or_harmless(tmp_path):
    from tests.bad_input.test_metadata import VALUES
    from tests.shards.forging import list_places, put_plain

    Journal.begin(tmp_path, MANIFEST).close()
    path = tmp_path / ".evosearch" / NAME / "run.json"
    manifest = json.loads(path.read_text())
    for place in list_places(manifest):
        for value in VALUES:
            path.write_text(json.dumps(put_plain(manifest, place, value)))
            try:
                assert read_manifest(path.parent)["run"]["run_id"] == NAME
            except UsageError as error:
                assert len(str(error).splitlines()) == 1


def test_rows_are_committed_at_once_and_forgotten_when_they_are_published(tmp_path):
    journal = Journal.begin(tmp_path, MANIFEST)
    recorder = make_recorder(tmp_path, NAME, journal=journal, save_every_s=0.0)
    for generation in range(4):
        population = make_population(
            [(10 * generation + k, float(k), True, 0.0, 0) for k in range(5)], generation
        )
        rows = recorder.reserve(5)
        rows.place(slice(None), population)
        measured = recorder.recall(rows)
        measured[:3] = True
        recorder.note(measured)
        recorder._finish_writing()
        assert len(journal.commits()) == generation + 1
        measured[:] = True
        recorder.keep(measured)
    assert list(tmp_path.glob("*.parquet")) == []
    recorder.seal()
    assert len(list(tmp_path.glob("*.parquet"))) == 1
    recorder._journal.close()  # by whoever opened it, when all is swept
    assert not (tmp_path / ".evosearch").exists()


def test_what_is_measured_is_committed_when_all_else_fails(tmp_path):
    journal = Journal.begin(tmp_path, MANIFEST)
    recorder = make_recorder(tmp_path, NAME, journal=journal)
    rows = recorder.reserve(3)
    rows.place(slice(None), make_population([(k, float(k), True, 0.0, 0) for k in range(3)]))
    measured = recorder.recall(rows)
    measured[1] = True
    recorder.abandon(measured)
    assert len(journal.commits()) == 1
    assert read_manifest(journal.folder)["run"] == MANIFEST["run"]
    assert not is_held(journal.folder / "lock")


def test_many_rows_in_a_second_are_published_instead_of_committed(tmp_path, monkeypatch):
    monkeypatch.setattr("evosearch.shards.writing.recorder.PUBLISH_ROWS", 4)
    journal = Journal.begin(tmp_path, MANIFEST)
    recorder = make_recorder(tmp_path, NAME, journal=journal, save_every_s=0.0)
    population = make_population([(k, float(k), True, 0.0, 0) for k in range(6)])
    rows = recorder.reserve(6)
    rows.place(slice(None), population)
    measured = recorder.recall(rows)
    measured[:5] = True
    recorder.note(measured)
    measured[:] = True
    recorder.keep(measured)
    recorder.seal()
    assert journal.commits() == []
    assert [path.name[len(NAME) + 1 :][:4] for path in recorder.paths] == ["0000", "0001"]


def test_shards_of_other_runs_are_not_taken_for_ones_own(tmp_path):
    from evosearch.shards.reading.summary import find_shards

    mine = write_shard(tmp_path, [(1, 1.0, True, 0.0, 0)], "pro-here-20260101t000000z-abcdef")
    write_shard(tmp_path, [(2, 1.0, True, 0.0, 0)], "pro-here-20260101t000000z-abcdef-0001")
    assert find_shards(tmp_path, NAME) == [mine]


def test_a_lock_whose_release_is_interrupted_is_not_closed_twice(tmp_path, monkeypatch):
    lock = Lock(tmp_path / "lock")

    def interrupt(descriptor):
        os.close(descriptor)
        raise KeyboardInterrupt

    monkeypatch.setattr(locks, "let_go", interrupt)
    with pytest.raises(KeyboardInterrupt):
        lock.release()
    lock.release()  # by then the number may be another file's
