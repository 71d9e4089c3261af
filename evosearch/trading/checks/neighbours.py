"""Strategies that differ in one gene."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from evosearch.genome.canonical import canonicalise
from evosearch.genome.layout import make_layout
from evosearch.genome.space import Ordinal, Space
from evosearch.trading.checks.base import CheckResult, compare_median, measure_sharpes
from evosearch.trading.problem import Trading

NAME = "neighbourhood"
_ATTEMPTS = 10  # rounds in which copies are drawn anew
# (genomes, draws) -> genomes in which the genes whose draw is below 1 have moved.
Mutate = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]


def draw_neighbours(
    space: Space,
    genome: NDArray[np.float64],
    mutate: Mutate,
    rng: np.random.Generator,
    n: int = 200,
) -> NDArray[np.float64]:
    """Distinct canonical genomes one change away: by mutation, and each ordinal by one step.

    Parameters
    ----------
    space : Space
    genome : ndarray of float64, shape (n_genes,), canonical
    mutate : callable
        The operator of the genetic algorithm at a rate of 1: (genomes, draws) to genomes.
    rng : numpy.random.Generator
    n : int
        How many mutants; fewer in a space that has no more.

    Returns
    -------
    ndarray of float64, shape (n_found, n_genes)
        Mutants, then steps that are not among them.
    """
    layout = make_layout(space)
    found = {genome.tobytes(): genome}
    has_choice = layout.genes["low"] != layout.genes["high"]
    movable = np.flatnonzero(~np.isnan(genome) & has_choice)
    for _ in range(_ATTEMPTS if len(movable) else 0):
        n_missing = n + 1 - len(found)
        if n_missing <= 0:
            break
        columns = movable[(rng.random(n_missing) * len(movable)).astype(np.int64)]
        draws = np.ones((n_missing, len(genome)))
        draws[np.arange(n_missing), columns] = rng.random(n_missing)
        mutants = mutate(np.tile(genome, (n_missing, 1)), draws)
        for mutant in canonicalise(layout, mutants, rng.random(draws.shape)):
            found.setdefault(mutant.tobytes(), mutant)
    for step in canonicalise(layout, _list_steps(space, genome), np.zeros((1, len(genome)))):
        found.setdefault(step.tobytes(), step)
    return np.array([*found.values()])[1:]


def _list_steps(space: Space, genome: NDArray[np.float64]) -> NDArray[np.float64]:
    """A genome with each ordinal moved by one, up and down, where that is in its range."""
    steps = []
    for column, gene in enumerate(space.genes):
        if not isinstance(gene, Ordinal):
            continue
        for change in (-1.0, 1.0):
            moved = genome.copy()
            moved[column] += change
            if 0 <= moved[column] < len(gene.values):  # NaN, of an inactive gene, is not
                steps.append(moved)
    return np.array(steps).reshape(-1, len(genome))


def check_neighbours(
    problem: Trading, genome: NDArray[np.float64], neighbours: NDArray[np.float64]
) -> CheckResult:
    """Whether the median Sharpe ratio of its neighbours is at least half of its own.

    Parameters
    ----------
    problem : Trading
    genome : ndarray of float64, shape (n_genes,), canonical
    neighbours : ndarray of float64, shape (n, n_genes), canonical

    Returns
    -------
    CheckResult
        Value: the median, an undefined ratio counted as 0; limit: half of its own.
        ``facts["shape"]`` is ``plateau`` or ``needle``.
    """
    sharpes = measure_sharpes(problem, np.concatenate([genome[None, :], neighbours]))
    result = compare_median(NAME, float(sharpes[0]), sharpes[1:])
    if result.passed is not None:
        result.facts["shape"] = "plateau" if result.passed else "needle"
    return result
