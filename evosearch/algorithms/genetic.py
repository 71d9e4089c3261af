"""The genetic algorithm: one generation is selection, crossover, mutation, and elitism after.

Every child is new to the run, so a budget of population x generations buys that many distinct
genomes; elites stay parents without being evaluated again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.algorithms.base import Algorithm, Proposal
from evosearch.algorithms.crossover import cross_blend
from evosearch.algorithms.mutation import mutate
from evosearch.algorithms.selection import select_by_tournament
from evosearch.algorithms.settings import GeneticSettings
from evosearch.algorithms.vigour import Vigour, count_better, measure_diversity
from evosearch.genome.canonical import canonicalise
from evosearch.population import Columns, Evaluations
from evosearch.ranking import compute_rank_keys, order_best_first
from evosearch.seeding import Purpose, make_generator

# One more child for so many asked for. A few children are unchanged copies of their mother, and
# a second round to replace them would cost a small population as much as the first.
SPARE = 50


@dataclass(frozen=True)
class GeneticState(Columns):
    """The parents, best first: genomes (n, n_genes), ids (n, 2), rank keys (n,)."""

    genomes: NDArray[np.float64]
    genome_ids: NDArray[np.uint64]
    tier: NDArray[np.uint8]
    key: NDArray[np.float64]


@dataclass(frozen=True)
class _Last:
    """The last generation, and the tier and key of those that were its parents."""

    proposal: Proposal
    children: tuple[NDArray[np.uint8], NDArray[np.float64]]
    parents: tuple[NDArray[np.uint8], NDArray[np.float64]]
    pairs: dict[int, NDArray[np.intp]]

    def measure(self) -> float | None:
        """The share of children, those without parents left out, that are better than both."""
        n_better = n_bred = 0
        for attempt, pairs in self.pairs.items():
            rows = np.flatnonzero(self.proposal.attempt == attempt)
            better_parent = pairs[:, self.proposal.row[rows]].min(axis=0)  # ranked best first
            tier, key = (column[rows] for column in self.children)
            before = (self.parents[0][better_parent], self.parents[1][better_parent])
            n_better += count_better((tier, key), before)
            n_bred += len(rows)
        return n_better / n_bred if n_bred else None


class Genetic(Algorithm):
    """A genetic algorithm for mixed and conditional spaces.

    Attributes
    ----------
    settings : GeneticSettings
    state : GeneticState or None
        None until the first generation is told.
    """

    Settings = GeneticSettings
    settings: GeneticSettings
    state: GeneticState | None = None
    # Ranks of the parents of each call of `breed`, and what the last generation was told: kept for
    # `look` alone.
    _pairs: dict[int, NDArray[np.intp]]
    _last: _Last | None = None

    def breed(self, n: int, attempt: int) -> NDArray[np.float64]:
        """Children of the present parents; the first generation is spread over the space."""
        if self.state is None:
            return self._draw_stratified(n, attempt)
        settings, parents = self.settings, self.state.genomes
        n += n // SPARE + 1
        rng = make_generator(self.seed, Purpose.CHILDREN, self.generation, attempt)
        pairs = select_by_tournament(len(parents), rng.random((settings.tournament, 2, n)))
        self._pairs = {**(self._pairs if attempt else {}), attempt: pairs}
        children = cross_blend(
            self.layout,
            parents,
            pairs,
            settings.crossover_rate,
            settings.crossover_spread,
            rng.random((n, 1 + len(self.space))),
        )
        draws = rng.random(children.shape)
        mutants = mutate(
            self.layout, children, settings.mutation_rate, settings.mutation_eta, draws
        )
        # A gene without a value did not mutate: its draw is unused and serves for its first value.
        return canonicalise(self.layout, mutants, fill=draws)

    def learn(self, proposal: Proposal, evaluations: Evaluations) -> None:
        """Choose the next parents from the elite and the children."""
        found = evaluations
        tier, key = compute_rank_keys(found.is_ok, found.feasible, found.fitness, found.violation)
        pool: list[NDArray[Any]] = [proposal.genomes, proposal.genome_ids, tier, key]
        self._last = None
        if self.state is not None:
            before = self.state
            self._last = _Last(proposal, (tier, key), (before.tier, before.key), self._pairs)
            n_elite = round(self.settings.elite_frac * len(self.state))
            state = self.state
            elite: list[NDArray[Any]] = [state.genomes, state.genome_ids, state.tier, state.key]
            pool = [np.concatenate([a[:n_elite], b]) for a, b in zip(elite, pool, strict=True)]
        best = order_best_first(pool[2], pool[3], pool[1])[: self.population]
        self.state = GeneticState(*(column.take(best, axis=0) for column in pool))

    def look(self) -> Vigour:
        """How much the parents differ, and how many of the last children are better than theirs."""
        if self.state is None:
            return Vigour()
        better_frac = None if self._last is None else self._last.measure()
        return Vigour(measure_diversity(self.layout, self.state.genomes), better_frac)

    def _draw_stratified(self, n: int, attempt: int) -> NDArray[np.float64]:
        """A Latin hypercube: each gene's range is cut into n parts, and each part used once.

        References
        ----------
        McKay, Beckman and Conover 1979.
        """
        rng = make_generator(self.seed, Purpose.INITIAL, self.generation, attempt)
        shape = (n, len(self.space))
        parts = np.argsort(rng.random(shape), axis=0, kind="stable")
        fill = (parts + rng.random(shape)) / n
        return canonicalise(self.layout, np.full(shape, np.nan), np.minimum(fill, 1 - 2**-53))
