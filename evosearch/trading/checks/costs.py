"""A strategy when trading costs more."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.checks.base import CheckResult
from evosearch.trading.problem import Trading

NAME = "costs"


def check_costs(problem: Trading, genome: NDArray[np.float64]) -> CheckResult:
    """Whether a profit is left with twice the fee and slippage.

    Parameters
    ----------
    problem : Trading
    genome : ndarray of float64, shape (n_genes,), canonical

    Returns
    -------
    CheckResult
        Value: the return at twice the costs; ``facts`` hold those at 1 and 3 times.
    """
    return CheckResult(NAME)
