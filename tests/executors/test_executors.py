import time

import numpy as np
import pytest

from evosearch.errors import UsageError, WorkerLost
from evosearch.executors import EXECUTORS, Limits
from evosearch.executors.base import CHUNK_S, Pace
from evosearch.population import Status
from evosearch.problems.evaluation import evaluate_genomes
from evosearch.problems.evaluator import Evaluator
from tests.contracts.executor import (
    ExecutorContract,
    assert_equal_results,
    draw,
    gather,
    make_executor,
)
from tests.executors.processes import children
from tests.fakes import Heavy, Plain, Slow, Trusted, Unpicklable


class TestSerial(ExecutorContract):
    name = "serial"


class TestThreads(ExecutorContract):
    name = "threads"

    def make_problem(self, kind):
        return type(kind.__name__, (kind,), {"is_trusted": True})()


class TestProcesses(ExecutorContract):
    name = "processes"


class TestAuto(ExecutorContract):
    name = "auto"


def test_every_executor_is_under_contract():
    tested = {kind.name for kind in ExecutorContract.__subclasses__()}
    # Its tests are a file of their own, which Ray may be missing for.
    assert tested | {"ray"} >= set(EXECUTORS)


def test_large_arrays_are_shared_and_read_only():
    problem = Heavy(n_columns=2000)  # 16 MB
    genomes = np.arange(1000.0)[:, None]
    with make_executor("processes", problem) as executor:
        found, _ = gather(executor, genomes)
        assert len(executor._package.payload) < 10_000
    np.testing.assert_array_equal(found.metrics[:, 0], problem.table.sum(axis=1))
    assert (found.metrics[:, 1] == 0).all()


def test_a_problem_that_cannot_be_pickled_is_built_again_in_the_worker():
    problem = Unpicklable(offset=0.5)
    genomes = draw(problem, 20)
    with make_executor("processes", problem, options={"offset": 0.5}) as executor:
        found, _ = gather(executor, genomes)
    assert_equal_results(found, evaluate_genomes(problem, genomes))


class Unready(Plain):
    """Its workers cannot prepare."""

    def setup(self):
        raise OSError("no database")


def test_a_worker_that_cannot_prepare_ends_the_run_with_its_reason():
    problem = Unready()
    evaluator = Evaluator(problem, "tests.executors.test_executors:Unready")
    from evosearch.executors.local.processes import Processes

    with Processes(evaluator, 2) as executor, pytest.raises(WorkerLost, match="no database"):
        gather(executor, draw(problem, 5))
    assert not children()


def test_auto_stays_in_this_process_for_small_work_and_moves_for_large():
    class SlowTrusted(Slow):
        is_trusted = True

    moves = []
    problem = SlowTrusted()
    evaluator = Evaluator(problem, "tests.fakes:Slow")
    from evosearch.executors.auto import Auto

    def announce(kind, n_workers):
        moves.append((kind, n_workers))

    genomes = draw(problem, 40)
    with Auto(evaluator, 2, n_expected=40, announce=announce) as executor:
        gather(executor, genomes)
        assert executor.kind == "serial"
    assert moves == []
    executor = Auto(evaluator, 2, n_expected=10**6, announce=announce)
    executor._inner.evaluator = evaluator
    try:
        found, n_times = gather(executor, draw(problem, 5))
    except Exception:
        # The local class cannot travel; that it tried to move is what counts here.
        found = None
    finally:
        executor.close()
    assert moves == [("processes", 2)]
    assert found is None or (n_times == 1).all()


def test_auto_uses_threads_where_they_run_in_parallel_and_processes_where_trust_is_missing():
    for problem, kind in ((Trusted(), "threads"), (Plain(), "processes")):
        with make_executor("auto", problem) as executor:
            assert executor.kind == kind


def test_threads_are_refused_where_rows_would_depend_on_their_timing():
    with pytest.raises(UsageError, match=r'backend = "threads".*processes.*is_trusted = True'):
        make_executor("threads", Plain())


@pytest.mark.parametrize("limits", [Limits(timeout_s=60), Limits(memory_bytes=2**40)])
def test_a_limit_is_kept_by_processes_and_refused_by_name_elsewhere(limits):
    name = "memory_gib" if limits.timeout_s is None else "timeout_s"
    for backend in ("serial", "threads"):
        with pytest.raises(UsageError, match=f'^{name} cannot .*backend = "{backend}".*processes'):
            make_executor(backend, Trusted(), limits=limits)
    with make_executor("auto", Trusted(), limits=limits) as executor:
        assert executor.kind == "processes"


class Sticky(Trusted):
    """Trusted, and wrongly so: some of its batches never end."""

    def evaluate_batch(self, batch):
        while (np.asarray(batch["k"]) == 7).any():
            time.sleep(0.01)
        return super().evaluate_batch(batch)


@pytest.mark.slow
def test_a_batch_that_overstays_costs_its_own_row_alone_also_when_trusted():
    problem = Sticky()
    genomes = draw(problem, 5)
    genomes[:, 1] = [1, 7, 2, 3, 4]
    with make_executor("auto", problem, limits=Limits(timeout_s=2)) as executor:
        found, n_times = gather(executor, genomes)
    assert (n_times == 1).all()
    np.testing.assert_array_equal(found.status == Status.TIMEOUT, genomes[:, 1] == 7)


def test_chunks_grow_to_the_wanted_time_and_shrink_at_the_end():
    pace = Pace()
    assert pace.chunk_size(1000, 2, 4096) == 1
    for _ in range(20):
        pace.learn(10, 10 * 1e-4)
    assert pace.chunk_size(10**6, 2, 4096) == pytest.approx(CHUNK_S / 1e-4, rel=0.01)
    assert pace.chunk_size(100, 2, 4096) == 25
    assert pace.chunk_size(1, 2, 4096) == 1
    assert pace.chunk_size(10**6, 2, 64) == 64


class Steady(Plain):
    """Ten milliseconds, whatever the genome."""

    def evaluate(self, params):
        time.sleep(0.01)
        return super().evaluate(params)


def test_who_was_away_for_a_while_hands_out_no_larger_chunks():
    problem, sizes = Steady(), []
    with make_executor("processes", problem, n_workers=8) as executor:
        for rows, _ in executor.evaluate(draw(problem, 3000)):
            sizes.append(len(rows))
            if len(sizes) == 200:
                time.sleep(0.3)  # as when a commit is written; the chunks behind end meanwhile
    assert sum(sizes) == 3000
    assert max(sizes) <= 2 * CHUNK_S / 0.01
