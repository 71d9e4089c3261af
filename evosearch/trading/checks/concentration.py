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
    if execution.size_frac > 0.0:
        # In logarithms, so that leaving trades out is leaving terms out.
        shares = np.maximum(trades.outcome / (trades.cash - trades.outcome), -1.0)
        with np.errstate(divide="ignore"):
            gains = np.log1p(shares)
    else:
        gains = trades.outcome / execution.initial_capital
    months = problem.bars.timestamp_us[trades.exit_bar].astype("datetime64[us]")
    names, month_of = np.unique(months.astype("datetime64[M]"), return_inverse=True)
    by_month = np.array([gains[month_of == k].sum() for k in range(len(names))])
    best = int(np.argmax(by_month))
    left = np.array([np.sort(gains)[:-N_BEST].sum(), gains[month_of != best].sum()])
    returns = (np.expm1(left) if execution.size_frac > 0.0 else left).tolist()
    facts = {
        "without_trades": returns[0],
        "without_month": returns[1],
        "month": str(names[best]),
    }
    return CheckResult(NAME, min(returns) > 0.0, min(returns), 0.0, facts)
