"""What an objective does to the pipes of its worker harms neither the search nor other rows."""

import os
import socket
import stat
from pathlib import Path

import numpy as np
import pytest

from evosearch import Categorical, Int, Problem, Space
from evosearch.executors.local import watch
from evosearch.population import Status
from tests.contracts.executor import assert_equal_results, gather, make_executor
from tests.executors.processes import wait_until
from tests.fakes import Plain
from tests.misbehaviours import (
    MISBEHAVIOURS,
    PARALLEL,
    WRITING,
    WROTE,
    Misbehaving,
    write_everywhere,
)

pytestmark = pytest.mark.posix


HOWS = ["closes", "speaks", "steals"]


class Meddling(Problem):
    """Row 1 does something to its pipes, and looks at what becomes of the others."""

    space = Space(Int("k", 0, 99), Categorical("how", HOWS))
    direction = "maximize"
    version = "1"

    def evaluate(self, params):
        folder = Path(os.environ["EVOSEARCH_MARK"])
        if params["k"] != 1:
            (folder / str(params["k"])).touch()
            return float(params["k"])
        if params["how"] == "steals":
            return float(wait_until(steal, 60))
        if params["how"] == "closes":
            os.closerange(3, 1024)
        else:
            write_everywhere(b"\n", (stat.S_IFIFO,))  # the sentinel, not the pipe
        return float(wait_until(lambda: len(list(folder.iterdir())) == 9, 60))


def steal():
    """Whether there was something to read in any socket."""
    for descriptor in range(3, 200):
        try:
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                with socket.socket(fileno=os.dup(descriptor)) as one:
                    if one.recv(4096, socket.MSG_DONTWAIT):
                        return True
        except OSError:
            continue
    return False


def rows_of(how, n):
    genomes = np.zeros((n, 2))
    genomes[:, 0], genomes[:, 1] = np.arange(n), HOWS.index(how)
    return genomes


def test_a_worker_that_goes_on_without_its_pipes_stalls_nobody(tmp_path, monkeypatch):
    monkeypatch.setenv("EVOSEARCH_MARK", str(tmp_path))
    with make_executor("processes", Meddling(), n_workers=2, chunk_size=1) as executor:
        for how in ("closes", "speaks"):
            found, n_times = gather(executor, rows_of(how, 10))
            assert (n_times == 1).all()
            assert found.error.tolist() == [None] * 10
            np.testing.assert_array_equal(found.fitness, np.arange(10))
            for path in tmp_path.iterdir():
                path.unlink()


@pytest.mark.slow
def test_a_message_that_an_objective_reads_away_is_sent_again(tmp_path, monkeypatch):
    monkeypatch.setenv("EVOSEARCH_MARK", str(tmp_path))
    monkeypatch.setattr(watch, "BEGINS_WITHIN_S", 1.0)
    with make_executor("processes", Meddling(), n_workers=1, chunk_size=1) as executor:
        found, n_times = gather(executor, rows_of("steals", 30))
    assert (n_times == 1).all()
    assert found.error.tolist() == [None] * 30
    np.testing.assert_array_equal(found.fitness, np.arange(30))


@pytest.mark.slow
def test_a_worker_ends_when_it_is_told_to_whatever_threads_are_left():
    genomes = np.array([[0.0, 1 + list(MISBEHAVIOURS).index("leaves_a_thread_running")]])
    with make_executor("processes", Misbehaving(), n_workers=1) as executor:
        gather(executor, genomes)
        (worker,) = executor._workers
        worker.send_stop()
        assert wait_until(worker.has_ended)
        assert worker.process.exitcode == 0


class Forging(Plain):
    """Says that it is ready before it is."""

    def setup(self):
        write_everywhere(b"\0\0\0\2{}")


@pytest.mark.slow
def test_a_forged_greeting_is_found_out():
    genomes = np.zeros((1, len(Plain.space)))
    with make_executor("processes", Forging(), n_workers=1) as executor:
        found, _ = gather(executor, genomes)
    assert found.error.tolist() == [WROTE]


@pytest.mark.slow
@pytest.mark.parametrize("kinds", [WRITING, PARALLEL])
def test_the_number_of_workers_does_not_matter(kinds):
    genomes = np.zeros((8 * len(kinds), 2))
    genomes[:, 0] = np.arange(len(genomes))
    for place, how in enumerate(kinds):
        genomes[8 * place + 3, 1] = 1 + list(MISBEHAVIOURS).index(how)
    with make_executor("processes", Misbehaving(), n_workers=1) as executor:
        reference, _ = gather(executor, genomes)
    assert (reference.status == Status.OK).sum() >= 7 * len(kinds)
    for name, n_workers in (("processes", 2), ("processes", 5), ("serial", 1)):
        if name == "serial" and kinds is WRITING:
            continue  # nobody is there to find out
        with make_executor(name, Misbehaving(), n_workers=n_workers) as executor:
            assert_equal_results(gather(executor, genomes)[0], reference)
