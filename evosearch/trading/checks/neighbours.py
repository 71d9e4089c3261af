"""Strategies that differ in one gene."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from evosearch.genome.space import Space
from evosearch.trading.checks.base import CheckResult
from evosearch.trading.problem import Trading

NAME = "neighbourhood"
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
    """
    return genome[None, :].copy()


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
        Value: the median. ``facts["shape"]`` is ``plateau`` or ``needle``.
    """
    return CheckResult(NAME)
