"""A run that may fill much of the disk says so before it begins."""

import shutil
from pathlib import Path

import pytest

import evosearch
from evosearch.assemble.searching import room
from evosearch.assemble.searching.search import load_problem
from evosearch.assemble.settings.loading import load_profile
from evosearch.loop.events import RunStarted
from tests import fakes


@pytest.fixture
def free(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)

    def set_free(n_bytes):
        monkeypatch.setattr(room.shutil, "disk_usage", lambda path: usage._replace(free=n_bytes))

    return set_free


def test_more_than_a_fifth_of_what_is_free_is_said_and_less_is_not(workspace, free):
    profile = load_profile("pro", ["search.population=1000", "search.generations=1000"])
    problem = load_problem(profile)
    n_bytes = 1_000_000 * room.estimate_row_bytes(problem)
    free(5 * n_bytes)
    assert room.note_room(profile, problem) == ()
    free(5 * n_bytes - 10)
    (note,) = room.note_room(profile, problem)
    assert "1,000,000 rows take up to 2" in note and "MB, of 1." in note and "--budget" not in note
    assert room.note_room(profile, problem, n_known=500_000) == ()
    timed = load_profile("pro", ["search.generations=100000000", "run.budget=2h"])
    assert "--budget 2h may end it before" in room.note_room(timed, problem)[0]


@pytest.mark.slow
def test_the_estimate_is_no_less_than_what_shards_take_and_not_many_times_more(workspace):
    for problem in (fakes.Plain(), load_problem(load_profile("demo"))):
        done = evosearch.run(
            problem=problem, population=500, generations=4, seed=1, backend="serial"
        )
        taken = sum(path.stat().st_size for path in done.paths) / done.n_evaluated
        assert taken / 2 < room.estimate_row_bytes(problem) < 2.5 * taken


def test_a_run_tells_it_at_its_start(workspace, free):
    events = []
    free(1000)
    evosearch.run(
        problem=fakes.Plain(), population=10, generations=2, seed=1, backend="serial",
        listen=events.append,
    )  # fmt: skip
    (started,) = [event for event in events if isinstance(event, RunStarted)]
    assert any("20 rows take up to" in note for note in started.facts.notes)


def test_a_folder_that_does_not_exist_yet_lies_on_the_disk_of_the_nearest_one(workspace, free):
    free(1)
    profile = load_profile("demo", ["run.results=not/there/yet"])
    assert "not/there/yet" in room.note_room(profile, fakes.Plain())[0]
    assert not Path("not").exists()
