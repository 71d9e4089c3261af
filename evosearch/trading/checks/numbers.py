"""The numbers of a row, measured again."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.problems.base import VIOLATION, Batch
from evosearch.trading.checks.base import CheckResult
from evosearch.trading.metrics import LABELS
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
        Value: the largest relative difference, None where one side is undefined. ``facts`` name
        the ``first`` metric that differs too much, with ``recorded`` and ``measured``, and say
        how many were compared and whether all ``is_bit_equal``.
    """
    measured = dict(problem.evaluate_batch(Batch(problem.space, np.ascontiguousarray(genomes))))
    measured.pop(VIOLATION, None)
    return [
        _compare(row, {name: float(values[k]) for name, values in measured.items()}, tolerance)
        for k, row in enumerate(rows)
    ]


def _compare(
    row: Mapping[str, Any], measured: Mapping[str, float], tolerance: float
) -> CheckResult:
    facts: dict[str, Any] = {"n_compared": 0, "is_bit_equal": True}
    largest = 0.0
    for name in (name for name in measured if name in row):
        facts["n_compared"] += 1
        difference = _find_difference(row[name], measured[name])
        facts["is_bit_equal"] &= difference == 0.0
        largest = max(largest, difference)
        # A label is not a quantity: near is as wrong as far.
        if difference > (0.0 if name in LABELS else tolerance) and "first" not in facts:
            recorded = row[name] if isinstance(row[name], (int, float)) else None
            facts["first"] = name
            facts |= {"recorded": _tell(recorded), "measured": _tell(measured[name])}
    value = largest if math.isfinite(largest) else None
    return CheckResult(NAME, "first" not in facts, value, tolerance, facts)


def _find_difference(recorded: Any, measured: float) -> float:
    """Relative; infinite where only one side is defined."""
    other = float(recorded) if isinstance(recorded, (int, float)) else math.nan
    if other == measured or (math.isnan(other) and math.isnan(measured)):
        return 0.0
    difference = abs(other - measured) / max(abs(other), abs(measured))
    return math.inf if math.isnan(difference) else difference


def _tell(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value
