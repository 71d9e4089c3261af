"""Compiling: announced exactly when it will happen, and done before the clock of a search runs."""

import multiprocessing
import os
import shutil
import time
from pathlib import Path
from types import SimpleNamespace

import numba
import pytest

import evosearch
from evosearch.assemble.searching import warming
from evosearch.assemble.searching.notices import list_notices
from evosearch.assemble.searching.warming import note_compiling
from evosearch.assemble.settings.loading import load_profile
from evosearch.doctor import FAILED, software
from evosearch.errors import EnvironmentFailed, ProblemError, WorkerLost
from evosearch.executors import EXECUTORS, auto
from evosearch.executors.serial import Serial
from evosearch.genome.compiled import compiled
from evosearch.loop import runner
from evosearch.loop.events import RunPreparing, RunStarted, SearchStarted
from evosearch.system import compile_cache
from tests import fakes, runs

OWN = "problem.name=made.py:Made"


@pytest.fixture(autouse=True)
def cold(monkeypatch):
    """As in a process that has searched nothing yet."""
    monkeypatch.setattr(warming, "_WARM", set())


def say(folder, *assignments, profile="demo"):
    """What a run would say of compiling."""
    notices = list_notices(load_profile(profile, assignments))
    return "; ".join(text for text in notices if "compiling once" in text)


def test_an_empty_cache_folder_is_announced_and_what_compiles_nothing_is_not(
    workspace, monkeypatch
):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(workspace / "cache"))
    assert "up to a minute" in say(workspace)
    runs.make_project(workspace)
    assert "some seconds" in say(workspace, profile="made")
    assert "some seconds" in say(workspace, "search.algorithm=random", profile="made")
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    assert not say(workspace)
    with pytest.raises(EnvironmentFailed, match="NUMBA_DISABLE_JIT"):
        evosearch.run("demo", results="r")
    (finding,) = software.check_numba()
    assert finding.state == FAILED
    assert not (workspace / "cache").exists() and not (workspace / "r").exists()


def test_what_this_process_has_warmed_up_is_not_looked_for_again(workspace, monkeypatch):
    runs.make_project(workspace)
    evosearch.run("made", results="r", evaluations=4)
    monkeypatch.setattr(compile_cache, "is_compiled", lambda *modules: False)
    assert not say(workspace, profile="made")
    assert "compiling once" in say(workspace, "search.algorithm=random", profile="made")


@pytest.mark.parametrize(
    ("writable", "place"),
    [("both", "cache"), ("beside", "__pycache__"), ("home", "numba"), ("none", "")],
)
def test_the_folder_is_the_one_that_numba_takes(tmp_path, monkeypatch, writable, place):
    from numba.core.caching import CacheImpl

    code = tmp_path / "code" / "kernels.py"
    code.parent.mkdir()
    code.write_text("def f(x):\n    return x\n")
    cache = tmp_path / "cache"
    if writable in ("home", "none"):
        (code.parent / "__pycache__").write_text("no folder")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home" / ".cache"))
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        (tmp_path / "home").mkdir() if writable == "home" else (tmp_path / "home").touch()
    if writable == "both":
        monkeypatch.setenv("NUMBA_CACHE_DIR", str(cache))
        monkeypatch.setattr(numba.config, "CACHE_DIR", str(cache))
    else:
        monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
        monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    space = {}
    exec(compile(code.read_text(), str(code), "exec"), space)
    if writable == "none":
        assert compile_cache.find_folder(code) is None
        assert compiled(space["f"])(2.0) == 2.0  # it is compiled, and kept nowhere
        monkeypatch.setattr(compile_cache, "find_folder", lambda file: None)
        assert "as at each start" in note_compiling(load_profile("demo"))
        return
    found = (kind.from_function(space["f"], str(code)) for kind in CacheImpl._locator_classes)
    theirs = next(locator for locator in found if locator is not None).get_cache_path()
    assert compile_cache.find_folder(code) == Path(theirs)
    assert place in Path(theirs).parts


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache folder that one small kernel was compiled into, and its index."""
    code = tmp_path / "package" / "kernels.py"
    code.parent.mkdir()
    code.write_text(
        "from evosearch.genome.compiled import compiled\n\n\n@compiled\ndef double(x):\n    return 2 * x\n"
    )
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(compile_cache, "PACKAGE", code.parent)
    space = {"__name__": "kernels"}
    exec(compile(code.read_text(), str(code), "exec"), space)
    assert not compile_cache.is_compiled(["kernels"])
    assert space["double"](2.0) == 4.0
    (index,) = (tmp_path / "cache").rglob("*.nbi")
    return SimpleNamespace(code=code, index=index)


def test_what_is_compiled_is_known_until_source_numba_or_processor_are_others(cache, monkeypatch):
    assert compile_cache.is_compiled(["kernels"])
    assert compile_cache.list_folders() == [cache.index.parent]
    with monkeypatch.context() as other:
        other.setenv("NUMBA_CPU_NAME", "another")
        assert not compile_cache.is_compiled(["kernels"])
    with monkeypatch.context() as other:
        other.setattr(compile_cache.importlib.metadata, "version", lambda name: "0.1")
        assert not compile_cache.is_compiled(["kernels"])
    kept = cache.index.read_bytes()
    for damaged in (b"", kept[:40], b"no index"):
        cache.index.write_bytes(damaged)
        assert not compile_cache.is_compiled(["kernels"])
    cache.index.write_bytes(kept)
    assert compile_cache.is_compiled(["kernels"])
    assert not compile_cache.is_compiled([], ["kernels"])  # not for arrays that are read-only
    os.utime(cache.code)  # the same text
    assert compile_cache.is_compiled(["kernels"])
    cache.code.write_text(cache.code.read_text().replace("2 *", "3 *"))
    assert not compile_cache.is_compiled(["kernels"])


def test_code_whose_data_are_gone_is_compiled_anew(cache):
    for data in cache.index.parent.glob("*.nbc"):
        data.unlink()
    assert not compile_cache.is_compiled(["kernels"])


@pytest.mark.slow
def test_the_first_line_of_the_first_run_announces_it_and_no_later_one_does(workspace):
    shutil.copy(runs.ROOT / "profiles" / "demo.toml", workspace / "here.toml")
    more = {"NUMBA_CACHE_DIR": str(workspace / "cache")}
    for number in range(2):
        done = runs.evosearch(
            workspace, "run", "-p", "here.toml", "--results", f"r{number}", **more
        )
        assert done.returncode == 0, done.stderr
        first = done.stderr.splitlines()[0]
        assert ("compiling once on this machine" in first) == (number == 0), done.stderr
        n_kernels = len(list((workspace / "cache").rglob("*.nbc")))
        if number == 0:
            n_first = n_kernels
            assert first.startswith("note     ")
    assert n_kernels == n_first  # warming up compiles everything that a run calls


class Clock:
    """Seconds that only evaluations and starts of workers turn on."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now


class Waiting(Serial):
    """Takes long to start, and once in the middle; an evaluation takes a second."""

    clock = None

    def prepare(self, n):
        self.wait()
        yield

    def wait(self):
        self.clock.now += 500.0
        self.waited_s += 500.0

    def evaluate(self, genomes):
        for rows, part in super().evaluate(genomes):
            self.clock.now += 1.0 * len(rows)
            if 3 in rows:
                self.wait()
            yield rows, part


def test_the_clock_of_a_search_begins_with_its_first_evaluation_and_rests_with_its_workers(
    workspace, monkeypatch
):
    clock = Clock()
    monkeypatch.setattr(Waiting, "clock", clock)
    monkeypatch.setattr(runner, "time", clock)
    monkeypatch.setitem(EXECUTORS, "serial", f"{__name__}:Waiting")
    events = []
    done = evosearch.run(
        problem=fakes.Plain(), population=10, generations=4, budget="25s", seed=1,
        backend="serial", listen=events.append,
    )  # fmt: skip
    assert done.reason == "time"
    assert 25 < done.elapsed_s < 40
    assert 20 < done.n_evaluated < 40
    kinds = [type(event) for event in events]
    assert kinds[:3] == [RunPreparing, RunStarted, SearchStarted]
    assert kinds.count(SearchStarted) == 1


@pytest.mark.slow
def test_workers_are_ready_before_the_clock_runs_and_one_that_cannot_start_leaves_nothing(
    workspace,
):
    events = []
    done = evosearch.run(
        problem=fakes.Plain(), population=10, generations=2, seed=1, backend="processes",
        workers=2, listen=events.append,
    )  # fmt: skip
    assert done.reason == "generations" and done.n_evaluated == 20
    assert SearchStarted(0) in events
    runs.make_project(workspace)
    text = (workspace / "made.py").read_text()
    broken = text.replace(
        "class Made(Problem):", "class Made(Problem):\n    def setup(self): os._exit(3)\n"
    )
    (workspace / "made.py").write_text(broken)
    with pytest.raises(WorkerLost, match="die while they start"):
        evosearch.run("made", backend="processes", results="other")
    assert not (workspace / "other").exists()


class Warmed(fakes.Plain):
    """Tells what it was warmed up with."""

    seen = None

    def __init__(self):
        import numpy

        self.table = numpy.arange(1000.0)

    def warm_up(self):
        type(self).seen.append(self.table.flags.writeable)


@pytest.mark.slow
def test_a_problem_is_warmed_up_as_its_workers_will_see_it(workspace, monkeypatch):
    monkeypatch.setattr(Warmed, "seen", [])
    size = {"population": 4, "generations": 1, "seed": 1}
    evosearch.run(problem=Warmed(), backend="serial", **size)
    evosearch.run(problem=Warmed(), backend="processes", workers=1, **size)
    assert Warmed.seen == [True, False]


class Broken(fakes.Plain):
    def warm_up(self):
        raise ValueError("no kernel")


def test_code_that_cannot_be_warmed_up_is_named_with_its_place(workspace):
    with pytest.raises(ProblemError, match=r"warm_up\(\).*ValueError: no kernel \(.*test_warming"):
        evosearch.run(problem=Broken(), backend="serial", seed=1)
    assert not list(workspace.iterdir())


class Never(fakes.Trusted):
    """Safe to run in the main process; a worker is never ready with it."""

    releases_gil = False

    def setup(self):
        if multiprocessing.parent_process() is not None:
            Path("there").touch()
            while True:
                time.sleep(0.01)


@pytest.mark.slow
def test_a_run_can_be_stopped_while_its_workers_start(workspace, monkeypatch):
    made = {"population": 10, "generations": 9, "seed": 1, "workers": 2}
    is_there = (workspace / "there").exists
    done = evosearch.run(problem=Never(), backend="processes", should_stop=is_there, **made)
    assert (done.reason, done.n_evaluated, done.elapsed_s) == ("stopped", 0, 0.0)
    assert [path.name for path in workspace.iterdir()] == ["there"]
    (workspace / "there").unlink()
    monkeypatch.setattr(auto, "_WORTH_PROCESSES_S", 0.0)  # a first piece, then workers
    done = evosearch.run(problem=Never(), backend="auto", should_stop=is_there, **made)
    assert done.reason == "stopped" and 0 < done.n_evaluated < 90
