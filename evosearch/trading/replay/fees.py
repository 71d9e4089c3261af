"""What strategies earn without costs, and the fee at which they stop earning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.checks.base import N_TRADES, RETURN, measure
from evosearch.trading.problem import Trading

# A fee of this much cannot be paid.
_HIGHEST = 0.99
# Of a fee: a hundredth of a basis point, finer than what is printed.
_STEP = 1e-6


@dataclass(frozen=True)
class Costs:
    """What a strategy would have earned at other costs, over the searched part.

    Attributes
    ----------
    without : float or None
        Its return without fee and slippage; None without a trade.
    break_even : float or None
        The greatest fee a side, as a fraction and with the slippage that it was measured with, at
        which it does not lose; None if it loses without any fee.
    """

    without: float | None
    break_even: float | None


def compare_costs(problem: Trading, genomes: NDArray[np.float64]) -> list[Costs]:
    """The same strategies without costs, and the fee that takes all they earn.

    Parameters
    ----------
    problem : Trading
    genomes : ndarray of float64, shape (n, n_genes), canonical

    Returns
    -------
    list of Costs
    """
    free = problem.stage.execution._replace(fee_frac=0.0, slippage_frac=0.0)
    found = measure(problem, genomes, free)
    return [
        Costs(
            float(values[RETURN]) if values[N_TRADES] else None,
            _find_break_even(problem, genomes[place : place + 1]),
        )
        for place, values in enumerate(found)
    ]


def _find_break_even(problem: Trading, genome: NDArray[np.float64]) -> float | None:
    """The greatest multiple of `_STEP` at which a strategy does not lose."""
    execution = problem.stage.execution

    def earn(n_steps: int) -> float:
        found = measure(problem, genome, execution._replace(fee_frac=n_steps * _STEP))[0]
        return float(found[RETURN]) if found[N_TRADES] else -1.0

    if earn(0) < 0.0:
        return None
    low, high = 0, round(_HIGHEST / _STEP)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if earn(middle) >= 0.0 else (low, middle)
    return low * _STEP
