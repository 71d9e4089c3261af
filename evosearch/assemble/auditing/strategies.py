"""The checks of single strategies, and of the searches that found them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.algorithms.mutation import mutate
from evosearch.algorithms.settings import GeneticSettings
from evosearch.assemble.audit_records import Check, to_facts
from evosearch.assemble.auditing.prices import cut_bars
from evosearch.assemble.auditing.repeats import Repeater
from evosearch.genome.canonical import canonicalise, make_layout
from evosearch.seeding import Purpose, derive_seed, make_generator
from evosearch.trading.checks import (
    concentration,
    costs,
    entries,
    folds,
    lookahead,
    mirror,
    neighbours,
    noise,
    numbers,
)
from evosearch.trading.checks.base import CheckResult
from evosearch.trading.problem import Trading

Listener = Callable[[str, int, int], None]
SURROGATES = "surrogates"


def to_check(found: CheckResult) -> Check:
    """A check as the audit's file has it."""
    value = None if found.value is None or not math.isfinite(found.value) else float(found.value)
    facts = to_facts({**found.facts, "limit": found.limit})
    return Check(found.name, found.passed, value, facts)


@dataclass(frozen=True)
class Strategies:
    """The strategies of one audit.

    Attributes
    ----------
    problem : Trading
        Its space holds all of them.
    genomes : ndarray of float64, shape (n, n_genes), canonical
    rows : sequence of mapping
        What was recorded of each.
    tolerances : sequence of float
        How far each row may differ.
    name : str
        What all chance is derived from: the digest of the ranking's rows.
    """

    problem: Trading
    genomes: NDArray[np.float64]
    rows: Sequence[Mapping[str, Any]]
    tolerances: Sequence[float]
    name: str

    def draw(self, check: str, number: int = 0) -> np.random.Generator:
        """The generator of one check."""
        return make_generator(derive_seed(self.name, check), Purpose.AUDIT, number)

    def measure_again(self) -> list[Check]:
        """Whether each row is what its genome measures here."""
        found = []
        for place, (row, tolerance) in enumerate(zip(self.rows, self.tolerances, strict=True)):
            genome = self.genomes[place : place + 1]
            found += numbers.check_numbers(self.problem, genome, [row], tolerance)
        return [to_check(item) for item in found]

    def take(self, places: Sequence[int]) -> Strategies:
        """Some of them."""
        return replace(
            self,
            genomes=self.genomes[[*places]],
            rows=[self.rows[place] for place in places],
            tolerances=[self.tolerances[place] for place in places],
        )

    def check(self, listen: Listener) -> list[list[Check]]:
        """All other checks of each strategy."""
        found: list[list[CheckResult]] = [[] for _ in self.rows]
        for name, each in self._list_checks():
            listen(name, 0, len(self.rows))
            for place, result in enumerate(each):
                found[place].append(result)
                listen(name, place + 1, len(self.rows))
        return [[to_check(result) for result in results] for results in found]

    def _list_checks(self) -> Iterator[tuple[str, Iterator[CheckResult]]]:
        problem, genomes, ranks = self.problem, self.genomes, [row["rank"] for row in self.rows]
        yield costs.NAME, (costs.check_costs(problem, genome) for genome in genomes)
        yield (
            concentration.NAME,
            (concentration.check_concentration(problem, genome) for genome in genomes),
        )
        yield (
            entries.NAME,
            (
                entries.check_entries(problem, genome, self.draw(entries.NAME, rank))
                for genome, rank in zip(genomes, ranks, strict=True)
            ),
        )
        yield (
            neighbours.NAME,
            (self._check_neighbours(g, rank) for g, rank in zip(genomes, ranks, strict=True)),
        )
        yield (
            noise.NAME,
            (r for r in noise.check_noise(problem, genomes, self.draw(noise.NAME))),
        )
        yield (
            lookahead.NAME,
            (r for r in lookahead.check_lookahead(problem, genomes, self.draw(lookahead.NAME))),
        )

    def _check_neighbours(self, genome: NDArray[np.float64], rank: int) -> CheckResult:
        space = self.problem.space
        layout, eta = make_layout(space), GeneticSettings.model_validate({}).mutation_eta

        def move(genomes: NDArray[np.float64], draws: NDArray[np.float64]) -> NDArray[np.float64]:
            return mutate(layout, genomes, 1.0, eta, draws)

        rng = self.draw(neighbours.NAME, rank)
        drawn = neighbours.draw_neighbours(space, genome, move, rng)
        return neighbours.check_neighbours(self.problem, genome, drawn)


def search_surrogates(
    problem: Trading, repeater: Repeater, n: int, name: str, column: str, listen: Listener
) -> list[tuple[float | None, int]]:
    """Make the searches again on bars without direction.

    Parameters
    ----------
    problem : Trading
        Only the part of its bars that was searched is used.
    repeater : Repeater
    n : int
        How often.
    name : str
        What all chance is derived from.
    column : str
        Of the value that is compared.

    Returns
    -------
    list of (float or None, int)
        What the best of each search reached, and how many distinct strategies were tried.
    """
    searched = cut_bars(problem.bars, 0, problem.stage.spans[0].end)
    found = []
    for number in range(n):
        rng = make_generator(derive_seed(name, SURROGATES), Purpose.AUDIT, number)
        tell = _count(listen, SURROGATES, number, n, repeater.n_trials)
        repeat = repeater.search(mirror.mirror_bars(searched, rng), SURROGATES, number, tell)
        found.append((repeat.read(column), repeat.n_genomes))
    return found


def _count(
    listen: Listener, check: str, place: int, n: int, n_trials: int
) -> Callable[[int], None]:
    """Count the trials of a repetition among those of all."""
    listen(check, place * n_trials, n * n_trials)
    return lambda n_done: listen(check, place * n_trials + n_done, n * n_trials)


def walk_forward(problem: Trading, repeater: Repeater, listen: Listener) -> Check:
    """Search the past and trade what follows, several times; only what was searched is used."""
    parts: list[Trading] = []
    genomes: list[NDArray[np.float64] | None] = []
    for number in range(folds.N_FOLDS):
        fold = folds.fold_problem(problem, number)
        if fold is None:
            return Check(folds.NAME, None, None, {"why": "too_short"})
        end = fold.stage.spans[0].end
        tell = _count(listen, folds.NAME, number, folds.N_FOLDS, repeater.n_trials)
        params = repeater.search(cut_bars(fold.bars, 0, end), folds.NAME, number, tell).params
        parts.append(fold)
        genomes.append(None if params is None else encode(fold, [params])[0])
    return to_check(folds.join_folds(parts, genomes))


def encode(problem: Trading, rows: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
    """Canonical genomes of parameters, shape (n, n_genes)."""
    layout, genomes = make_layout(problem.space), problem.space.encode(rows)
    found: NDArray[np.float64] = canonicalise(layout, genomes, np.zeros_like(genomes))
    return found
