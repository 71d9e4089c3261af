"""What a check returns, and how strategies are measured for it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.evidence import Moments
from evosearch.trading.backtest import measure_equity, simulate
from evosearch.trading.bars import COLUMNS, Bars
from evosearch.trading.market import Execution
from evosearch.trading.metrics import NAMES
from evosearch.trading.problem import Trading
from evosearch.trading.trades import Trades, list_trades

SHARPE, RETURN, N_TRADES = map(NAMES.index, ("sharpe_daily", "return_frac", "n_trades"))


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
    return measure(problem, genomes)[:, SHARPE]


def compare_median(name: str, own: float, others: NDArray[np.float64]) -> CheckResult:
    """Whether the median of other Sharpe ratios is at least half of a strategy's own.

    Parameters
    ----------
    name : str
    own : float
    others : ndarray of float64, shape (n,)
        NaN counts as 0: such a strategy neither won nor lost.
    """
    if np.isnan(own):
        return cannot_tell(name, "no_sharpe")
    facts: dict[str, Any] = {"own": own, "many": len(others)}
    if not len(others):
        return cannot_tell(name, "too_short", **facts)
    median = float(np.median(np.nan_to_num(others, nan=0.0)))
    if not own > 0.0:  # half of a loss would be easy to reach
        return cannot_tell(name, "no_profit", **facts, median=median)
    return CheckResult(name, median >= 0.5 * own, median, 0.5 * own, facts)


def list_own_trades(problem: Trading, genome: NDArray[np.float64], part: int = 0) -> Trades:
    """The trades of one canonical genome over a part: 0 is searched, 1 is the hold-out."""
    genomes = np.ascontiguousarray(genome[None, :])
    (stop,), (target,) = get_exits(problem, genomes)
    row = problem.stage.rules.find_rows(genomes)[0]
    return list_trades(problem.stage, part, row, float(stop), float(target))


def cut_bars(bars: Bars, end: int) -> Bars:
    """The bars before a place."""
    columns = {name: getattr(bars, name)[:end] for name in COLUMNS[1:]}
    return replace(bars, timestamp_us=bars.timestamp_us[:end], notes=(), path=None, **columns)


def compute_moments(returns: NDArray[np.float64]) -> Moments:
    """What daily returns are in a few numbers, by the code that measures strategies."""
    equity = np.asarray(np.cumprod(1.0 + returns), np.float64)
    found = measure_equity(equity, 1.0)
    names = ("sharpe_daily", "skew_daily", "kurtosis_daily")
    return Moments.of(*(found[name] for name in names), len(returns))
