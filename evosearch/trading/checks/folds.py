"""Walk forward: search the past, trade the bars after it, and join what was earned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.checks.base import CheckResult
from evosearch.trading.problem import Trading

NAME = "walk_forward"
N_FOLDS = 5


def fold_problem(problem: Trading, k: int) -> Trading | None:
    """The problem of one fold: its searched part grows with `k`, its hold-out is what follows.

    Parameters
    ----------
    problem : Trading
    k : int in [0, N_FOLDS)

    Returns
    -------
    Trading or None
        None when the searched part of `problem` has too few days.
    """
    return None


def join_folds(
    folds: Sequence[Trading], genomes: Sequence[NDArray[np.float64] | None]
) -> CheckResult:
    """Whether what each fold's best earned afterwards, joined, is more than holding.

    Parameters
    ----------
    folds : sequence of Trading
        As `fold_problem` makes them, in order.
    genomes : sequence of ndarray of float64, shape (n_genes,), canonical
        The best of each fold's search; None where nothing feasible was found, which earns nothing.

    Returns
    -------
    CheckResult
        Value: the joined daily Sharpe ratio; limit: that of holding, for the same exposure.
    """
    return CheckResult(NAME)
