"""Waiting for more workers than Windows waits for at once, with groups that are small enough here."""

import multiprocessing
import os
import threading

import pytest

from evosearch.executors.local import processes
from evosearch.population import Status
from tests.contracts.executor import assert_equal_results, draw, gather, make_executor
from tests.executors.processes import children
from tests.fakes import Plain


class Crashing(Plain):
    """Some of its genomes end the process."""

    def evaluate(self, params):
        if params["k"] == 7 and params["c"] == "b":
            os._exit(3)
        return super().evaluate(params)


@pytest.fixture
def pipes():
    pairs = [multiprocessing.Pipe() for _ in range(10)]
    yield pairs
    for ours, theirs in pairs:
        ours.close()
        theirs.close()


@pytest.fixture
def small_groups(monkeypatch):
    """No call waits for more than three; how many each call waited for."""
    sizes, wait = [], processes.wait

    def wait_for_few(handles, seconds):
        assert len(handles) <= 3
        sizes.append(len(handles))
        return wait(handles, seconds)

    monkeypatch.setattr(processes, "_AT_ONCE", 3)
    monkeypatch.setattr(processes, "wait", wait_for_few)
    return sizes


@pytest.mark.parametrize("place", [0, 4, 9])
def test_news_of_any_group_is_heard(pipes, small_groups, place):
    pipes[place][1].send_bytes(b"x")
    ours = [pair[0] for pair in pipes]
    assert processes._wait(ours, 600) == [ours[place]]
    assert processes._wait(ours[:place], 0) == []
    assert max(small_groups, default=0) <= 3


def test_news_that_comes_while_waiting_is_heard_from_several_groups(pipes, small_groups):
    ours, theirs = zip(*pipes, strict=True)
    # The end of a worker closes its pipe.
    timers = [threading.Timer(0.02, each.close) for each in (theirs[1], theirs[8])]
    for timer in timers:
        timer.start()
    heard = set()
    while len(heard) < 2:
        heard |= set(processes._wait([each for each in ours if each not in heard], 600))
    assert heard == {ours[1], ours[8]}
    for timer in timers:  # one that is still closing its pipe would meet the fixture doing so
        timer.join()


@pytest.mark.slow
def test_a_search_in_groups_gives_the_same_rows_and_settles_those_who_die(monkeypatch):
    problem = Crashing()
    genomes = draw(problem, 60)
    found = []
    for most in (processes._AT_ONCE, 3):
        monkeypatch.setattr(processes, "_AT_ONCE", most)
        with make_executor("processes", problem, 5, chunk_size=2) as executor:
            rows, n_times = gather(executor, genomes)
        assert (n_times == 1).all()
        found.append(rows)
    assert {int(Status.OK), int(Status.CRASHED)} == set(found[0].status)
    assert_equal_results(*found)
    assert not children()
