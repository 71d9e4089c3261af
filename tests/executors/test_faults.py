"""The fault matrix: one row misbehaves, and exactly that row is charged.

The workers are the same ones all along, so what one fault leaves behind meets the next.
"""

import os
import uuid

import numpy as np
import psutil
import pytest

from evosearch.executors import Limits
from evosearch.executors.local.launch import start_tracker
from evosearch.population import Status
from tests.contracts.executor import gather, make_executor
from tests.executors.processes import children, marked, wait_until
from tests.misbehaviours import MISBEHAVIOURS, OUTCOMES, WRITING, Misbehaving

pytestmark = pytest.mark.posix

CULPRIT = 5
HOWS = list(MISBEHAVIOURS)
LONG = {
    "lets_a_child_eat_memory",
    "lets_copies_eat_memory_together",
    "shares_memory_with_its_copies",
}


def genomes_where(how, n=20):
    genomes = np.zeros((n, 2))
    genomes[:, 0] = np.arange(n)
    genomes[CULPRIT, 1] = 1 + HOWS.index(how)
    return genomes


@pytest.fixture(scope="module")
def executors(tmp_path_factory):
    """One executor with a short time limit, one with a memory limit, and their logs."""
    start_tracker()  # which stays as long as this process
    mark = os.environ["EVOSEARCH_MARK"] = uuid.uuid4().hex
    folder = tmp_path_factory.mktemp("logs")
    limits = {
        Status.TIMEOUT: Limits(timeout_s=1.0, log_folder=str(folder / "short")),
        None: Limits(timeout_s=60.0, memory_bytes=2**29, log_folder=str(folder / "long")),
    }
    made = {
        key: make_executor("processes", Misbehaving(), limits=limit)
        for key, limit in limits.items()
    }
    yield made
    for executor in made.values():
        executor.close()
    del os.environ["EVOSEARCH_MARK"]
    assert wait_until(lambda: not children()), children()
    assert not marked(mark), marked(mark)


@pytest.fixture(scope="module")
def reference():
    """What the rows measure when nobody misbehaves."""
    genomes = genomes_where("raises")
    genomes[:, 1] = 0
    with make_executor("processes", Misbehaving()) as executor:
        return gather(executor, genomes)[0]


# Each of these costs three workers; the first of them stands for the others.
SLOW = {*LONG, *WRITING[1:]}


@pytest.mark.parametrize(
    "how", [pytest.param(how, marks=pytest.mark.slow if how in SLOW else ()) for how in HOWS]
)
def test_only_the_culprit_is_charged(executors, reference, how):
    status, reason = OUTCOMES[how]
    executor = executors.get(status, executors[None])
    before = psutil.Process().memory_info().rss
    found, n_times = gather(executor, genomes_where(how))
    assert (n_times == 1).all()
    others = np.delete(np.arange(20), CULPRIT)
    np.testing.assert_array_equal(found.error[others], None)
    assert (found.status[others] == Status.OK).all()
    np.testing.assert_array_equal(found.fitness[others], others)
    # The draws too: no row can tell which others were measured before it.
    np.testing.assert_array_equal(found.metrics[others], reference.metrics[others])
    assert Status(found.status[CULPRIT]) is status, found.error[CULPRIT]
    if reason is None:
        assert found.fitness[CULPRIT] == 5.0
        assert found.error[CULPRIT] is None
    else:
        assert found.error[CULPRIT].startswith(reason)
        assert len(found.error[CULPRIT].encode()) <= 200
    assert psutil.Process().memory_info().rss - before < 50 * 2**20


def test_logs_are_cut_and_those_of_silent_workers_removed(tmp_path):
    limits = Limits(log_folder=str(tmp_path / "logs"))
    with make_executor("processes", Misbehaving(), limits=limits) as executor:
        gather(executor, genomes_where("prints_a_gigabyte"))
    (log,) = (tmp_path / "logs").iterdir()
    assert 2**18 < log.stat().st_size < 2**20
    log.unlink()
    with make_executor("processes", Misbehaving(), limits=limits) as executor:
        gather(executor, genomes_where("raises"))
    assert not (tmp_path / "logs").exists()


def test_what_is_printed_and_where_it_crashed_can_be_read(tmp_path):
    limits = Limits(log_folder=str(tmp_path / "logs"))
    with make_executor("processes", Misbehaving(), limits=limits) as executor:
        gather(executor, genomes_where("segfaults"))
    text = "".join(path.read_text() for path in (tmp_path / "logs").iterdir())
    assert "Fatal Python error: Segmentation fault" in text
    assert "misbehaviours.py" in text


def test_every_row_may_crash(executors):
    genomes = genomes_where("raises", n=6)[3:]
    genomes[:, 1] = 1 + HOWS.index("exits_quietly")
    found, n_times = gather(executors[None], genomes)
    assert (n_times == 1).all()
    assert (found.status == Status.CRASHED).all()


def test_many_deaths_leak_neither_descriptors_nor_memory(executors):
    process = psutil.Process()
    genomes = genomes_where("exits_quietly", n=6)
    gather(executors[None], genomes)
    before = process.num_fds(), process.memory_info().rss
    for _ in range(3):
        gather(executors[None], genomes)
    assert process.num_fds() <= before[0] + 4
    assert process.memory_info().rss - before[1] < 50 * 2**20
