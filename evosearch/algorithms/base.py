"""What every algorithm promises: ask for genomes, be told what they measured.

An algorithm never evaluates and never knows about workers. Every random number it uses belongs
to (seed, purpose, generation, attempt), so telling it the same evaluations again leads it down
the same path: that is how an interrupted run is resumed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evosearch.algorithms.distinct import IdSet, Sweep
from evosearch.genome.canonical import canonicalise
from evosearch.genome.genes import Float, Int
from evosearch.genome.identity import compute_genome_ids
from evosearch.genome.layout import make_layout
from evosearch.genome.space import Space
from evosearch.population import Evaluations
from evosearch.seeding import Purpose, make_generator

# How often duplicates are bred again, and then drawn anew, before a finite space is swept.
MAX_ATTEMPTS = 8


@dataclass(frozen=True)
class Proposal:
    """Genomes to evaluate: canonical, distinct, and never proposed before in this run.

    Attributes
    ----------
    generation : int
    genomes : ndarray of float64, shape (n, n_genes)
        n is the population size, or less when the space is running out; 0 at its end.
    genome_ids : ndarray of uint64, shape (n, 2)
    n_duplicates : int
        Genomes that were bred and thrown away because the run knew them already.
    """

    generation: int
    genomes: NDArray[np.float64]
    genome_ids: NDArray[np.uint64]
    n_duplicates: int

    def __len__(self) -> int:
        return len(self.genomes)


class Algorithm(ABC):
    """Base of every algorithm.

    Parameters
    ----------
    space : Space
    population : int, >= 2
        Genomes a generation.
    seed : int
    """

    def __init__(self, space: Space, population: int, seed: int) -> None:
        self.space = space
        self.population = population
        self.seed = seed
        self.generation = 0
        self.layout = make_layout(space)
        self._seen = IdSet()
        self._sweep = Sweep(space)
        # Asked while a space is walked, which can take long; a proposal is cut short by it.
        self.should_stop: Callable[[], bool] = lambda: False

    @property
    def has_seen_all(self) -> bool:
        """Whether no proposal came short but at the end of the space."""
        return self._sweep.is_whole

    @classmethod
    def warm_up(cls) -> None:
        """Have every kernel compiled, or loaded, that a search by this algorithm calls."""
        algorithm = cls(Space(Float("x", 0, 1), Int("k", 0, 9)), population=4, seed=0)
        for _ in range(2):
            proposal = algorithm.ask()
            algorithm.tell(proposal, Evaluations.empty(len(proposal), 1))

    @abstractmethod
    def breed(self, n: int, attempt: int) -> NDArray[np.float64]:
        """N genomes for this generation or a few more, canonical, perhaps known already."""

    @abstractmethod
    def learn(self, proposal: Proposal, evaluations: Evaluations) -> None:
        """Take in what a proposal measured."""

    def ask(self) -> Proposal:
        """The next generation's genomes."""
        parts, missing, n_duplicates = [], self.population, 0
        sources = [self.breed] * MAX_ATTEMPTS + [self._draw_immigrants] * MAX_ATTEMPTS
        for attempt, source in enumerate(sources):
            genomes, genome_ids, n_known = self._take_new(source(missing, attempt), missing)
            parts.append((genomes, genome_ids))
            missing -= len(genomes)
            n_duplicates += n_known
            if not missing:
                return Proposal(self.generation, *_join(parts), n_duplicates)
        while missing and not self.should_stop() and (rest := self._sweep.next_codes()) is not None:
            candidates = canonicalise(self.layout, rest, rest)
            genomes, genome_ids, _ = self._take_new(candidates, missing)
            parts.append((genomes, genome_ids))
            missing -= len(genomes)
            if len(genomes):
                self._sweep.note_new()
            if not missing:
                self._sweep.rewind()  # the rest of this block may still hold new genomes
        return Proposal(self.generation, *_join(parts), n_duplicates)

    def tell(self, proposal: Proposal, evaluations: Evaluations) -> None:
        """Learn from the generation last asked for, and move on to the next."""
        self.learn(proposal, evaluations)
        self.generation += 1

    def draw_uniform(self, n: int, purpose: Purpose, attempt: int) -> NDArray[np.float64]:
        """N canonical genomes, every gene uniform over its range."""
        fill = make_generator(self.seed, purpose, self.generation, attempt).random(
            (n, len(self.space))
        )
        return canonicalise(self.layout, np.full(fill.shape, np.nan), fill)

    def _draw_immigrants(self, n: int, attempt: int) -> NDArray[np.float64]:
        return self.draw_uniform(n, Purpose.IMMIGRANTS, attempt)

    def _take_new(
        self, candidates: NDArray[np.float64], limit: int
    ) -> tuple[NDArray[np.float64], NDArray[np.uint64], int]:
        """Those the run does not know, their ids, and how many it knew before it had enough."""
        genome_ids = compute_genome_ids(self.layout, candidates)
        rows = self._seen.add(genome_ids, limit)
        n_tried = int(rows[-1]) + 1 if len(rows) == limit else len(candidates)
        return candidates.take(rows, axis=0), genome_ids.take(rows, axis=0), n_tried - len(rows)


def _join(
    parts: list[tuple[NDArray[np.float64], NDArray[np.uint64]]],
) -> tuple[NDArray[np.float64], NDArray[np.uint64]]:
    if len(parts) == 1:
        return parts[0]
    genomes, genome_ids = zip(*parts, strict=True)
    return np.concatenate(genomes), np.concatenate(genome_ids)
