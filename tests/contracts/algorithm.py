"""What every algorithm must keep, whichever it is."""

from dataclasses import replace

import numpy as np
import pytest

from evosearch.algorithms import find_algorithm
from evosearch.errors import UsageError
from evosearch.genome.canonical import canonicalise
from evosearch.genome.space import Float, Space
from evosearch.population import Evaluations
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

    @pytest.mark.parametrize("problem", [Mixed(), Steps()], ids=["large", "small"])
    def test_each_genome_is_the_row_of_the_attempt_that_bred_it(self, problem):
        algorithm = find_algorithm(self.name)(problem.space, 10, 4)
        n_bred = 0
        while len(proposal := algorithm.ask()) and algorithm.generation < 9:
            place = 0
            for attempt in range(proposal.attempt.max() + 1):
                is_of = proposal.attempt == attempt
                bred = algorithm.breed(10 - place, attempt)
                np.testing.assert_array_equal(bred[proposal.row[is_of]], proposal.genomes[is_of])
                place += is_of.sum()
            assert (proposal.attempt[place:] == -1).all() and (proposal.row[place:] == -1).all()
            n_bred += place
            cut = proposal.cut(7)
            assert [*map(len, (cut, cut.genome_ids, cut.attempt, cut.row))] == [
                min(7, len(cut))
            ] * 4
            algorithm.tell(proposal, evaluate_genomes(problem, proposal.genomes))
        assert n_bred > 10

    def test_a_question_needs_its_answer_and_an_answer_its_question(self):
        algorithm = find_algorithm(self.name)(Rastrigin(4).space, 40, 5)
        first = algorithm.ask()
        with pytest.raises(UsageError, match="expected the 40 results for generation 0 before"):
            algorithm.ask()
        with pytest.raises(UsageError, match="expected 40 results for generation 0, got 3"):
            algorithm.tell(first, Evaluations.empty(3, 1))
        assert algorithm.generation == 0
        algorithm.tell(first, Evaluations.empty(40, 1))
        with pytest.raises(UsageError, match=r"ask\(\) before results for generation 0"):
            algorithm.tell(first, Evaluations.empty(40, 1))
        second = algorithm.ask()
        for other in (first, replace(first, generation=1), replace(second, generation=0)):
            with pytest.raises(UsageError, match="40 genomes of generation 1 that were asked last"):
                algorithm.tell(other, Evaluations.empty(40, 1))
        algorithm.tell(second.cut(3), Evaluations.empty(3, 1))  # the budget had room for no more
        assert algorithm.generation == 2

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
