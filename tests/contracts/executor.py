"""What every executor must keep, whichever it is."""

import numpy as np
import pytest

from evosearch.executors import find_executor
from evosearch.genome.canonical import canonicalise, make_layout
from evosearch.population import Evaluations, Status
from evosearch.problems.evaluation import evaluate_genomes
from evosearch.problems.evaluator import Evaluator
from tests.fakes import Batched, Plain, Slow


def make_executor(name, problem, n_workers=2, limits=None, **more):
    kind = type(problem)
    evaluator = Evaluator(problem, f"{kind.__module__}:{kind.__name__}", more.pop("options", {}))
    made = find_executor(name)
    if "start_method" in more:
        made = type(name, (made,), {"start_method": more.pop("start_method")})
    chunk_size = more.pop("chunk_size", None)
    executor = made(evaluator, n_workers, limits, **more)
    if chunk_size is not None:
        executor._pace.chunk_size = lambda *_: chunk_size
    return executor


def draw(problem, n, seed=0):
    fill = np.random.default_rng(seed).random((n, len(problem.space)))
    return canonicalise(make_layout(problem.space), np.full(fill.shape, np.nan), fill)


def gather(executor, genomes):
    """All results in their places, and how often each row came."""
    n_metrics = executor.evaluator.n_metrics
    found = Evaluations.empty(len(genomes), n_metrics)
    n_times = np.zeros(len(genomes), int)
    for rows, part in executor.evaluate(genomes):
        assert len(rows) == len(part)
        found.place(rows, part)
        np.add.at(n_times, rows, 1)
    return found, n_times


def assert_equal_results(a, b):
    for name in ("status", "fitness", "feasible", "violation", "metrics", "error"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)


class ExecutorContract:
    """Inherited once for each name in EXECUTORS."""

    name = ""

    def make_problem(self, kind):
        """One that this executor takes."""
        return kind()

    @pytest.mark.parametrize("kind", [Plain, Batched])
    @pytest.mark.parametrize("n", [1, 2, 7, 300])
    def test_every_row_comes_once_and_equals_the_reference(self, kind, n):
        problem = self.make_problem(kind)
        genomes = draw(problem, n)
        with make_executor(self.name, problem) as executor:
            found, n_times = gather(executor, genomes)
        assert (n_times == 1).all()
        assert_equal_results(found, evaluate_genomes(problem, genomes))
        assert (found.status == Status.OK).all()

    def test_several_generations_use_the_same_workers(self):
        problem = self.make_problem(Plain)
        with make_executor(self.name, problem) as executor:
            for seed in range(5):
                genomes = draw(problem, 40, seed)
                found, _ = gather(executor, genomes)
                assert_equal_results(found, evaluate_genomes(problem, genomes))

    @pytest.mark.parametrize("n_workers", [1, 3])
    def test_uneven_work_lands_in_its_places(self, n_workers):
        problem = self.make_problem(Slow)
        genomes = draw(problem, 60)
        with make_executor(self.name, problem, n_workers) as executor:
            found, n_times = gather(executor, genomes)
        assert (n_times == 1).all()
        assert_equal_results(found, evaluate_genomes(Plain(), genomes))

    def test_telemetry_is_recorded(self):
        problem = self.make_problem(Slow)
        with make_executor(self.name, problem) as executor:
            found, _ = gather(executor, draw(problem, 10))
        assert (found.evaluation_s >= 0.002).all()
        assert (np.abs(found.evaluated_at_us - found.evaluated_at_us[0]) < 60e6).all()

    def test_nothing_to_evaluate_is_nothing(self):
        with make_executor(self.name, self.make_problem(Plain)) as executor:
            assert list(executor.evaluate(np.empty((0, 3)))) == []

    def test_breaking_off_leaves_a_usable_executor(self):
        problem = self.make_problem(Slow)
        genomes = draw(problem, 60)
        with make_executor(self.name, problem) as executor:
            for _rows, _part in executor.evaluate(genomes):
                break
            found, n_times = gather(executor, genomes[:20])
        assert (n_times == 1).all()
        assert_equal_results(found, evaluate_genomes(Plain(), genomes[:20]))
