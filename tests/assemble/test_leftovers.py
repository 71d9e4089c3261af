"""What killed processes left behind goes with the next start, and nothing else does."""

import os
import signal
import subprocess
import sys
import threading

import pytest

import evosearch
from evosearch.assemble.searching.leftovers import sweep_leftovers
from evosearch.shards.disk.locks import Lock
from evosearch.shards.disk.spill import PREFIX
from evosearch.shards.writing.journal import Journal, list_journals
from tests import runs
from tests.shards.test_journal import MANIFEST, NAME


def plant(results):
    """One leftover of each kind, and their paths."""
    state = results / ".evosearch"
    dead = state / "pro-here-20260101t000000z-dddddd"
    bare = state / "pro-here-20260101t000000z-eeeeee"
    log = state / "logs" / "pro-here-20260101t000000z-ffffff" / "worker-0.log"
    merge = results / "merged" / f"{PREFIX}abc"
    beside = results / f"{PREFIX}def"
    for folder in (dead, bare, log.parent, merge, beside):
        folder.mkdir(parents=True)
    for path in (dead / "lock", dead / ".tmp-1-0-ab", log, merge / "lock", merge / ".tmp-1-1-ab"):
        path.touch()
    return [dead, bare, log.parent, merge, beside]


def test_each_kind_of_leftover_goes_at_once(tmp_path):
    planted = plant(tmp_path)
    sweep_leftovers(tmp_path)
    assert [path for path in planted if path.exists()] == []
    assert not (tmp_path / ".evosearch").exists()


@pytest.mark.posix
def test_what_is_somebodys_stays(tmp_path):
    state = tmp_path / ".evosearch"
    journal = Journal.begin(tmp_path, MANIFEST)
    (journal.folder / ".tmp-1-0-ab").touch()
    rows = state / "pro-here-20260101t000000z-gggggg"
    begun = state / "pro-here-20260101t000000z-jjjjjj"
    begun.mkdir()
    lock = Lock(begun / "lock")
    other = state / "pro-here-20260101t000000z-hhhhhh"
    own_log = state / "logs" / NAME / "worker-0.log"
    said = state / "logs" / "pro-here-20260101t000000z-iiiiii" / "worker-0.log"
    elsewhere = tmp_path / "elsewhere"
    for folder in (rows, other, own_log.parent, said.parent, elsewhere):
        folder.mkdir(parents=True)
    for path in (rows, other, elsewhere):
        (path / "lock").touch()
        (path / ".tmp-1-0-ab").touch()
    (rows / "00000000-0123456789abcdef.parquet").touch()
    (other / "notes.txt").touch()
    own_log.touch()
    said.write_text("k is 3")
    (elsewhere / "worker-0.log").touch()
    for link in (state / "linked", state / "logs" / "linked"):
        link.symlink_to(elsewhere)
    before = sorted(tmp_path.rglob("*"))
    sweep_leftovers(tmp_path)
    assert sorted(tmp_path.rglob("*")) == before
    assert lock.is_in_place()
    journal.close()
    sweep_leftovers(tmp_path)  # an interrupted run, which nobody holds: only its empty log goes
    assert sorted(tmp_path.rglob("*")) == sorted({*before} - {own_log, own_log.parent})
    lock.release()


@pytest.mark.parametrize("linked", [".evosearch", ".evosearch/logs"])
@pytest.mark.posix
def test_a_linked_folder_is_not_entered(tmp_path, linked):
    plant(tmp_path / "elsewhere")
    link = tmp_path / "results" / linked
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / "elsewhere" / linked)
    before = sorted((tmp_path / "elsewhere").rglob("*"))
    sweep_leftovers(tmp_path / "results")
    assert sorted((tmp_path / "elsewhere").rglob("*")) == before


def test_a_run_that_begins_while_others_sweep_begins(tmp_path):
    is_over = threading.Event()

    def sweep():
        while not is_over.is_set():
            sweep_leftovers(tmp_path)

    sweepers = [threading.Thread(target=sweep) for _ in range(2)]
    for thread in sweepers:
        thread.start()
    try:
        for _ in range(15):
            journal = Journal.begin(tmp_path, MANIFEST)
            assert list_journals(tmp_path) == [(journal.folder, True)]
            journal.finish()
    finally:
        is_over.set()
        for thread in sweepers:
            thread.join()


@pytest.mark.parametrize("start", ["run", "resume", "merge"])
def test_every_start_sweeps(tmp_path, monkeypatch, start):
    project = runs.make_project(tmp_path, population=4, generations=2)
    monkeypatch.chdir(project)
    run_id = evosearch.run("made").run_id
    planted = plant(project / "results")
    if start == "run":
        evosearch.run("made")
    elif start == "resume":
        evosearch.resume(run_id, generations=3)
    else:
        evosearch.merge("results", output="results/merged/all.parquet")
    assert [path for path in planted if path.exists()] == []
    assert runs.leftovers(project) == []


@pytest.mark.slow
@pytest.mark.posix
def test_logs_of_a_killed_run_in_which_nothing_stands_go_with_the_next_start(tmp_path, monkeypatch):
    project = runs.make_project(tmp_path, backend="processes", population=4, generations=2)
    monkeypatch.chdir(project)
    killed = runs.evosearch(project, "run", "-p", "made", EVOSEARCH_FAILPOINT="rename:2")
    assert killed.returncode == -signal.SIGKILL
    (log,) = (project / "results").glob(".evosearch/logs/*/worker-0.log")
    assert log.stat().st_size == 0
    evosearch.run(evosearch.load_profile("made", backend="serial"))
    ((journal, is_held),) = list_journals(project / "results")
    assert not is_held
    assert [path.name for path in journal.parent.iterdir()] == [journal.name]
    evosearch.resume()
    assert runs.leftovers(project) == []


@pytest.mark.slow
@pytest.mark.posix
@pytest.mark.parametrize("point", ["write", "rename"])
def test_an_export_that_was_killed_leaves_nothing_after_the_next(tmp_path, monkeypatch, point):
    project = runs.make_project(tmp_path, population=4, generations=2)
    monkeypatch.chdir(project)
    evosearch.run("made")
    killed = runs.evosearch(
        project, "export", "-o", "out/all.csv", EVOSEARCH_FAILPOINT=f"{point}:1"
    )
    assert killed.returncode == -signal.SIGKILL
    assert [path.name for path in (project / "out").iterdir()] != ["all.csv"]
    evosearch.export(output="out/all.csv", force=True)
    assert [path.name for path in (project / "out").iterdir()] == ["all.csv"]


LOOK = """
import os, signal, sys
from evosearch.assemble.ranking import opening
opening.MAX_HELD_ROWS = 0
opened = opening.open_ranking(sys.argv[1])
if len(sys.argv) > 2:
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
@pytest.mark.posix
def test_a_large_ranking_that_was_looked_at_leaves_nothing_after_the_next(tmp_path, monkeypatch):
    project = runs.make_project(tmp_path / "project", population=4, generations=2)
    monkeypatch.chdir(project)
    for _ in range(2):
        evosearch.run("made")
    (tmp_path / "tmp").mkdir()
    left = []
    for more in (["killed"], []):
        subprocess.run(
            [sys.executable, "-c", LOOK, "results", *more],
            env=runs.environment(TMPDIR=str(tmp_path / "tmp")), check=False,
        )  # fmt: skip
        left.append(len(os.listdir(tmp_path / "tmp")))
    assert left == [1, 0]
