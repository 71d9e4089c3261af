"""What every algorithm promises: ask for genomes, be told what they measured.

An algorithm never evaluates and knows nothing of workers. Every random number it uses belongs to
(seed, purpose, generation, attempt). Told the same evaluations again, it asks the same again: that
is how an interrupted run is resumed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from evosearch.algorithms.distinct import IdSet, Sweep
from evosearch.algorithms.settings import AlgorithmSettings
from evosearch.algorithms.vigour import Vigour
from evosearch.errors import UsageError
from evosearch.genome.canonical import canonicalise
from evosearch.genome.genes import Float, Int
from evosearch.genome.identity import compute_genome_ids
from evosearch.genome.layout import make_layout
from evosearch.genome.space import Space
from evosearch.population import Evaluations
from evosearch.seeding import Purpose, make_generator

# How often duplicates are bred again, and then drawn anew, before a finite space is swept.
MAX_ATTEMPTS = 8
_COLUMNS = ("genomes", "genome_ids", "attempt", "row")  # of a proposal, a row each genome


@dataclass(frozen=True)
class Proposal:
    """Genomes to evaluate: canonical, distinct, and never proposed before in this run.

    Attributes
    ----------
    generation : int
    genomes : ndarray of float64, shape (n, n_genes)
        n is the population size, or less when the space is running out; 0 at its end.
    genome_ids : ndarray of uint64, shape (n, 2)
    attempt : ndarray of int8, shape (n,)
        The call of `Algorithm.breed` in this generation that bred each genome, counted from 0; -1
        for immigrants, and for what the walk through a finite space found.
    row : ndarray of int64, shape (n,)
        The genome's row in what that call returned; -1 as above.
    n_duplicates : int
        Genomes that were bred and thrown away because the run knew them already.
    """

    generation: int
    genomes: NDArray[np.float64]
    genome_ids: NDArray[np.uint64]
    attempt: NDArray[np.int8]
    row: NDArray[np.intp]
    n_duplicates: int

    def __len__(self) -> int:
        return len(self.genomes)

    def cut(self, n: int) -> Proposal:
        """The first n genomes, for a budget that has no room for all."""
        return replace(self, **{name: getattr(self, name)[:n] for name in _COLUMNS})


class Algorithm(ABC):
    """Base of every algorithm.

    Parameters
    ----------
    space : Space
    population : int, >= 2
        Genomes a generation.
    seed : int
    settings : AlgorithmSettings, optional
        What it is told by the table of its name; by default, all defaults.
    """

    # The model of that table: an algorithm with settings of its own names a subclass here.
    Settings: ClassVar[type[AlgorithmSettings]] = AlgorithmSettings

    def __init__(
        self, space: Space, population: int, seed: int, settings: AlgorithmSettings | None = None
    ) -> None:
        self.settings = settings or self.Settings()
        self.space = space
        self.population = population
        self.seed = seed
        self.generation = 0
        self.layout = make_layout(space)
        self._asked: Proposal | None = None  # and not told yet
        self._seen = IdSet()
        self._sweep = Sweep(space)
        # Called while a space is walked, which can take long; True cuts the proposal short.
        self.should_stop: Callable[[], bool] = lambda: False

    @property
    def has_seen_all(self) -> bool:
        """Whether the walk came to the end of the space."""
        return self._sweep.is_whole

    def look(self) -> Vigour:
        """How lively the search is; asked for after a generation is told."""
        return Vigour()

    @classmethod
    def warm_up(cls) -> None:
        """Compile, or load, every kernel that a search by this algorithm calls."""
        algorithm = cls(Space(Float("x", 0, 1), Int("k", 0, 9)), population=4, seed=0)
        for _ in range(2):
            proposal = algorithm.ask()
            algorithm.tell(proposal, Evaluations.empty(len(proposal), 1))

    @abstractmethod
    def breed(self, n: int, attempt: int) -> NDArray[np.float64]:
        """At least n canonical genomes for this generation; the run may know some of them."""

    @abstractmethod
    def learn(self, proposal: Proposal, evaluations: Evaluations) -> None:
        """Take in the results of a proposal."""

    def ask(self) -> Proposal:
        """The next generation's genomes.

        Raises
        ------
        UsageError
            The last ones were not told yet.
        """
        if self._asked:  # an empty one, at the end of a space, needs no answer
            n, number = len(self._asked), self.generation
            raise UsageError(
                f"expected the {n} results for generation {number} before another ask()."
            )
        self._asked = self._propose()
        return self._asked

    def tell(self, proposal: Proposal, evaluations: Evaluations) -> None:
        """Learn from the generation last asked for, and move on to the next.

        Parameters
        ----------
        proposal : Proposal
            As `ask` gave it, or the first rows of it.
        evaluations : Evaluations
            A row for each genome of it.

        Raises
        ------
        UsageError
            It is another one, or the evaluations are not as many.
        """
        asked, n = self._asked, len(proposal)
        if asked is None:
            raise UsageError(f"expected ask() before results for generation {proposal.generation}.")
        is_same = proposal is asked or np.array_equal(proposal.genome_ids, asked.genome_ids[:n])
        if not is_same or proposal.generation != self.generation:
            raise UsageError(
                f"expected results for the {len(asked)} genomes of generation {self.generation} "
                f"that were asked last, got {n} others, of generation {proposal.generation}."
            )
        if len(evaluations) != n:
            raise UsageError(
                f"expected {n} results for generation {self.generation}, got {len(evaluations)}."
            )
        self.learn(proposal, evaluations)
        self._asked = None
        self.generation += 1

    def _propose(self) -> Proposal:
        parts, missing, n_duplicates = [], self.population, 0
        for attempt in range(2 * MAX_ATTEMPTS):
            is_bred = attempt < MAX_ATTEMPTS
            if is_bred:
                candidates = self.breed(missing, attempt)
            else:
                candidates = self.draw_uniform(missing, Purpose.IMMIGRANTS, attempt)
            part = self._take_new(candidates, missing, attempt if is_bred else -1)
            parts.append(part)
            missing -= len(part)
            n_duplicates += part.n_duplicates
            if not missing:
                return _join(parts, n_duplicates)
        while missing and not self.should_stop() and (rest := self._sweep.next_codes()) is not None:
            part = self._take_new(canonicalise(self.layout, rest, rest), missing, -1)
            parts.append(part)
            missing -= len(part)
            if len(part):
                self._sweep.note_new()
            if not missing:
                self._sweep.rewind()  # the rest of this block may still hold new genomes
        return _join(parts, n_duplicates)

    def draw_uniform(self, n: int, purpose: Purpose, attempt: int) -> NDArray[np.float64]:
        """N canonical genomes, every gene uniform over its range."""
        rng = make_generator(self.seed, purpose, self.generation, attempt)
        fill = rng.random((n, len(self.space)))
        return canonicalise(self.layout, np.full(fill.shape, np.nan), fill)

    def _take_new(self, candidates: NDArray[np.float64], limit: int, attempt: int) -> Proposal:
        """The first candidates, at most `limit`, that the run does not know.

        The duplicates counted are those among the candidates up to the last one taken.
        """
        genome_ids = compute_genome_ids(self.layout, candidates)
        rows = self._seen.add(genome_ids, limit)
        n_tried = int(rows[-1]) + 1 if len(rows) == limit else len(candidates)
        return Proposal(
            self.generation,
            candidates.take(rows, axis=0),
            genome_ids.take(rows, axis=0),
            np.full(len(rows), attempt, np.int8),
            rows if attempt >= 0 else np.full(len(rows), -1),
            n_tried - len(rows),
        )


def _join(parts: list[Proposal], n_duplicates: int) -> Proposal:
    if len(parts) == 1:
        return parts[0]
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS
    }
    return replace(parts[0], **joined, n_duplicates=n_duplicates)
