"""Limits: what is told, what is forgiven, and who goes when memory runs out."""

import os
import subprocess
import sys
import time
from types import SimpleNamespace

import numpy as np
import psutil

from evosearch.executors import Limits
from evosearch.executors.local import handle, watch
from evosearch.executors.local.slot import NOTHING_RUNS
from evosearch.executors.local.sweep import Kin, read_started
from evosearch.executors.local.watch import Watch
from evosearch.executors.memory import (
    find_descendants,
    find_hog,
    read_memory,
    read_resident,
    read_resident_of_all,
)
from evosearch.population import Status
from tests.contracts.executor import gather, make_executor
from tests.executors.processes import wait_until
from tests.fakes import Slow

GIB = 2**30


def make_worker(began, row=0, **more):
    """A worker as the watch sees it; only the process behind it is missing."""
    worker = handle.WorkerHandle(
        process=SimpleNamespace(exitcode=None),
        inbox=SimpleNamespace(has_ended=False),
        connection=None,
        slots=(SimpleNamespace(header=np.array([row, 0, 7, 0]), find_running=lambda n: row),) * 2,
        place=0,
        facts=more.pop("facts", psutil.Process()),
        kin=Kin(os.getpid(), read_started(os.getpid()), "mark"),
        job=None,
        chunk=7,
        is_ready=True,
        rows=np.array([40, 41, 42]),
        began=began,
        row_seen=row,
        row_since=began,
    )
    for name, value in more.items():
        setattr(worker, name, value)
    return worker


def look(limits, worker, **more):
    told = []
    one = Watch(limits, 1, more.get("is_batched", False))
    one._looked -= more.get("slept_s", 0.3)
    verdicts = list(one.look([worker], lambda row, seconds: told.append((row, seconds))))
    return [(status, reason) for _, status, reason in verdicts], told


def test_an_evaluation_that_overstays_is_ended():
    worker = make_worker(time.monotonic() - 3)
    assert look(Limits(timeout_s=2), worker)[0] == [(Status.TIMEOUT, "longer than 2 s")]
    assert look(Limits(timeout_s=4), worker)[0] == []


def test_a_batch_may_take_as_long_as_its_rows_together():
    worker = make_worker(time.monotonic() - 5, row=NOTHING_RUNS)
    assert look(Limits(timeout_s=2), worker, is_batched=True)[0] == []
    assert look(Limits(timeout_s=1), worker, is_batched=True)[0] != []


def test_time_that_the_machine_slept_is_nobodys_fault():
    worker = make_worker(time.monotonic() - 3600)
    assert look(Limits(timeout_s=10), worker, slept_s=3599)[0] == []
    assert 0 < time.monotonic() - worker.row_since < 10


def test_nobody_is_blamed_without_a_limit_but_a_long_evaluation_is_spoken_of():
    worker = make_worker(time.monotonic() - 61, row=1)
    verdicts, told = look(Limits(), worker)
    assert verdicts == []
    assert [row for row, _ in told] == [41]
    assert look(Limits(), worker)[1] == []  # not again before that has doubled
    worker.row_since -= 60
    assert len(look(Limits(), worker)[1]) == 1


def test_a_stopped_worker_is_found_out_even_without_a_limit():
    stopped = SimpleNamespace(
        status=lambda: psutil.STATUS_STOPPED, memory_info=psutil.Process().memory_info
    )
    worker = make_worker(time.monotonic() - 61, facts=stopped)
    (verdict,), told = look(Limits(), worker)
    assert verdict[0] is Status.CRASHED
    assert "stopped by a signal" in verdict[1]
    assert told == []


def test_who_does_not_begin_is_replaced_and_nobody_blamed():
    worker = make_worker(time.monotonic() - 29, row=NOTHING_RUNS, chunk=8)
    assert look(Limits(timeout_s=2), worker)[0] == []
    worker.began -= 2
    assert look(Limits(timeout_s=2), worker)[0] == [(None, "the worker did not begin")]


def test_who_closed_its_pipe_is_of_use_only_until_its_chunk_is_done():
    worker = make_worker(time.monotonic(), doubted_since=time.monotonic() - 2)
    worker.inbox.has_ended = True
    assert look(Limits(), worker)[0] == []
    worker.rows = None
    assert look(Limits(), worker)[0] == [(None, "the worker closed its pipe")]


def test_a_caller_is_told_of_slow_rows_and_hears_signs_of_life(monkeypatch):
    monkeypatch.setattr(handle, "TELL_AFTER_S", 0.1)
    problem = Sleepy()
    told, n_empty = [], 0
    with make_executor("processes", problem) as executor:
        executor.tell_slow = lambda row, seconds: told.append(row)
        for rows, _part in executor.evaluate(np.array([[0.0], [1.0]])):
            n_empty += not len(rows)
    assert set(told) == {1}
    assert len(told) >= 2
    assert n_empty >= 3


class Sleepy(Slow):
    """Row 1 takes its time."""

    from evosearch import Int, Space

    space = Space(Int("k", 0, 9))

    def evaluate(self, params):
        time.sleep(1.5 * params["k"])
        return {"objective": params["k"]}


def test_what_workers_started_is_found_by_worker():
    nested = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"
    commands = [[sys.executable, "-c", code] for code in (nested, "input()")]
    first, second = (subprocess.Popen(each, stdin=subprocess.PIPE) for each in commands)
    try:
        assert wait_until(lambda: len(find_descendants([first.pid, second.pid])[first.pid]) == 1)
        found = find_descendants([first.pid, second.pid])
        assert [process.ppid() for process in found[first.pid]] == [first.pid]
        assert found[second.pid] == []
        held = read_resident_of_all(found[first.pid], most=2**40)
        assert 0 < read_resident_of_all(found[first.pid], most=0) <= held
    finally:
        for process in (first, second):
            process.communicate()


def test_memory_of_this_machine_is_read():
    total, left = read_memory()
    assert 0 < left <= total <= psutil.virtual_memory().total
    held = read_resident(psutil.Process(), 0)
    assert 10 * 2**20 < held < 8 * GIB
    assert read_resident(psutil.Process(), 2**20) <= held
    assert read_resident(None, 0) == 0


def test_nobody_goes_while_memory_is_left():
    assert find_hog([12 * GIB], n_workers=4, total=16 * GIB, left=2 * GIB) is None


def test_the_largest_goes_when_memory_runs_out():
    assert find_hog([GIB, 9 * GIB, 4 * GIB], n_workers=4, total=16 * GIB, left=GIB // 8) == 1


def test_nobody_goes_who_holds_no_more_than_a_share():
    assert find_hog([3 * GIB, 2 * GIB], n_workers=4, total=16 * GIB, left=0) is None
    assert find_hog([], n_workers=4, total=16 * GIB, left=0) is None


def test_a_hog_is_ended_and_its_row_tried_again(monkeypatch):
    # The machine says that it is full until somebody has gone.
    with make_executor("processes", Sleepy(), n_workers=1) as executor:

        def read_memory():
            is_first = executor._n_chunks == 1 and executor._workers[0].rows is not None
            return 2**20, 0 if is_first else 8 * GIB

        monkeypatch.setattr(watch.memory, "read_memory", read_memory)
        found, n_times = gather(executor, np.array([[1.0]]))
        assert executor._n_chunks == 2
    assert n_times.tolist() == [1]
    assert found.status.tolist() == [Status.OK]
