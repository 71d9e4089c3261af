"""What a check returns, and how strategies are measured for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.backtest import simulate
from evosearch.trading.market import Execution
from evosearch.trading.metrics import NAMES
from evosearch.trading.problem import Trading

_SHARPE = NAMES.index("sharpe_daily")


@dataclass(frozen=True)
class CheckResult:
    """What one check found about one strategy.

    Attributes
    ----------
    name : str
        Of the check, such as ``lookahead``.
    passed : bool or None
        None when the check cannot tell; ``facts["why"]`` says why.
    value, limit : float or None
        What was found, and where the check draws its line.
    facts : dict
        More, as plain data: text, finite numbers, None, and lists of them.
    """

    name: str
    passed: bool | None = None
    value: float | None = None
    limit: float | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def cannot_tell(name: str, why: str, **facts: Any) -> CheckResult:
    """The result of a check that has nothing to go by.

    Parameters
    ----------
    name : str
    why : str
        A key: ``no_trades``, ``no_sharpe``, ``no_profit`` or ``too_short``.
    **facts
        More of what was found.
    """
    return CheckResult(name, facts={"why": why, **facts})


def get_exits(
    problem: Trading, genomes: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Stop loss and take profit of each genome, contiguous."""
    stops, targets = (
        np.ascontiguousarray(genomes[:, problem.space.index[name]])
        for name in ("stop_loss_frac", "take_profit_frac")
    )
    return stops, targets


def measure(
    problem: Trading, genomes: NDArray[np.float64], execution: Execution | None = None
) -> NDArray[np.float64]:
    """Metrics over the searched part, in the order of `METRICS`.

    Parameters
    ----------
    problem : Trading
    genomes : ndarray of float64, shape (n, n_genes), canonical
    execution : Execution, optional
        In place of the problem's own.

    Returns
    -------
    ndarray of float64, shape (n, n_metrics)
    """
    genomes = np.ascontiguousarray(genomes)
    stage, exits = problem.stage, get_exits(problem, genomes)
    rows = stage.rules.find_rows(genomes)  # before `masks` is asked for: it may grow
    return simulate(
        stage.market, execution or stage.execution, stage.spans[0], stage.rules.masks, rows, *exits
    )


def measure_sharpes(problem: Trading, genomes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Daily Sharpe ratios over the searched part, shape (n,); NaN where undefined."""
    return measure(problem, genomes)[:, _SHARPE]
