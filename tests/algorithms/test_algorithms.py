import numpy as np
import pytest

from evosearch.algorithms import ALGORITHMS, find_algorithm, find_settings
from evosearch.algorithms.genetic import Genetic
from evosearch.algorithms.settings import GeneticSettings
from evosearch.population import Evaluations
from evosearch.problems.analytic import Mixed, Rastrigin, Sphere
from evosearch.problems.evaluation import evaluate_genomes
from tests.contracts.algorithm import AlgorithmContract, search


class TestGenetic(AlgorithmContract):
    name = "genetic"


class TestRandom(AlgorithmContract):
    name = "random"


def test_every_algorithm_is_under_contract():
    tested = {kind.name for kind in AlgorithmContract.__subclasses__()}
    assert tested == set(ALGORITHMS)


@pytest.mark.parametrize("name", ALGORITHMS)
def test_settings_that_are_found_without_their_algorithm_are_its_settings(name):
    assert find_settings(name) is find_algorithm(name).Settings


def best_of(problem, name, population, generations, seed):
    asked = search(problem, name, population, generations, seed)
    return -max(found.fitness.max() for _, found in asked)


@pytest.mark.parametrize("problem", [Sphere(10), Rastrigin(10), Mixed()])
def test_the_genetic_algorithm_beats_random_search(problem):
    medians = {
        name: np.median([best_of(problem, name, 40, 30, seed) for seed in range(7)])
        for name in ALGORITHMS
    }
    assert medians["genetic"] < 0.3 * medians["random"]


def test_the_first_generation_covers_every_range_evenly():
    first = Genetic(Sphere(3).space, 100, seed=1).ask()
    parts = np.floor((first.genomes + 5.12) / 10.24 * 100)
    for gene in range(3):
        assert sorted(parts[:, gene]) == list(range(100))


def test_elites_survive_unchanged_until_a_child_beats_them():
    problem = Sphere(5)
    algorithm = Genetic(problem.space, 20, 3, settings=GeneticSettings(elite_frac=0.1))
    best = -np.inf
    for _ in range(15):
        proposal = algorithm.ask()
        found = evaluate_genomes(problem, proposal.genomes)
        algorithm.tell(proposal, found)
        best = max(best, found.fitness.max())
        assert -algorithm.state.key[0] == best


def test_without_elites_the_parents_are_the_last_children():
    problem = Sphere(5)
    algorithm = Genetic(problem.space, 20, 3, settings=GeneticSettings(elite_frac=0.0))
    for _ in range(4):
        proposal = algorithm.ask()
        algorithm.tell(proposal, evaluate_genomes(problem, proposal.genomes))
        parents = {row.tobytes() for row in algorithm.state.genome_ids}
        assert parents == {row.tobytes() for row in proposal.genome_ids}


def test_failed_children_never_become_parents_while_others_live():
    problem = Sphere(2)
    algorithm = Genetic(problem.space, 10, 3)
    proposal = algorithm.ask()
    found = evaluate_genomes(problem, proposal.genomes)
    algorithm.tell(proposal, found)
    proposal = algorithm.ask()
    algorithm.tell(proposal, Evaluations.empty(10, 1))
    assert (algorithm.state.tier == 0).all()


@pytest.mark.parametrize(("mutation_rate", "n_duplicates"), [(1.0, 0), (0.0, 8 * (100 + 3))])
def test_known_genomes_are_counted_and_spare_children_are_not(mutation_rate, n_duplicates):
    problem = Sphere(5)
    settings = GeneticSettings(crossover_rate=0.0, mutation_rate=mutation_rate)
    algorithm = Genetic(problem.space, 100, 3, settings=settings)
    first = algorithm.ask()
    algorithm.tell(first, evaluate_genomes(problem, first.genomes))
    second = algorithm.ask()
    assert len(second) == 100
    assert second.n_duplicates == n_duplicates
