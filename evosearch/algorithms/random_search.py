"""Random search: the honest baseline that every other algorithm has to beat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evosearch.algorithms.base import Algorithm, Proposal
from evosearch.population import Evaluations
from evosearch.seeding import Purpose


class RandomSearch(Algorithm):
    """Genomes drawn uniformly, gene by gene, without learning anything.

    References
    ----------
    Bergstra and Bengio 2012, "Random search for hyper-parameter optimization".
    """

    def breed(self, n: int, attempt: int) -> NDArray[np.float64]:
        """Uniform genomes."""
        return self.draw_uniform(n, Purpose.INITIAL, attempt)

    def learn(self, proposal: Proposal, evaluations: Evaluations) -> None:
        """Nothing: the next draw does not depend on this one."""
