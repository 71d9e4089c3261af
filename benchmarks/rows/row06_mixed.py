"""Row 6: a mixed genome of 10 ints, 10 floats, 5 categories and 3 genes under a condition.

The objective is as cheap as each library lets it be, so that what is compared is the search.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import Row, Turns, format_s, run_row, take_turns
from evosearch.genome.space import Categorical, Float, Int, Space
from evosearch.problems.base import Batch, Problem

SIZES = (100, 1_000)
OURS = "evosearch"
CHOICES = ["a", "b", "c", "d"]
# Seconds to stop a slow search after; what it did until then counts.
ENOUGH_S = 2.0


class MixedGenome(Problem):
    """Sums of squares and a penalty for categories; three genes count only for c0 = a."""

    direction = "minimize"
    version = "1"
    is_trusted = True

    def __init__(self) -> None:
        self.space = Space(
            *(Int(f"i{k}", -50, 50) for k in range(10)),
            *(Float(f"f{k}", -5.0, 5.0) for k in range(10)),
            *(Categorical(f"c{k}", CHOICES) for k in range(5)),
            *(Float(f"d{k}", 0.0, 1.0, when={"c0": "a"}) for k in range(3)),
        )

    def evaluate_batch(self, batch: Batch) -> NDArray[Any]:
        """As in the base class; genomes hold numbers as they are and categories as codes."""
        squares = np.nan_to_num(batch.genomes) ** 2
        result: NDArray[Any] = squares.sum(axis=1)
        return result


def objective(params: dict[str, Any]) -> float:
    """The same for one genome as a dict."""
    total = 0.0
    for value in params.values():
        number = CHOICES.index(value) if isinstance(value, str) else value
        total += number * number
    return total


def evosearch_engine(n: int, n_generations: int) -> float:
    """Seconds an offspring: ask, evaluate, tell."""
    from evosearch.algorithms.genetic import Genetic
    from evosearch.problems.evaluator import Evaluator

    problem = MixedGenome()
    evaluator = Evaluator(problem)
    algorithm = Genetic(problem.space, n, 1)
    began = time.perf_counter()
    for _ in range(n_generations):
        proposal = algorithm.ask()
        algorithm.tell(proposal, evaluator.evaluate(proposal.genomes))
    return (time.perf_counter() - began) / (n * n_generations)


def pymoo_mixed(n: int, n_generations: int, checks_duplicates: bool = True) -> float:
    """`MixedVariableGA`; it knows no conditions, so it searches 28 plain variables."""
    from pymoo.core.duplicate import NoDuplicateElimination
    from pymoo.core.mixed import MixedVariableGA, MixedVariableMating
    from pymoo.core.problem import Problem as PymooProblem
    from pymoo.core.variable import Choice, Integer, Real

    class Mixed(PymooProblem):  # type: ignore[misc]
        def __init__(self) -> None:
            variables: dict[str, Any] = {f"i{k}": Integer(bounds=(-50, 50)) for k in range(10)}
            variables |= {f"f{k}": Real(bounds=(-5.0, 5.0)) for k in range(10)}
            variables |= {f"c{k}": Choice(options=CHOICES) for k in range(5)}
            variables |= {f"d{k}": Real(bounds=(0.0, 1.0)) for k in range(3)}
            super().__init__(vars=variables, n_obj=1)

        def _evaluate(self, x: Any, out: dict[str, Any], *args: Any, **more: Any) -> None:
            out["F"] = np.array([objective(params) for params in x])[:, None]

    more: dict[str, Any] = {}
    if not checks_duplicates:
        unchecked = NoDuplicateElimination()
        mating = MixedVariableMating(eliminate_duplicates=unchecked)
        more = {"mating": mating, "eliminate_duplicates": unchecked}
    algorithm = MixedVariableGA(pop_size=n, **more)
    algorithm.setup(Mixed(), termination=("n_gen", 10**9), seed=1, verbose=False)
    began = time.perf_counter()
    for done in range(1, n_generations + 1):
        algorithm.next()
        # The first generation is drawn, not bred, and would flatter or spoil the figure.
        if time.perf_counter() - began > ENOUGH_S and done > 1:
            break
    return (time.perf_counter() - began) / (n * done)


def pymoo_unchecked(n: int, n_generations: int) -> float:
    """As `pymoo_mixed` without its duplicate check."""
    return pymoo_mixed(n, n_generations, checks_duplicates=False)


def optuna_nsga2(n: int, n_generations: int) -> float:
    """`NSGAIISampler` with the condition, asked and told, in memory."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.NSGAIISampler(population_size=n, seed=1))
    began, done = time.perf_counter(), 0
    for done in range(1, n * n_generations + 1):
        trial = study.ask()
        params: dict[str, Any] = {f"i{k}": trial.suggest_int(f"i{k}", -50, 50) for k in range(10)}
        params |= {f"f{k}": trial.suggest_float(f"f{k}", -5.0, 5.0) for k in range(10)}
        params |= {f"c{k}": trial.suggest_categorical(f"c{k}", CHOICES) for k in range(5)}
        if params["c0"] == "a":
            params |= {f"d{k}": trial.suggest_float(f"d{k}", 0.0, 1.0) for k in range(3)}
        study.tell(trial, objective(params))
        if done > 2 * n and time.perf_counter() - began > ENOUGH_S:
            break
    return (time.perf_counter() - began) / done


ENGINES: dict[str, Callable[[int, int], float]] = {
    OURS: evosearch_engine,
    "pymoo MixedVariableGA": pymoo_mixed,
    "pymoo, no duplicate check": pymoo_unchecked,
    "Optuna NSGA-II": optuna_nsga2,
}


def measure(quick: bool) -> Row:
    """Engine overhead on a mixed, conditional genome."""
    warnings.simplefilter("ignore")
    sizes, n_generations = (SIZES[:1], 5) if quick else (SIZES, 20)
    row = Row(
        "row06",
        "Mixed genome",
        f"10 ints, 10 floats, 5 categories and 3 floats that count only under one category: "
        f"seconds for each offspring over {n_generations} generations (of a slow search, over at "
        "least two and 2 s). pymoo knows no conditions and searches 28 plain variables.",
        ["", *(f"population {n:,}" for n in sizes), *(f"/ evosearch, {n:,}" for n in sizes)],
    )
    found: dict[int, Turns] = {}
    for n in sizes:
        evosearch_engine(n, 3)  # compiled, or loaded from the cache
        things = {
            name: (lambda engine=engine, n=n: engine(n, n_generations))
            for name, engine in ENGINES.items()
        }
        found[n] = take_turns(things, 1 if quick else 5, warm_up=False, budget_s=40.0)
        for name, reason in found[n].failures.items():
            row.fail(f"{name}, population {n:,}", reason)
    for name in ENGINES:
        costs = [format_s(found[n].median(name)) for n in sizes]
        ratios = [found[n].ratio(name, OURS) for n in sizes]
        row.add(name, *costs, *("-" if r is None else f"{r:,.0f}" for r in ratios))
    for n in sizes:
        for name in list(ENGINES)[1:]:
            row.claim(
                f"{format_s(found[n].median(OURS))} an offspring at {n:,}",
                f"{name} {format_s(found[n].median(name))}",
                found[n].ratio(name, OURS),
                ">= 50 x",
                at_least=50.0,
            )
    return row


if __name__ == "__main__":
    run_row(measure)
