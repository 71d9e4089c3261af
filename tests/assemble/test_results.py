"""What a result states is what the run's own shards hold, for every way in which a run can end."""

import dataclasses
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from pyarrow import parquet

import evosearch
from evosearch.assemble.searching.folder import status
from evosearch.assemble.searching.many import run_many
from evosearch.errors import EnvironmentFailed, EvosearchError, ObjectiveFails
from evosearch.executors import EXECUTORS
from evosearch.loop.events import EvaluationsFinished, RunFinished, RunStarted
from tests import runs

FAILS = "if True or"
FLOAT = 'Float("x", -1, 1)'


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project whose serial evaluations are told of one by one."""
    folder = runs.make_project(tmp_path)
    monkeypatch.chdir(folder)
    monkeypatch.setitem(EXECUTORS, "serial", "tests.fakes:OneByOne")
    return folder


def edit(project, before, after):
    text = (project / "made.py").read_text()
    assert before in text
    (project / "made.py").write_text(text.replace(before, after))


def stop_after(n, with_error=None):
    """Ends a run once so many evaluations are told of: asked to, or by an exception."""
    seen = []

    def listen(event):
        if isinstance(event, EvaluationsFinished):
            seen.append(event)
            if with_error is not None and len(seen) == n:
                raise with_error

    return {"listen": listen, "should_stop": lambda: with_error is None and len(seen) >= n}


def rows_of(run_id, results="results"):
    """Rows of a run in its shards, and those that its journal alone has."""
    folder = Path(results)
    found = []
    for pattern in (f"{run_id}-*.parquet", f".evosearch/{run_id}/0*.parquet"):
        rows = {}
        for path in sorted(folder.glob(pattern)):
            for row in parquet.read_table(path).to_pylist():
                rows[row["generation"], row["index"]] = row
        found.append(rows)
    published, committed = found
    return published, {key: row for key, row in committed.items() if key not in published}


def check(result, n_committed=0):
    """Compare all that a result states with the files of its run."""
    published, committed = rows_of(result.run_id)
    rows = [*published.values(), *committed.values()]
    assert result.n_committed == len(committed)
    assert (n_committed > 0) == (len(committed) > 0)
    assert result.n_evaluated == len(rows) > 0
    assert result.n_not_ok == sum(row["status"] != "ok" for row in rows)
    assert result.n_feasible == sum(row["feasible"] for row in rows)

    def rank(row):
        is_ok, key = row["status"] == "ok", 0.0
        if is_ok:
            key = -row["fitness"] if row["feasible"] else row["violation"]
        return not (is_ok and row["feasible"]), not is_ok, key, row["genome_id"]

    best = min(rows, key=rank)
    expected = {"genome_id": best["genome_id"].hex()}
    for name in (
        "status",
        "feasible",
        "fitness",
        "violation",
        "generation",
        "objective",
        "n_steps",
    ):
        expected[name] = best[name]
    assert result.best == expected
    if not committed:
        (first,) = evosearch.top([*result.paths], 1).to_dict("records")
        assert first["genome_id"] == result.best["genome_id"]
        assert len(result.to_frame()) == result.n_evaluated
    return result


def check_error(error, **more):
    assert error.value.result.reason in ("failed", "stopped")
    return check(error.value.result, **more)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [({}, "generations"), ({"evaluations": 33}, "evaluations"), ({"evaluations": 4}, "evaluations"),
     ({"evaluations": 60}, "evaluations"), ({"target": 4.0, "generations": 99}, "target"),
     ({"stagnation": 1, "generations": 999}, "stagnation")],
)  # fmt: skip
def test_a_run_that_reaches_its_end(project, settings, reason):
    result = check(evosearch.run("made", **settings))
    assert (result.reason, result.is_resumable) == (reason, False)


@pytest.mark.parametrize("n", [1, 13])
def test_a_run_that_is_stopped_inside_a_generation(project, n):
    result = check(evosearch.run("made", **stop_after(n)))
    assert (result.reason, result.n_evaluated, result.is_resumable) == ("stopped", n, True)


@pytest.mark.slow
def test_a_run_on_workers_that_is_stopped_inside_a_generation(project):
    result = check(evosearch.run("made", backend="processes", workers=2, **stop_after(2)))
    assert (result.reason, result.is_resumable) == ("stopped", True)


@pytest.mark.slow
def test_a_run_whose_time_is_up(project):
    edit(project, "time.sleep(self.pause_s", "time.sleep(0.01")
    result = evosearch.run("made", budget=0.2, generations=1_000_000)
    assert result.reason == "time"
    assert result.n_evaluated == 0 or check(result)  # a machine under load may take that long


def test_the_time_before_the_first_row_is_the_runs_too(project, monkeypatch):
    late = []
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + sum(late))
    monkeypatch.setattr("evosearch.shards.writing.recorder.time", clock)
    evosearch.run("made", listen=lambda event: late.append(1000 * isinstance(event, RunStarted)))
    (shown,) = status("results").runs
    assert shown.elapsed_s >= 1000  # which a limit of time is held against


def test_a_space_that_is_exhausted_within_the_evaluations_asked_for(project):
    edit(project, FLOAT, 'Int("x", 0, 1)')
    profile = evosearch.load_profile("made", ["search.population=12"], evaluations=48)
    result = check(evosearch.run(profile))
    assert (result.reason, result.n_evaluated) == ("exhausted", 40)


def test_a_stop_that_comes_with_the_very_last_row_changes_nothing(project):
    seen = []
    result = check(evosearch.run("made", listen=seen.append, should_stop=lambda: has_all(seen)), 0)
    assert (result.reason, result.n_evaluated, result.is_resumable) == ("generations", 60, False)


def has_all(seen):
    return any(isinstance(event, EvaluationsFinished) and event.n_evaluated == 60 for event in seen)


def test_an_objective_that_fails_from_the_start(project):
    edit(project, 'if params["k"] == 7 and', FAILS)
    with pytest.raises(ObjectiveFails, match="all of the first 10 evaluations") as error:
        evosearch.run(evosearch.load_profile("made", ["search.population=40"]))
    result = check_error(error)
    assert (result.reason, result.n_evaluated, result.n_not_ok) == ("failed", 10, 10)
    assert result.best["status"] == "failed"
    assert runs.leftovers(project) == []


def test_an_objective_that_nearly_always_fails_in_a_later_generation(project):
    edit(project, 'if params["k"] == 7 and', 'if os.path.exists("broken") or params["k"] == 7 and')
    seen = []

    def listen(event):
        seen.append(event)
        if type(event).__name__ == "GenerationFinished" and event.generation == 1:
            (project / "broken").touch()

    with pytest.raises(ObjectiveFails, match="10 of the 10 evaluations of a generation") as error:
        evosearch.run("made", listen=listen)
    result = check_error(error)
    assert (result.n_evaluated, result.best["status"]) == (30, "ok")
    told = seen[-1]
    assert isinstance(told, RunFinished)
    for name in ("run_id", "reason", "paths", "n_evaluated", "n_not_ok", "n_feasible", "best"):
        assert getattr(told.result, name) == getattr(result, name)


@pytest.mark.parametrize("n", [3, 14])
def test_a_run_that_is_ended_at_once_states_what_it_committed(project, n):
    with pytest.raises(KeyboardInterrupt) as error:
        evosearch.run("made", **stop_after(n, KeyboardInterrupt()))
    result = check_error(error, n_committed=n)
    assert (result.reason, result.paths, result.is_resumable) == ("stopped", (), True)
    (shown,) = status("results").runs
    assert (shown.n_committed, shown.state) == (result.n_evaluated, "interrupted")


def test_a_disk_that_refuses_the_last_shard_leaves_what_was_committed_before(project, monkeypatch):
    first = evosearch.run("made", **stop_after(14))
    monkeypatch.setenv("EVOSEARCH_FAILPOINT", "write:1:ENOSPC")
    monkeypatch.setattr("evosearch.shards.disk.files._failpoint_passes", {})
    with pytest.raises(EnvironmentFailed, match="continue with:  evosearch resume") as error:
        evosearch.resume()
    result = check_error(error)
    assert (result.n_evaluated, result.n_recalled) == (first.n_evaluated,) * 2
    assert (result.reason, result.is_resumable) == ("failed", True)
    monkeypatch.delenv("EVOSEARCH_FAILPOINT")
    assert check(evosearch.resume()).n_evaluated == 60


@pytest.mark.parametrize("error", [KeyboardInterrupt(), EnvironmentFailed("no"), ValueError("odd")])
def test_a_run_that_measured_nothing_leaves_nothing(project, error):
    def listen(event):
        if type(event).__name__ == "RunStarted":
            seen.append(event)

    def stop():
        raise error

    seen = []
    with pytest.raises(type(error)) as caught:
        evosearch.run("made", listen=listen, should_stop=stop)
    assert (caught.value.result.n_evaluated, caught.value.result.best) == (0, {})
    assert "resume" not in str(caught.value)
    stopped = evosearch.run("made", should_stop=lambda: True)
    assert (stopped.reason, stopped.n_evaluated, stopped.is_resumable) == ("stopped", 0, False)
    assert seen and not (project / "results").exists()
    assert len(stopped.to_frame()) == 0


def test_who_does_not_wait_for_the_workers_end_is_told_the_result(project, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("tests.fakes.OneByOne.__exit__", interrupt, raising=False)
    with pytest.raises(KeyboardInterrupt) as error:
        evosearch.run("made", **stop_after(13))
    assert check_error(error).is_resumable


def test_a_resumed_run_counts_all_its_sittings(project):
    first = check(evosearch.run("made", **stop_after(13)))
    second = check(evosearch.resume(**stop_after(13)))
    assert (first.n_evaluated, second.n_recalled) == (13, 13)
    with pytest.raises(KeyboardInterrupt) as error:
        evosearch.resume(**stop_after(9, KeyboardInterrupt()))
    third = check_error(error, n_committed=9)
    assert third.n_evaluated == third.n_recalled + third.n_committed > second.n_evaluated
    done = check(evosearch.resume())
    assert (done.n_evaluated, done.n_recalled) == (60, third.n_evaluated)
    further = check(evosearch.resume(done.run_id, generations=8))
    assert (further.n_evaluated, further.reason) == (80, "generations")
    again = check(evosearch.resume(done.run_id, generations=2))
    assert (again.n_evaluated, again.n_recalled) == (80, 80)


def test_a_resumed_run_that_is_stopped_before_it_comes_to_its_last_row_keeps_all(project):
    with pytest.raises(KeyboardInterrupt) as error:
        evosearch.run("made", **stop_after(45, KeyboardInterrupt()))
    n = check_error(error, n_committed=45).n_evaluated
    stopped = check(evosearch.resume(should_stop=lambda: True))
    assert (stopped.n_evaluated, stopped.n_recalled, stopped.reason) == (n, n, "stopped")
    shorter = check(evosearch.resume(generations=1))
    assert (shorter.n_evaluated, shorter.is_resumable) == (n, False)
    assert runs.leftovers(project) == []


def test_rows_that_are_committed_and_published_count_once(project):
    with pytest.raises(KeyboardInterrupt) as error:
        evosearch.run("made", **stop_after(25, KeyboardInterrupt()))
    place = project / "results" / ".evosearch" / error.value.result.run_id
    commits = {path: path.read_bytes() for path in place.glob("0*.parquet")}
    evosearch.resume(**stop_after(3))
    for path, content in commits.items():  # as if it had died before it deleted them
        path.write_bytes(content)
    with pytest.raises(KeyboardInterrupt) as error:
        evosearch.resume(**stop_after(4, KeyboardInterrupt()))
    result = check_error(error, n_committed=4)
    assert (result.n_recalled, result.n_evaluated) == (28, 32)


@pytest.mark.slow
def test_rows_that_only_a_journal_has_are_published_by_a_sitting_that_asks_for_fewer(project):
    with pytest.raises(KeyboardInterrupt):
        evosearch.run("made", **stop_after(45, KeyboardInterrupt()))
    whole = check(evosearch.resume(generations=2))
    assert (whole.n_evaluated, whole.reason) == (45, "generations")
    assert all(item.is_usable for item in evosearch.check("results", deep=True))
    assert check(evosearch.resume(whole.run_id, generations=6)).n_evaluated == 60


def test_commits_stay_until_all_of_their_rows_are_published(project, monkeypatch):
    with pytest.raises(KeyboardInterrupt):
        evosearch.run("made", **stop_after(45, KeyboardInterrupt()))
    # Shards of twenty rows: the first is written while later rows are only committed.
    monkeypatch.setattr("evosearch.shards.writing.recorder.MAX_ROWS", 20)
    ended = []

    def stop():
        ended.append(len(list((project / "results").glob("*.parquet"))) > 0)
        return ended[-1]

    stopped = check(evosearch.resume(should_stop=stop))
    assert (stopped.n_evaluated, stopped.n_recalled) == (45, 45)


def test_shards_of_a_run_that_goes_on_elsewhere_are_a_part_of_it(project, tmp_path):
    stopped = evosearch.run("made", **stop_after(13))
    (tmp_path / "copied").mkdir()
    for path in stopped.paths:
        (tmp_path / "copied" / path.name).write_bytes(path.read_bytes())
    (shown,) = status(tmp_path / "copied").runs
    assert (shown.state, shown.n_published, shown.n_expected) == ("partial", 13, 60)
    assert shown.ended_by is None
    (shown,) = status("results").runs
    assert shown.state == "interrupted"


@pytest.mark.slow
def test_duplicates_are_those_of_every_generation_that_was_bred(project):
    edit(project, FLOAT, 'Int("x", 0, 1)')
    told = []
    whole = evosearch.run("made", evaluations=39, listen=told.append)
    assert whole.n_duplicates > 0
    finished = [
        event.n_duplicates for event in told if type(event).__name__ == "GenerationFinished"
    ]
    assert finished == sorted(finished) and finished[-1] == whole.n_duplicates
    parts = evosearch.run("made", evaluations=39, **stop_after(33))
    assert parts.n_duplicates == whole.n_duplicates  # the last generation had begun
    assert evosearch.resume(parts.run_id).n_duplicates == whole.n_duplicates


@pytest.mark.slow
def test_the_best_of_rows_that_tie_is_the_first_of_the_ranking(project):
    edit(project, 'abs(params["x"]) + params["k"]', '0.0 * params["x"]')
    found = [check(evosearch.run("made", seed=seed, **stop_after(57))) for seed in (1, 2, 3)]
    assert {result.best["generation"] for result in found} != {0}  # one of a later generation


@pytest.mark.slow
def test_a_search_among_several_that_fails_carries_its_result(project):
    edit(project, 'if params["k"] == 7 and', FAILS)
    bad = evosearch.load_profile("made", ["search.population=40"])
    with pytest.raises(EvosearchError) as error:
        run_many([bad, bad])
    results = [search.result for search in error.value.searches]
    assert [check(result).n_evaluated for result in results] == [10, 10]


def test_status_shows_what_a_run_was_last_asked_for(project):
    def shown():
        return [(run.n_published + run.n_committed, run.n_expected, run.ended_by)
                for run in status("results").runs]  # fmt: skip

    evosearch.run("made", **stop_after(5))
    assert shown() == [(5, 60, None)]
    evosearch.resume(generations=12, **stop_after(5))
    assert shown() == [(10, 120, None)]
    evosearch.resume(**stop_after(5))  # what it was asked for stays
    assert shown() == [(15, 120, None)]
    assert evosearch.resume().n_evaluated == 120
    assert shown() == [(120, 120, None)]


@pytest.mark.parametrize(
    ("settings", "ended_by"),
    [({"evaluations": 33}, None), ({"target": 4.0, "generations": 99}, "target"),
     ({"stagnation": 1, "generations": 999}, "early")],
)  # fmt: skip
def test_status_shows_why_a_run_has_less_than_it_was_asked_for(project, settings, ended_by):
    evosearch.run("made", **settings)
    (shown,) = status("results").runs
    assert (shown.state, shown.ended_by) == ("finished", ended_by)
    assert dataclasses.asdict(shown)["ended_by"] == ended_by
