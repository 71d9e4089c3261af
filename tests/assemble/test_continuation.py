"""Promise 1: whatever interrupts a run, resuming it leads to exactly the rows of one that was not."""

import itertools
import os
import random
import signal
import time

import psutil
import pytest

import evosearch
from evosearch.assemble.searching.folder import find_unfinished
from evosearch.assemble.searching.leftovers import sweep_leftovers
from evosearch.errors import EnvironmentFailed, IncomparableShards, UsageError
from evosearch.shards.reading.check import check_shard
from evosearch.shards.writing.journal import Journal, list_journals
from tests import runs


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The rows of an uninterrupted run."""
    folder = runs.make_project(tmp_path_factory.mktemp("whole"))
    done = runs.evosearch(folder, "run", "-p", "made", "-q")
    assert done.returncode == 0, done.stderr
    rows = runs.read_rows(folder)
    assert len(rows) == 60
    return rows


def stop_after(n_generations):
    """Asks a run to stop after so many finished generations."""
    seen = []

    def listen(event):
        if type(event).__name__ == "GenerationFinished":
            seen.append(event)

    return {"listen": listen, "should_stop": lambda: len(seen) >= n_generations}


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = runs.make_project(tmp_path)
    monkeypatch.chdir(folder)
    return folder


def test_a_stopped_run_is_resumed_to_the_rows_of_an_uninterrupted_one(project, whole):
    first = evosearch.run("made", **stop_after(3))
    assert (first.reason, first.n_evaluated < 60) == ("stopped", True)
    second = evosearch.resume()
    assert (second.reason, second.n_evaluated) == ("generations", 60)
    assert second.n_recalled == first.n_evaluated
    assert runs.read_rows(project) == whole
    assert runs.leftovers(project) == []


def test_a_resumed_run_may_use_other_workers(project, whole):
    evosearch.run("made", **stop_after(2))
    evosearch.resume(backend="processes", workers=2)
    assert runs.read_rows(project) == whole


def test_a_run_stopped_inside_a_generation_keeps_the_part_it_had(tmp_path, monkeypatch, whole):
    project = runs.make_project(tmp_path, pause_s=0.02)
    monkeypatch.chdir(project)
    seen = []
    kept = evosearch.run("made", listen=seen.append, should_stop=lambda: len(seen) > 7)
    assert kept.n_evaluated % 10 > 0
    assert len(runs.read_rows(project)) == kept.n_evaluated
    evosearch.resume()
    assert runs.read_rows(project) == whole


def test_a_finished_run_goes_further_as_if_it_had_been_longer_from_the_start(project, tmp_path):
    first = evosearch.run("made")
    more = evosearch.resume(first.run_id, generations=9)
    assert (more.n_recalled, more.n_evaluated) == (60, 90)
    other = runs.make_project(tmp_path / "other", generations=9)
    os.chdir(other)
    evosearch.run("made")
    assert runs.read_rows(project) == runs.read_rows(other)


def test_without_its_shards_a_run_measures_again_what_they_held(project, whole):
    first = evosearch.run("made", **stop_after(3))
    for path in first.paths:
        path.unlink()
    again = evosearch.resume()
    assert again.n_recalled == 0
    assert runs.read_rows(project) == whole


def test_a_damaged_shard_is_measured_again(project, whole):
    first = evosearch.run("made", **stop_after(3))
    raw = bytearray(first.paths[0].read_bytes())
    raw[len(raw) // 2] ^= 1
    first.paths[0].write_bytes(raw)
    again = evosearch.resume()
    assert again.n_recalled == 0
    first.paths[0].unlink()
    assert runs.read_rows(project) == whole


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ('version = "1"', 'version = "2"', "version: 1 | 2"),
        ('Int("k", 0, 9)', 'Int("k", 0, 8)', "genes.k.high: 9 | 8"),
    ],
)
def test_a_changed_problem_is_refused_and_the_difference_named(project, before, after, named):
    evosearch.run("made", **stop_after(1))
    text = (project / "made.py").read_text()
    (project / "made.py").write_text(text.replace(before, after))
    done = runs.evosearch(project, "resume")
    assert done.returncode == 4
    assert "cannot be continued: what it measures has changed" in done.stderr
    assert named in done.stderr
    (project / "made.py").write_text(text)
    assert runs.evosearch(project, "resume").returncode == 0


@pytest.mark.parametrize("n_generations", [0, 3])
def test_a_run_keeps_the_metrics_that_it_began_with(project, whole, n_generations):
    first = evosearch.run("made", **stop_after(n_generations or 100))
    problem = project / "made.py"
    text = problem.read_text()
    text = text.replace('metrics = ("objective', 'metrics = ("extra", "objective')
    problem.write_text(text.replace('{"objective":', '{"extra": 1.0, "objective":'))
    more = {} if n_generations else {"generations": 7}
    evosearch.resume(first.run_id, backend="processes", workers=1, **more)
    rows = runs.read_rows(project)
    assert {key: row for key, row in rows.items() if key in whole} == whole
    assert all("extra" not in row for row in rows.values())
    # Beside a run that began with the larger list; a value that is missing contradicts none.
    fresh = evosearch.run("made")
    merged = evosearch.merge("results")
    frame = merged.to_frame()
    is_fresh = frame["run_id"] == fresh.run_id
    # Which run's copy stands depends on the names of the runs; what failed has no value.
    assert set(frame.loc[is_fresh & (frame["status"] == "ok"), "extra"]) <= {1.0}
    assert frame.loc[~is_fresh, "extra"].isna().all()
    assert merged.n_conflicts == 0


def test_rows_that_another_version_would_breed_differently_are_refused(project, monkeypatch):
    evosearch.run("made", **stop_after(3))
    monkeypatch.setattr("evosearch.seeding.RNG_VERSION", 99)
    from evosearch.seeding import make_generator

    getattr(make_generator, "cache_clear", lambda: None)()
    with pytest.raises(IncomparableShards, match="another genome"):
        evosearch.resume()


def test_a_run_under_way_cannot_be_resumed(project):
    run_id = evosearch.run("made", **stop_after(1)).run_id
    journal = Journal.open(project / "results", run_id)
    with pytest.raises(EnvironmentFailed, match=f"under way already, in process {os.getpid()} on"):
        evosearch.resume(run_id)
    journal.close()
    assert evosearch.resume(run_id).reason == "generations"


def test_nothing_to_resume_says_so(project):
    with pytest.raises(UsageError, match="No interrupted run"):
        evosearch.resume()
    with pytest.raises(UsageError, match="No run 'nonsense'"):
        evosearch.resume("nonsense")


def test_an_unfinished_run_is_offered_when_its_profile_is_run_again(project):
    run_id = evosearch.run("made", **stop_after(2)).run_id
    assert find_unfinished(evosearch.load_profile("made", seed=5)) == [run_id]
    other = evosearch.load_profile("made", ["search.population=12"])
    assert find_unfinished(other) == []
    done = runs.evosearch(project, "run", "-p", "made", "--resume")
    assert "60 candidates" not in done.stdout
    assert "from before" in done.stdout
    assert find_unfinished(evosearch.load_profile("made")) == []


def test_two_runs_share_a_results_folder(tmp_path, whole):
    folder = runs.make_project(tmp_path)
    both = [runs.start(folder, "run", "-p", "made", "-q") for _ in range(2)]
    assert [process.wait(runs.PATIENCE_S) for process in both] == [0, 0]
    assert len(list((folder / "results").glob("*.parquet"))) == 2
    assert runs.read_rows(folder) == whole
    assert runs.leftovers(folder) == []


@pytest.mark.posix
def test_the_same_run_resumed_twice_at_once_runs_once(tmp_path):
    folder = runs.make_project(tmp_path, pause_s=0.03, generations=8)
    process = runs.start(folder, "run", "-p", "made", "-q")
    runs.wait_for_commit(folder)
    runs.kill_tree(process)
    process.wait()
    ((place, _),) = list_journals(folder / "results")
    (folder / "hold").touch()
    both = [runs.start(folder, "resume", place.name, "-q") for _ in range(2)]
    runs.wait_for(lambda: any(process.poll() is not None for process in both))
    (folder / "hold").unlink()
    assert sorted(process.wait(runs.PATIENCE_S) for process in both) == [0, 5]
    assert len(runs.read_rows(folder)) == 80


def die_at_every_passage(point, tmp_path, whole):
    died = 0
    # Only a run of more than a second has commits to forget.
    pause_s = 0.02 if point == "forget" else 0.0
    for n in itertools.count(1):
        folder = runs.make_project(tmp_path / str(n), pause_s=pause_s)
        done = runs.evosearch(folder, "run", "-p", "made", "-q", EVOSEARCH_FAILPOINT=f"{point}:{n}")
        if done.returncode == 0:
            break
        died += 1
        assert done.returncode == -signal.SIGKILL
        published = runs.read_rows(folder)
        assert published.items() <= whole.items()
        results = folder / "results"
        if list_journals(results):
            evosearch.resume(results=results)
            assert runs.read_rows(folder) == whole
        else:
            # Dead before the run existed, or after it was over.
            assert published == whole or not published
            evosearch.run(
                evosearch.load_profile(str(folder / "profiles" / "made.toml"), results=results)
            )
        assert list_journals(results) == []
        assert runs.leftovers(folder) == []
        assert all(check_shard(path).is_usable for path in results.glob("*.parquet"))
    assert died > 0


@pytest.mark.parametrize("point", ["write", "rename", "forget"])
@pytest.mark.posix
@pytest.mark.slow
def test_death_at_any_step_of_a_commit_loses_nothing(point, tmp_path, whole):
    die_at_every_passage(point, tmp_path, whole)


@pytest.mark.slow
@pytest.mark.parametrize(
    "point", ["lock", "open", "flush", "flush-folder", "done", "finish", "unlink", "remove"]
)
@pytest.mark.posix
def test_death_at_any_other_step_of_a_commit_loses_nothing(point, tmp_path, whole):
    die_at_every_passage(point, tmp_path, whole)


@pytest.mark.parametrize("point", ["open", "write", "flush", "rename"])
def test_a_disk_that_fills_up_stops_the_run_and_the_resume_command_continues_it(
    point, tmp_path, whole
):
    folder = runs.make_project(tmp_path, pause_s=0.01)
    # The first passage belongs to the run's description; a later one is a commit or the shard.
    done = runs.evosearch(folder, "run", "-p", "made", EVOSEARCH_FAILPOINT=f"{point}:2:ENOSPC")
    assert done.returncode == 5, done.stderr
    assert "The disk is full: free some space" in done.stderr
    assert "evosearch resume made-" in done.stderr
    assert "Traceback" not in done.stderr
    assert not [p for p in (folder / "results").rglob(".tmp-*")]
    evosearch.resume(results=folder / "results")
    assert {key: row["fitness"] for key, row in runs.read_rows(folder).items()} == {
        key: row["fitness"] for key, row in whole.items()
    }


def soak(folder, n_kills, rng, kind, pause_s, backend, which):
    """Kill a search at random instants and resume it, over and over; how many kills hit it."""
    n_hit = 0
    expected = None
    longest_s, n_early = 2.2, 0
    round_number = 0
    while n_hit < n_kills:
        round_number += 1
        project = runs.make_project(
            folder / f"r{round_number}", kind, pause_s, backend, 2, population=12, generations=12
        )
        if expected is None:
            done = runs.evosearch(project, "run", "-p", "made", "-q")
            assert done.returncode == 0, done.stderr
            expected = runs.read_rows(project)
            continue
        command = ("run", "-p", "made", "-q")
        while True:
            process = runs.start(project, *command)
            time.sleep(rng.uniform(0.3, longest_s))
            alive = process.poll() is None
            runs.kill_tree(process, which if alive else "all")
            if which == "worker":
                assert process.wait(runs.PATIENCE_S) == 0
            process.wait()
            n_hit += alive
            assert runs.read_rows(project).items() <= expected.items()
            if not list_journals(project / "results"):
                if runs.read_rows(project):
                    break
                # Killed before the run existed. Many times in a row: this machine is slow today.
                n_early += 1
                if n_early % 5 == 0:
                    longest_s *= 1.5
                continue
            n_early = 0
            command = ("resume", "-q")
            if n_hit >= n_kills:
                runs.finish(project)
                break
        assert runs.read_rows(project) == expected
        assert all(check_shard(path).is_usable for path in (project / "results").glob("*.parquet"))
        sweep_leftovers(
            project / "results"
        )  # as the next start does: the last kill may come at the very end
        assert runs.leftovers(project) == []
    runs.wait_for(lambda: not _spawned_in(folder))
    return n_hit


def _spawned_in(folder):
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd().startswith(str(folder)):
                found.append(process.cmdline())
        except (psutil.Error, OSError):
            continue
    return found


@pytest.mark.posix
@pytest.mark.slow
def test_a_search_killed_at_random_instants_ends_with_the_same_rows(tmp_path):
    soak(tmp_path, 4, random.Random(1), "Made", 0.008, "processes", "parent")


@pytest.mark.slow
@pytest.mark.parametrize("which", ["parent", "worker", "all"])
@pytest.mark.parametrize(("kind", "pause_s"), [("Made", 0.008), ("Fast", 0.004)])
@pytest.mark.posix
def test_soak(which, kind, pause_s, tmp_path):
    """EVOSEARCH_SOAK_KILLS kills for each of six combinations; 300 in all take half an hour."""
    backend = "serial" if kind == "Fast" else "processes"
    if backend == "serial" and which == "worker":
        pytest.skip("a search in its own process has no worker")
    n_kills = int(os.environ.get("EVOSEARCH_SOAK_KILLS", "4"))
    soak(tmp_path, n_kills, random.Random(f"{which}{kind}"), kind, pause_s, backend, which)
