"""One strategy played again: every trade, and its money at the close of every bar.

A row of a ranking was measured in two parts: the last close of each closes what is open, and the
hold-out begins with new money. So it is played here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.genome.canonical import canonicalise, make_layout
from evosearch.problems.base import VIOLATION, Batch
from evosearch.trading.bars import Bars
from evosearch.trading.checks.base import list_own_trades
from evosearch.trading.metrics import LABELS
from evosearch.trading.problem import Trading
from evosearch.trading.trades import Trades, compute_equity

PARTS = ("in", "oos")
# Relative: another processor may round the last bits otherwise.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Part:
    """A strategy over one part of the bars.

    Attributes
    ----------
    name : str
        ``"in"``, the searched part, or ``"oos"``, the hold-out.
    begin, end : int
        Bars [begin, end) of the window.
    trades : Trades
    fees : ndarray of float64, shape (n_trades,)
        Of entry and exit, in money.
    n_bars : ndarray of int64, shape (n_trades,)
        For how many bars each was held, as `exposure_frac` counts them.
    equity : ndarray of float64, shape (end - begin,)
        Money at the close of each bar, an open position at that close.
    hold : ndarray of float64, shape (end - begin,)
        The same if all was bought at the first open, without costs.
    """

    name: str
    begin: int
    end: int
    trades: Trades
    fees: NDArray[np.float64]
    n_bars: NDArray[np.int64]
    equity: NDArray[np.float64]
    hold: NDArray[np.float64]

    @property
    def reasons(self) -> NDArray[np.int8]:
        """Why each trade was sold, as `trades` numbers the reasons."""
        return self.trades.reason


@dataclass(frozen=True)
class Replay:
    """A strategy over all bars, as its row was measured.

    Attributes
    ----------
    bars : Bars
    parts : tuple of Part
        The searched part, and the hold-out if there is one.
    initial_capital : float
        With which each part begins.
    metrics : mapping of str to float
        By the names of columns, from the kernel; NaN where undefined.
    """

    bars: Bars
    parts: tuple[Part, ...]
    initial_capital: float
    metrics: Mapping[str, float]

    def difference(self, recorded: Mapping[str, Any]) -> list[str]:
        """The metrics that a row states otherwise; those that it lacks are not compared.

        Parameters
        ----------
        recorded : mapping
            Metrics of a row by name; None where undefined.
        """
        return [
            name
            for name, value in self.metrics.items()
            if name in recorded
            # A shard of an older version does not tell which rows trade alike.
            and not (name in LABELS and recorded[name] is None)
            and _differs(recorded[name], value)
        ]


def _differs(recorded: Any, measured: float) -> bool:
    if recorded is None or math.isnan(recorded) or math.isnan(measured):
        return not (math.isnan(measured) and (recorded is None or math.isnan(recorded)))
    return not math.isclose(recorded, measured, rel_tol=TOLERANCE, abs_tol=0.0)


def encode(problem: Trading, rows: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
    """The canonical genomes of parameters, shape (n, n_genes).

    Raises
    ------
    SpaceError
        They do not lie in the problem's space.
    """
    genomes = problem.space.encode(rows)
    return canonicalise(make_layout(problem.space), genomes, np.zeros_like(genomes))


def replay(problem: Trading, params: Mapping[str, Any]) -> Replay:
    """Play a strategy again.

    Parameters
    ----------
    problem : Trading
        Its space holds the strategy.
    params : mapping
        Genes by name; None or absent where inactive.

    Returns
    -------
    Replay

    Raises
    ------
    SpaceError
        The space does not hold it.
    """
    genome, stage = encode(problem, [params])[0], problem.stage
    parts = []
    for place, span in enumerate(stage.spans):
        trades = list_own_trades(problem, genome, place)
        value = trades.notional / trades.entry_price * trades.exit_price
        fees = (trades.notional + value) * stage.execution.fee_frac
        bars = np.arange(span.begin, span.end)
        equity = compute_equity(stage, place, trades, bars)
        first = problem.bars.open[span.begin]
        hold = stage.execution.initial_capital * (problem.bars.close[span.begin : span.end] / first)
        n_bars = trades.exit_bar - trades.entry_bar + stage.execution.is_next_open
        name = PARTS[place]
        parts.append(Part(name, span.begin, span.end, trades, fees, n_bars, equity, hold))
    measured = problem.evaluate_batch(Batch(problem.space, genome[None, :]))
    metrics = {name: float(values[0]) for name, values in measured.items() if name != VIOLATION}
    return Replay(problem.bars, tuple(parts), stage.execution.initial_capital, metrics)
