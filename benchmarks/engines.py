"""Genetic algorithms of several libraries on one sphere, each in the form that suits it best.

Each function prepares a search with a population of n and gives back a function that runs some
generations of it. The objective takes whole populations wherever a library can give them.
"""

from __future__ import annotations

import contextlib
import io
import random
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Generations: TypeAlias = Callable[[int], None]
N_GENES, LOW, HIGH = 20, -5.12, 5.12


def sphere(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of squares of each row."""
    result: NDArray[np.float64] = np.einsum("ij,ij->i", x, x)
    return result


def evosearch_engine(n: int) -> Generations:
    """Ask, evaluate, tell; duplicate check, ids and canonical form included."""
    from evosearch.algorithms.genetic import Genetic
    from evosearch.problems.analytic import Sphere
    from evosearch.problems.evaluator import Evaluator

    problem = Sphere(N_GENES)
    algorithm = Genetic(problem.space, n, 1)
    evaluator = Evaluator(problem)

    def generations(count: int) -> None:
        for _ in range(count):
            proposal = algorithm.ask()
            algorithm.tell(proposal, evaluator.evaluate(proposal.genomes))

    return generations


def numpy_loop(n: int) -> Generations:
    """The least a vectorised genetic algorithm does: no ids, no duplicate check, no bounds."""
    rng = np.random.default_rng(1)
    state = {"x": rng.uniform(LOW, HIGH, (n, N_GENES))}
    state["f"] = sphere(state["x"])

    def generations(count: int) -> None:
        for _ in range(count):
            x, f = state["x"], state["f"]
            entrants = rng.integers(0, n, (2, 2, n))
            parents = np.where(f[entrants[0]] < f[entrants[1]], entrants[0], entrants[1])
            weight = rng.random((n, N_GENES))
            children = weight * x[parents[0]] + (1 - weight) * x[parents[1]]
            moves = rng.random((n, N_GENES)) < 0.1
            children += moves * rng.normal(0.0, 0.3, (n, N_GENES))
            pool = np.vstack([x, children])
            values = np.concatenate([f, sphere(children)])
            best = np.argpartition(values, n)[:n]
            state["x"], state["f"] = pool[best], values[best]

    return generations


def pymoo_ga(n: int, checks_duplicates: bool = True) -> Generations:
    """`GA` over a vectorised problem."""
    from pymoo.algorithms.soo.nonconvex.ga import GA
    from pymoo.core.problem import Problem

    class Sphere(Problem):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(n_var=N_GENES, n_obj=1, xl=LOW, xu=HIGH)

        def _evaluate(self, x: Any, out: dict[str, Any], *args: Any, **more: Any) -> None:
            out["F"] = sphere(x)[:, None]

    algorithm = GA(pop_size=n, eliminate_duplicates=checks_duplicates)
    algorithm.setup(Sphere(), termination=("n_gen", 10**9), seed=1, verbose=False)

    def generations(count: int) -> None:
        for _ in range(count):
            algorithm.next()

    return generations


def pymoo_unchecked(n: int) -> Generations:
    """As `pymoo_ga`, without its duplicate check."""
    return pymoo_ga(n, checks_duplicates=False)


def deap_simple(n: int) -> Generations:
    """`eaSimple`'s generation, with a map that measures all individuals at once."""
    from deap import algorithms, base, creator, tools

    if not hasattr(creator, "Individual"):
        creator.create("Fitness", base.Fitness, weights=(-1.0,))
        creator.create("Individual", list, fitness=creator.Fitness)
    random.seed(1)
    toolbox = base.Toolbox()
    toolbox.register("mate", tools.cxTwoPoint)
    toolbox.register("mutate", tools.mutGaussian, mu=0.0, sigma=0.3, indpb=0.1)
    toolbox.register("select", tools.selTournament, tournsize=3)
    first = np.random.default_rng(1).uniform(LOW, HIGH, (n, N_GENES))
    state = [creator.Individual(row) for row in first.tolist()]

    def measure(individuals: list[Any]) -> None:
        if individuals:
            for individual, value in zip(
                individuals, sphere(np.array(individuals)).tolist(), strict=True
            ):
                individual.fitness.values = (value,)

    measure(state)

    def generations(count: int) -> None:
        for _ in range(count):
            chosen = toolbox.select(state, n)
            children = algorithms.varAnd(chosen, toolbox, cxpb=0.9, mutpb=0.5)
            measure([child for child in children if not child.fitness.valid])
            state[:] = children

    return generations


def pygad_batch(n: int) -> Generations:
    """`GA` with `fitness_batch_size` of the whole population."""
    import pygad

    def fitness(search: Any, solutions: Any, indices: Any) -> list[float]:
        result: list[float] = (-sphere(np.atleast_2d(np.asarray(solutions, float)))).tolist()
        return result

    def make(count: int, start: Any) -> Any:
        return pygad.GA(
            num_generations=count,
            num_parents_mating=max(2, n // 2),
            fitness_func=fitness,
            fitness_batch_size=n,
            initial_population=start,
            parent_selection_type="tournament",
            crossover_type="two_points",
            mutation_type="random",
            mutation_percent_genes=10,
            random_mutation_min_val=-0.5,
            random_mutation_max_val=0.5,
            keep_elitism=1,
            random_seed=1,
            suppress_warnings=True,
        )

    state = {"x": np.random.default_rng(1).uniform(LOW, HIGH, (n, N_GENES))}

    def generations(count: int) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            search = make(count, state["x"])
            search.run()
        state["x"] = search.population

    return generations


def nevergrad_de(n: int) -> Generations:
    """`TwoPointsDE` with a population of n, told whole generations."""
    import nevergrad as ng

    parameter = ng.p.Array(shape=(N_GENES,)).set_bounds(LOW, HIGH)
    family = ng.families.DifferentialEvolution(crossover="twopoints", popsize=n)
    search = family(parametrization=parameter, budget=10**9, num_workers=n)

    def generations(count: int) -> None:
        for _ in range(count):
            asked = [search.ask() for _ in range(n)]
            values = sphere(np.array([candidate.value for candidate in asked])).tolist()
            for candidate, value in zip(asked, values, strict=True):
                search.tell(candidate, value)

    return generations


def evosax_ga(n: int) -> Generations:
    """`SimpleGA`, all generations compiled into one scan."""
    import jax
    import jax.numpy as jnp
    from evosax.algorithms import SimpleGA

    search = SimpleGA(population_size=n, solution=jnp.zeros(N_GENES))
    params = search.default_params
    start = jax.random.uniform(jax.random.key(1), (n, N_GENES), minval=LOW, maxval=HIGH)

    def objective(x: Any) -> Any:
        return jnp.sum(x * x, axis=1)

    def one(carry: Any, _: Any) -> Any:
        key, state = carry
        key, ask_key, tell_key = jax.random.split(key, 3)
        x, state = search.ask(ask_key, state, params)
        state, _ = search.tell(tell_key, x, objective(x), state, params)
        return (key, state), None

    scans: dict[int, Any] = {}
    state = {
        "carry": (
            jax.random.key(2),
            search.init(jax.random.key(3), start, objective(start), params),
        )
    }

    def generations(count: int) -> None:
        if count not in scans:
            run = jax.jit(lambda carry: jax.lax.scan(one, carry, None, length=count)[0])
            scans[count] = run.lower(state["carry"]).compile()
        state["carry"] = jax.block_until_ready(scans[count](state["carry"]))

    return generations
