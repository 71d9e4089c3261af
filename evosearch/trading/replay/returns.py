"""The daily returns of many strategies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.backtest import COLUMNS, MIN_DAYS, Columns, begin_trades, simulate_one
from evosearch.trading.checks.base import get_exits
from evosearch.trading.metrics import NAMES
from evosearch.trading.problem import Trading


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
    genomes = np.ascontiguousarray(genomes)
    rows = problem.stage.rules.find_rows(genomes)  # before `masks` is asked for: it may grow
    stops, targets = (each.tolist() for each in get_exits(problem, genomes))
    market, execution, (span, *_), rules = problem.stage
    equity = np.empty((len(genomes), len(span.day_ends)))
    columns, out, (begun,) = Columns(*COLUMNS.tolist()), np.empty(len(NAMES)), begin_trades(1)
    # Called row by row, the code that the search has compiled does it; a loop around it would be
    # compiled anew.
    for k, (stop, target) in enumerate(zip(stops, targets, strict=True)):
        simulate_one(
            market, execution, span, rules.masks, rows[k], stop, target, equity[k], columns,
            begun, out,
        )  # fmt: skip
    if len(span.day_ends) < MIN_DAYS:
        before = np.full_like(equity, execution.initial_capital)
        before[:, 1:] = equity[:, :-1]
        equity = equity / before - 1.0
    return equity
