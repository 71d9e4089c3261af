"""A strategy against the same number of entries at other times."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.checks.base import CheckResult
from evosearch.trading.problem import Trading

NAME = "random_entries"


def check_entries(
    problem: Trading, genome: NDArray[np.float64], rng: np.random.Generator, n: int = 1000
) -> CheckResult:
    """Whether a strategy's Sharpe ratio beats most of those with its entries moved.

    Parameters
    ----------
    problem : Trading
    genome : ndarray of float64, shape (n_genes,), canonical
    rng : numpy.random.Generator
    n : int

    Returns
    -------
    CheckResult
        Value: the share beaten.
    """
    return CheckResult(NAME)
