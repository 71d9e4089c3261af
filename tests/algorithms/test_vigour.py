import itertools

import numpy as np
import pytest

from evosearch.algorithms.genetic import Genetic
from evosearch.algorithms.random_search import RandomSearch
from evosearch.algorithms.vigour import Vigour, measure_diversity
from evosearch.genome.choices import Categorical, Ordinal
from evosearch.genome.genes import Float, Int
from evosearch.genome.space import Space
from evosearch.population import Evaluations

SPACE = Space(
    Float("x", 1, 1000, log=True),
    Int("k", 0, 9),
    Ordinal("o", [1, 2, 5]),
    Categorical("c", ["a", "b", "d"]),
    Float("y", -5, 5, when={"c": "a"}),
)


def evaluate(proposal):
    found = Evaluations.empty(len(proposal), 1)
    found.status[:] = 0
    found.feasible[:] = True
    found.violation[:] = 0
    found.fitness[:] = -np.abs(np.nan_to_num(proposal.genomes)).sum(axis=1)
    return found


def measure_slowly(genomes):
    """Pair by pair, as the definition says."""
    spans = [np.log(1000), 9, 2, None, 10]
    expected = [1 / 3, (1 + 1 / 10) / 3, (1 + 1 / 3) / 3, 1 - 1 / 3, 1 / 3]
    total = weight = 0.0
    for one, other in itertools.combinations(genomes, 2):
        for gene, (a, b) in enumerate(zip(one, other, strict=True)):
            if np.isnan(a) or np.isnan(b):
                continue
            scale = np.log if gene == 0 else float
            apart = abs(scale(a) - scale(b))
            distance = float(a != b) if spans[gene] is None else apart / spans[gene]
            total += distance / expected[gene]
            weight += 1
    return total / weight


def test_diversity_is_gowers_distance_in_units_of_chance():
    search = Genetic(SPACE, 60, seed=3)
    genomes = search.ask().genomes
    assert np.isnan(genomes).any()
    found = measure_diversity(search.layout, genomes)
    assert found == pytest.approx(measure_slowly(genomes)) and 0.9 < found < 1.1
    assert measure_diversity(search.layout, genomes[:1].repeat(9, axis=0)) == pytest.approx(0)
    assert measure_diversity(search.layout, genomes[:1]) is None


def test_children_are_held_against_the_better_parent():
    search = Genetic(SPACE, 30, seed=5)
    assert search.look() == Vigour()
    first = search.ask()
    search.tell(first, evaluate(first))
    assert search.look().better_frac is None  # nobody's children
    for _ in range(6):
        parents, proposal = search.state, search.ask()
        found = evaluate(proposal)
        bred = [row for row in range(len(proposal)) if proposal.attempt[row] >= 0]
        n_better = 0
        for row in bred:
            pair = search._pairs[proposal.attempt[row]][:, proposal.row[row]]
            n_better += found.fitness[row] > max(-parents.key[pair])
        search.tell(proposal, found)
        assert search.look().better_frac == pytest.approx(n_better / len(bred))
    assert search.look().diversity < 0.9


def test_a_search_without_parents_has_nothing_to_show():
    search = RandomSearch(SPACE, 10, seed=1)
    proposal = search.ask()
    search.tell(proposal, evaluate(proposal))
    assert search.look() == Vigour()
