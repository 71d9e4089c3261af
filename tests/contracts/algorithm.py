"""What every algorithm must keep, whichever it is."""

import numpy as np
import pytest

from evosearch.algorithms import find_algorithm
from evosearch.genome.canonical import canonicalise
from evosearch.genome.space import Float, Space
from evosearch.problems.analytic import Mixed, Rastrigin, Sphere, Steps
from evosearch.problems.evaluation import evaluate_genomes
from tests.spaces import rule_space


def search(problem, name, population, generations, seed):
    """Run a search by hand; its proposals and their evaluations."""
    algorithm = find_algorithm(name)(problem.space, population, seed)
    asked = []
    for _ in range(generations):
        proposal = algorithm.ask()
        if not len(proposal):
            break
        found = evaluate_genomes(problem, proposal.genomes)
        algorithm.tell(proposal, found)
        asked.append((proposal, found))
    return asked


class AlgorithmContract:
    """Inherited once for each name in ALGORITHMS."""

    name = ""

    def test_a_budget_buys_that_many_distinct_genomes(self):
        asked = search(Mixed(), self.name, 30, 20, seed=1)
        ids = np.concatenate([proposal.genome_ids for proposal, _ in asked])
        assert len(ids) == len(np.unique(ids, axis=0)) == 600
        assert all(len(proposal) == 30 for proposal, _ in asked)

    def test_proposals_are_canonical_and_in_bounds(self):
        problem = Sphere(3)
        problem.space = rule_space()
        algorithm = find_algorithm(self.name)(problem.space, 50, 3)
        for _ in range(10):
            proposal = algorithm.ask()
            again = canonicalise(
                algorithm.layout, proposal.genomes, np.zeros_like(proposal.genomes)
            )
            np.testing.assert_array_equal(again, proposal.genomes)
            problem.space.encode(problem.space.decode(proposal.genomes))
            found = evaluate_genomes(Sphere(3), np.nan_to_num(proposal.genomes))
            algorithm.tell(proposal, found)

    def test_one_seed_asks_the_same_and_another_does_not(self):
        runs = [search(Rastrigin(4), self.name, 20, 8, seed) for seed in (5, 5, 6)]
        ids = [np.concatenate([p.genome_ids for p, _ in run]) for run in runs]
        np.testing.assert_array_equal(ids[0], ids[1])
        assert not np.array_equal(ids[0], ids[2])

    def test_telling_the_same_again_leads_to_the_same_next_question(self):
        asked = search(Rastrigin(4), self.name, 20, 8, seed=5)
        resumed = find_algorithm(self.name)(Rastrigin(4).space, 20, 5)
        for proposal, found in asked:
            again = resumed.ask()
            np.testing.assert_array_equal(again.genomes, proposal.genomes)
            resumed.tell(again, found)

    def test_a_finite_space_is_searched_to_its_end(self):
        asked = search(Steps(), self.name, 10, 100, seed=2)
        ids = np.concatenate([proposal.genome_ids for proposal, _ in asked])
        assert len(np.unique(ids, axis=0)) == len(ids) == 48
        assert min(proposal.n_duplicates for proposal, _ in asked) >= 0
        assert max(found.fitness.max() for _, found in asked) == 0

    def test_a_space_of_one_genome_ends_after_it(self):
        problem = Sphere(1)
        problem.space = Space(Float("x0", 2, 2))
        asked = search(problem, self.name, 5, 10, seed=2)
        assert [len(proposal) for proposal, _ in asked] == [1]

    @pytest.mark.parametrize("n_failed", [0, 15, 30])
    def test_failures_and_infeasible_genomes_are_taken_calmly(self, n_failed):
        algorithm = find_algorithm(self.name)(Mixed().space, 30, 9)
        for _ in range(5):
            proposal = algorithm.ask()
            found = evaluate_genomes(Mixed(), proposal.genomes)
            found.status[:n_failed] = 1
            found.fitness[:n_failed] = np.nan
            found.feasible[:] = False
            found.violation[:] = 1.0
            algorithm.tell(proposal, found)
        assert algorithm.generation == 5
