"""Algorithms: which genomes to try next.

Read `base` for the promise, `random_search` for the shortest algorithm, `genetic` for the one
that people use. A new one is a file here and a line in `ALGORITHMS`.
"""

from evosearch.algorithms.base import Algorithm, Proposal
from evosearch.algorithms.genetic import Genetic, GeneticSettings
from evosearch.algorithms.random_search import RandomSearch

ALGORITHMS: dict[str, type[Algorithm]] = {"genetic": Genetic, "random": RandomSearch}

__all__ = ["ALGORITHMS", "Algorithm", "Genetic", "GeneticSettings", "Proposal", "RandomSearch"]
