"""A strategy over prices that are a little different."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.bars import Bars
from evosearch.trading.checks.base import (
    CheckResult,
    compare_median,
    cut_bars,
    measure_sharpes,
)
from evosearch.trading.problem import Trading

NAME = "noise"
SHARE = 0.2  # of the mean range of a bar


def shake_bars(bars: Bars, rng: np.random.Generator) -> Bars:
    """Bars with each price moved by a fifth of the mean range of a bar, times a normal draw.

    Parameters
    ----------
    bars : Bars
    rng : numpy.random.Generator

    Returns
    -------
    Bars
        Open and close lie between low and high, as they must.
    """
    # Shortened: two mathematical libraries may differ in the last bit of a logarithm.
    scale = float(f"{SHARE * float(np.mean(np.log(bars.high / bars.low))):.10g}")
    open_, high, low, close = (
        column * _raise(scale * _draw_normal(len(bars), rng)) for column in bars.columns[:4]
    )
    high = np.maximum(high, np.maximum(open_, close))
    low = np.minimum(low, np.minimum(open_, close))
    return replace(bars, open=open_, high=high, low=low, close=close, notes=(), path=None)


def _draw_normal(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Numbers that are nearly normal: the sum of twelve uniform ones, less six.

    Of numpy's streams only that of `random` is promised to stay, and logarithms and cosines differ
    in the last bit between processors. Sums do not.
    """
    normal = np.full(n, -6.0)
    for _ in range(12):
        normal += rng.random(n)
    return normal


def _raise(exponents: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return e to small powers by multiplication alone: the same bits on every processor."""
    small = exponents / 256.0
    powers: NDArray[np.float64] = 1.0 + small + 0.5 * small * small  # above 0 for any exponent
    for _ in range(8):
        powers = powers * powers
    return powers


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
        Copies of the searched bars; all genomes meet the same ones.

    Returns
    -------
    list of CheckResult
        Value: the median, an undefined ratio counted as 0; limit: half of its own.
    """
    searched = cut_bars(problem.bars, problem.stage.spans[0].end)
    own = measure_sharpes(problem, genomes)
    shaken = np.array(
        [measure_sharpes(problem.with_bars(shake_bars(searched, rng)), genomes) for _ in range(n)]
    )
    return [compare_median(NAME, float(own[k]), shaken[:, k]) for k in range(len(genomes))]
