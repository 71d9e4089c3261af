"""A strategy's profit without its few best trades."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.checks.base import CheckResult, cannot_tell, list_own_trades
from evosearch.trading.problem import Trading

NAME = "concentration"
N_BEST = 3


def check_concentration(problem: Trading, genome: NDArray[np.float64]) -> CheckResult:
    """Whether a profit is left without the three best trades, and without the best month.

    What is left is what the other trades would have made: compounded if each took a share of the
    money, added up if each took a fixed amount. A trade belongs to the month of its exit, in UTC.

    Parameters
    ----------
    problem : Trading
    genome : ndarray of float64, shape (n_genes,), canonical

    Returns
    -------
    CheckResult
        Value: the smaller of both returns. ``facts``: ``without_trades`` and ``without_month``,
        these returns, and ``month``, such as 2025-03.
    """
    trades = list_own_trades(problem, genome)
    if not len(trades):
        return cannot_tell(NAME, "no_trades")
    execution = problem.stage.execution
    join: np.ufunc = np.add
    gains = trades.outcome / execution.initial_capital
    if execution.size_frac > 0.0:
        shares = trades.outcome / (trades.cash - trades.outcome)
        join, gains = np.multiply, np.maximum(1.0 + shares, 0.0)
    months = problem.bars.timestamp_us[trades.exit_bar].astype("datetime64[us]")
    names, month_of = np.unique(months.astype("datetime64[M]"), return_inverse=True)
    by_month = [_join(join, gains[month_of == k]) for k in range(len(names))]
    best = int(np.argmax(by_month))
    left = (np.sort(gains)[:-N_BEST], gains[month_of != best])
    returns = [_join(join, each) - float(join.identity or 0.0) for each in left]
    facts = {
        "without_trades": returns[0],
        "without_month": returns[1],
        "month": str(names[best]),
    }
    return CheckResult(NAME, min(returns) > 0.0, min(returns), 0.0, facts)


def _join(ufunc: np.ufunc, gains: NDArray[np.float64]) -> float:
    """All gains one after another: in this order the bits are the same on every processor."""
    return float(ufunc.accumulate(np.append(float(ufunc.identity or 0.0), gains))[-1])
