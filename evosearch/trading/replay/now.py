"""Whether a strategy is in the market at the last bar, and what it does next.

Here the bars are played in one piece, as a person trades a strategy: money does not
begin anew at the hold-out, and the end of the bars sells nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evosearch.trading.checks.base import get_exits
from evosearch.trading.market import Stage, make_span
from evosearch.trading.problem import Trading
from evosearch.trading.replay.replay import encode
from evosearch.trading.trades import Trades, find_signals, list_trades


@dataclass(frozen=True)
class Now:
    """A strategy at the close of the last bar.

    Attributes
    ----------
    is_in : bool
        It holds a position.
    since_us : int or None
        When it bought, in microseconds since 1970.
    entry_price, stop, target : float or None
        Of the position: slippage included. A stop that follows the price is where it stands for
        the next bar.
    buys_next : bool
        It holds nothing, and its rules hold on the last bar: it buys at the next open (where a
        problem fills at the same close, at this very close).
    last_bar_us : int
        When the last bar began.
    last_close : float
    """

    is_in: bool
    since_us: int | None
    entry_price: float | None
    stop: float | None
    target: float | None
    buys_next: bool
    last_bar_us: int
    last_close: float


def position_now(problem: Trading, params: Mapping[str, Any]) -> Now:
    """The position of a strategy at the last bar of its problem, played in one piece.

    Parameters
    ----------
    problem : Trading
        Its space holds the strategy.
    params : mapping
        Genes by name.
    """
    genomes = np.ascontiguousarray(encode(problem, [params]))
    (stop_loss,), (take_profit,) = get_exits(problem, genomes)
    rows = problem.stage.rules.find_rows(genomes)[0]
    bars = problem.bars
    stage = problem.stage._replace(spans=(make_span(bars, 0, len(bars)),))
    trades = list_trades(stage, 0, rows, float(stop_loss), float(take_profit))
    last = len(bars) - 1
    idle = Now(
        False, None, None, None, None, False, int(bars.timestamp_us[-1]), float(bars.close[-1])
    )
    closed = trades.take(~trades.is_at_end)
    entry_bar, entry = -1, 0.0
    if len(closed) < len(trades):
        entry_bar, entry = int(trades.entry_bar[-1]), float(trades.entry_price[-1])
    else:
        signal = _next_signal(stage, rows, closed, last + 1)
        if signal == last:
            return replace(idle, buys_next=True)
        if 0 <= signal < last:  # filled at its close, and still open at the end
            entry_bar, entry = signal, float(bars.close[signal])
    if entry_bar < 0:
        return idle
    stop = _find_stop(stage, entry_bar, entry, float(stop_loss))
    since, target = int(bars.timestamp_us[entry_bar]), entry * (1.0 + float(take_profit))
    return replace(
        idle, is_in=True, since_us=since, entry_price=entry, stop=float(stop), target=target
    )


def _next_signal(stage: Stage, rows: Any, closed: Trades, end: int) -> int:
    """The first bar after the last trade at which all rules hold; -1 for none, or without money."""
    execution, cash = stage.execution, stage.execution.initial_capital
    bar = execution.first_bar
    if len(closed):
        bar = int(closed.exit_bar[-1]) + (not execution.is_next_open)
        cash = float(closed.cash[-1])
    needed = 0.0 if execution.size_frac > 0.0 else execution.notional * (1.0 + execution.fee_frac)
    if bar >= end or not cash > needed:
        return -1
    signals = find_signals(stage, rows, bar, end)
    return int(signals[0]) if len(signals) else -1


def _find_stop(stage: Stage, entry_bar: int, entry: float, stop_loss: float) -> float:
    """The stop that holds for the next bar."""
    execution, stop = stage.execution, entry * (1.0 - stop_loss)
    # Filled at a close, a position follows the closes after it; at an open, from its own bar's on.
    closes = stage.market.close[entry_bar + (not execution.is_next_open) :]
    if execution.trail_frac > 0.0 and len(closes):
        stop = max(stop, float(closes.max()) - execution.trail_frac * (entry - stop))
    return stop
