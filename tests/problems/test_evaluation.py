import math
import random
from enum import StrEnum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evosearch import Categorical, Float, Int, Problem, Space
from evosearch.population import Status
from evosearch.problems import evaluate_genomes
from evosearch.problems.analytic import Mixed, Rastrigin, Sphere


class Returns(Problem):
    space = Space(Float("x", 0, 1))
    direction = "minimize"
    metrics = ("objective", "cost")
    version = "1"

    def __init__(self, result):
        self.result = result

    def evaluate(self, params):
        return self.result


def measure(problem, genomes=((0.5,),)):
    return evaluate_genomes(problem, np.array(genomes))


@pytest.mark.parametrize("value", [1, 1.5, np.float32(2), np.array(3.0), np.array([4.0]), True])
def test_any_real_number_is_an_objective(value):
    found = measure(Returns(value))
    assert found.status[0] == Status.OK
    assert found.fitness[0] == -float(np.asarray(value).reshape(-1)[0])
    assert found.feasible[0]


def test_metrics_by_name_are_kept_and_missing_ones_are_null():
    found = measure(Returns({"objective": 1, "cost": 2}))
    assert found.metrics[0].tolist() == [1, 2]
    found = measure(Returns({"objective": 1}))
    assert math.isnan(found.metrics[0, 1])
    assert found.status[0] == Status.OK


def test_an_undeclared_metric_says_what_to_write():
    found = measure(Returns({"objective": 1, "speed": 2}))
    assert found.status[0] == Status.FAILED
    assert "metrics = ('objective', 'cost', 'speed')" in found.error[0]


def test_a_violation_makes_a_genome_infeasible_and_excuses_a_missing_objective():
    found = measure(Returns({"objective": math.nan, "violation": 2.5}))
    assert (found.status[0], found.feasible[0], found.violation[0]) == (Status.OK, False, 2.5)
    assert math.isnan(found.fitness[0])
    assert measure(Returns({"objective": 1, "violation": -1})).status[0] == Status.FAILED
    assert measure(Returns({"objective": 1, "violation": math.nan})).status[0] == Status.FAILED


def test_maximised_and_minimised_objectives_are_both_better_when_fitter():
    problem = Returns(3.0)
    problem.direction = "maximize"
    assert measure(problem).fitness[0] == 3.0
    assert measure(Returns(3.0)).fitness[0] == -3.0


def test_negative_zero_never_reaches_a_shard():
    found = measure(Returns(-0.0))
    assert math.copysign(1, found.metrics[0, 0]) == 1
    assert math.copysign(1, found.fitness[0]) == 1


class ReturnsBatch(Returns):
    def evaluate_batch(self, batch):
        return {name: np.full(len(batch.genomes), value) for name, value in self.result.items()}


@given(
    objective=st.floats(),
    cost=st.floats(),
    violation=st.floats(min_value=0, allow_nan=False),
    direction=st.sampled_from(["minimize", "maximize"]),
)
def test_one_at_a_time_and_as_a_batch_leave_the_same_row(objective, cost, violation, direction):
    result = {"objective": objective, "cost": cost, "violation": violation}
    rows = []
    for kind in (Returns, ReturnsBatch):
        problem = kind(result)
        problem.direction = direction
        rows.append(measure(problem))
    single, batch = rows
    for name in ("status", "fitness", "feasible", "violation", "error"):
        np.testing.assert_array_equal(getattr(single, name), getattr(batch, name), name)
    if single.status[0] == Status.OK:
        assert single.metrics.tobytes() == batch.metrics.tobytes()


class BatchWithABadOne(Problem):
    space = Space(Int("k", 0, 99))
    direction = "maximize"
    version = "1"

    def evaluate_batch(self, batch):
        if (batch["k"] == 42).any():
            raise ValueError("forty-two")
        return batch["k"].astype(float)


def test_one_bad_genome_does_not_take_its_batch_along():
    found = evaluate_genomes(BatchWithABadOne(), np.arange(100.0)[:, None])
    assert np.flatnonzero(found.status != Status.OK).tolist() == [42]
    assert found.error[42] == "ValueError: forty-two"
    np.testing.assert_array_equal(np.delete(found.fitness, 42), np.delete(np.arange(100.0), 42))


@pytest.mark.parametrize(
    "result", [np.zeros(2), np.zeros((3, 1)), ["a", "b", "c"], {"objective": np.zeros(4)}, None]
)
def test_a_batch_of_the_wrong_shape_is_a_failure_with_its_reason(result):
    class Wrong(Problem):
        space = Space(Int("k", 0, 9))
        direction = "maximize"

        def evaluate_batch(self, batch):
            return result

    found = evaluate_genomes(Wrong(), np.arange(3.0)[:, None])
    assert (found.status == Status.FAILED).all()
    assert "evaluate_batch gave" in found.error[0]


@pytest.mark.parametrize(
    ("problem", "best"),
    [
        (Sphere(4), {f"x{k}": 0.0 for k in range(4)}),
        (Rastrigin(4), {f"x{k}": 0.0 for k in range(4)}),
        (Mixed(), {"rate": 0.01, "count": 3, "step": 5, "mode": "fine", "mirrored": True, "detail": 0.0}),
    ],
)  # fmt: skip
def test_analytic_problems_have_their_known_optimum(problem, best):
    found = evaluate_genomes(problem, problem.space.encode([best]))
    assert found.fitness[0] == 0
    rng = np.random.default_rng(0)
    from evosearch.genome.canonical import canonicalise, make_layout

    fill = rng.random((2000, len(problem.space)))
    others = canonicalise(make_layout(problem.space), np.full(fill.shape, np.nan), fill)
    assert (evaluate_genomes(problem, others).fitness < 0).all()


class Mode(StrEnum):
    FINE = "fine"
    COARSE = "coarse"


@pytest.mark.parametrize("modes", [("fine", "coarse"), tuple(Mode)])
def test_chance_in_an_objective_follows_the_genome_alone(modes):
    class Noisy(Returns):
        space = Space(Float("x", 0, 1), Categorical("mode", modes))

        def evaluate(self, params):
            return random.random() + np.random.random()

    genomes = np.array([(0.5, 0.0), (0.25, 1.0), (0.5, 1.0), (0.5, 0.0)])
    fitness = measure(Noisy(0), genomes).fitness
    assert fitness[0] == fitness[3]
    assert len(set(fitness.tolist())) == 3
    assert measure(Noisy(0), genomes[::-1]).fitness.tolist() == fitness[::-1].tolist()


def test_control_characters_in_a_reason_are_made_visible():
    class Loud(Returns):
        def evaluate(self, params):
            raise ValueError("\x1b]0;evil\x07 line\nbreak")

    found = measure(Loud(0))
    assert found.error[0] == "ValueError: \\x1b]0;evil\\x07 line break"
