"""Problems: what is searched and how a genome is measured.

Read `base` for the contract and `analytic` for the shortest examples; evosearch.trading is a whole
one. A new built-in problem is one file and one line in `loading.BUILT_IN`; a user's own is
named in a profile.
"""

from evosearch.problems.base import Batch, Problem
from evosearch.problems.evaluation import evaluate_genomes
from evosearch.problems.loading import BUILT_IN, load_problem
from evosearch.problems.promise import check_problem

__all__ = ["BUILT_IN", "Batch", "Problem", "check_problem", "evaluate_genomes", "load_problem"]
