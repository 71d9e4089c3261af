"""A strategy's profit without its few best trades."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.checks.base import CheckResult
from evosearch.trading.problem import Trading

NAME = "concentration"


def check_concentration(problem: Trading, genome: NDArray[np.float64]) -> CheckResult:
    """Whether a profit is left without the three best trades, and without the best month.

    Parameters
    ----------
    problem : Trading
    genome : ndarray of float64, shape (n_genes,), canonical

    Returns
    -------
    CheckResult
        Value: the smaller of both returns.
    """
    return CheckResult(NAME)
