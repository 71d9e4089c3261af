"""A strategy when trading costs more."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.checks.base import N_TRADES, RETURN, CheckResult, cannot_tell, measure
from evosearch.trading.problem import Trading

NAME = "costs"
# More than this share of a price cannot be paid.
_HIGHEST = 0.99


def check_costs(problem: Trading, genome: NDArray[np.float64]) -> CheckResult:
    """Whether a profit is left with twice the fee and slippage.

    Parameters
    ----------
    problem : Trading
    genome : ndarray of float64, shape (n_genes,), canonical

    Returns
    -------
    CheckResult
        Value: the return at twice the costs; ``facts["returns"]``: at 1, 2 and 3 times.
    """
    execution, returns = problem.stage.execution, []
    for times in (1, 2, 3):
        dear = execution._replace(
            fee_frac=min(_HIGHEST, times * execution.fee_frac),
            slippage_frac=min(_HIGHEST, times * execution.slippage_frac),
        )
        found = measure(problem, genome[None, :], dear if times > 1 else execution)[0]
        if not found[N_TRADES]:
            return cannot_tell(NAME, "no_trades")
        returns.append(float(found[RETURN]))
    return CheckResult(NAME, returns[1] > 0.0, returns[1], 0.0, {"returns": returns})
