"""The daily returns of many strategies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.checks.base import list_own_trades
from evosearch.trading.problem import Trading
from evosearch.trading.trades import compute_returns


def daily_returns(problem: Trading, genomes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Daily returns over the searched part, as their Sharpe ratios are made of.

    Parameters
    ----------
    problem : Trading
    genomes : ndarray of float64, shape (n, n_genes), canonical

    Returns
    -------
    ndarray of float64, shape (n, n_days)
        0 on days without a position.
    """
    found = [
        compute_returns(problem.stage, 0, list_own_trades(problem, genome)) for genome in genomes
    ]
    return np.array(found).reshape(len(genomes), -1)
