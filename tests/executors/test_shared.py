"""Memory that workers share: what it holds, what can be done to it, and where nothing is sealed."""

import multiprocessing
import os
import sys
import tempfile

import numpy as np
import psutil
import pytest

from evosearch.executors.local import shared
from evosearch.executors.local.shared import Shared
from evosearch.executors.local.slot import Slot
from evosearch.population import Status
from evosearch.problems.evaluation import evaluate_genomes
from tests.contracts.executor import assert_equal_results, draw, gather, make_executor
from tests.fakes import Heavy
from tests.misbehaviours import MISBEHAVIOURS, Misbehaving

CONTEXT = multiprocessing.get_context("spawn")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="seals are Linux's")


@on_linux
def test_no_descriptor_shortens_or_lengthens_it_and_none_writes_what_is_only_read():
    for block, is_writable in (
        (Shared.allocate(CONTEXT, 10_000), True),
        (Shared.hold(CONTEXT, 10_000, [(8, b"abc")]), False),
    ):
        for size in (0, 9_999, 2**20):
            with pytest.raises(PermissionError):
                os.ftruncate(block._descriptor, size)
        assert os.pread(block._descriptor, 3, 8) == (b"\0\0\0" if is_writable else b"abc")
        if not is_writable:
            with pytest.raises(PermissionError):
                os.pwrite(block._descriptor, b"x", 0)


@pytest.mark.posix
def test_memory_and_descriptor_go_with_the_last_that_looks_at_it():
    process = psutil.Process()
    before = process.num_fds()
    block = Shared.allocate(CONTEXT, 2**16)
    view = np.frombuffer(block.buffer, np.uint8)
    view[:] = 7
    block.close_descriptor()
    block.close_descriptor()
    assert process.num_fds() == before
    del block
    assert view.sum() == 7 * 2**16
    held = Shared.hold(CONTEXT, 10, [])
    assert process.num_fds() == before + 1
    del held
    assert process.num_fds() == before


def make_plain_file(size):
    handle, name = tempfile.mkstemp()
    os.unlink(name)
    os.ftruncate(handle, size)
    return handle, False


def test_a_text_that_no_row_wrote_is_not_read():
    slot = Slot.allocate(CONTEXT, 2, 1, 1)
    draft = slot.open_for(1)
    draft.evaluations.status[:] = Status.OK
    slot.header[1], slot._text_size[:] = 1, 200  # an objective was here
    assert len(slot.read_done(1)) == 0
    slot.put(0, 1, draft)
    assert slot.read_done(1).error.tolist() == [None]


@on_linux
@pytest.mark.slow
def test_rows_of_a_chunk_outlive_what_happens_to_their_memory():
    genomes = np.zeros((20, 2))
    genomes[:, 0] = np.arange(20)
    genomes[10, 1] = 1 + list(MISBEHAVIOURS).index("empties_shared_memory")
    with make_executor("processes", Misbehaving(), 1, chunk_size=20) as executor:
        found, _ = gather(executor, genomes)
        assert found.fitness.tolist() == [*range(10), 5, *range(11, 20)]
        genomes[10, 1] = 1 + list(MISBEHAVIOURS).index("overwrites_shared_memory_and_dies")
        found, n_times = gather(executor, genomes)
    assert (n_times == 1).all()
    assert np.flatnonzero(found.status).tolist() == [10]
    assert found.error[10] == "killed by SIGKILL"


@pytest.mark.posix
@pytest.mark.slow
def test_where_nothing_can_be_sealed_workers_measure_the_same(monkeypatch):
    monkeypatch.setattr(shared, "_make_file", make_plain_file)
    problem = Heavy(n_columns=100)
    genomes = draw(problem, 50)
    with make_executor("processes", problem) as executor:
        found, _ = gather(executor, genomes)
    found.metrics[:, 1] = 1  # here the table can be written to
    assert_equal_results(found, evaluate_genomes(problem, genomes))
