"""The trades of one strategy, one by one, exactly as the kernel makes them.

The kernel adds trades up as it goes; here each is kept. The bars between entry and exit are
searched by the kernel's own functions, and money is counted in the same order, so sums over
these trades equal the metrics to the last bit.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.backtest import find_exit, find_trailing_exit
from evosearch.trading.market import Execution, Market, Span, Stage

# Why a position was sold: its stop, its target, a stop that had followed the price, or only
# because the bars end.
STOP, TARGET, TRAILING, END = range(4)
REASONS = ("stop", "target", "trailing stop", "end")


@dataclass(frozen=True)
class Trades:
    """Trades in order of time.

    Attributes
    ----------
    entry_bar, exit_bar : ndarray of int64, shape (n,)
        Places within the bars of the window.
    entry_price, exit_price : ndarray of float64, shape (n,)
        Slippage included, fees not.
    notional : ndarray of float64, shape (n,)
        Money put in.
    outcome : ndarray of float64, shape (n,)
        Money won or lost, fees included.
    cash : ndarray of float64, shape (n,)
        After each trade.
    is_ambiguous : ndarray of bool, shape (n,)
        Stop and target were touched in one bar; the stop was taken as first.
    reason : ndarray of int8, shape (n,)
        Why each was sold: `STOP`, `TARGET`, `TRAILING` (a stop that had risen) or `END`.
    """

    entry_bar: NDArray[np.int64]
    exit_bar: NDArray[np.int64]
    entry_price: NDArray[np.float64]
    exit_price: NDArray[np.float64]
    notional: NDArray[np.float64]
    outcome: NDArray[np.float64]
    cash: NDArray[np.float64]
    is_ambiguous: NDArray[np.bool_]
    reason: NDArray[np.int8]

    @property
    def is_at_end(self) -> NDArray[np.bool_]:
        """Sold only because the bars end."""
        is_at_end: NDArray[np.bool_] = self.reason == END
        return is_at_end

    def __len__(self) -> int:
        return len(self.entry_bar)

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.intp] | slice) -> Trades:
        """Some of the trades; `cash` stays what it was after each."""
        return Trades(*(getattr(self, field.name)[chosen] for field in fields(self)))


_TYPES = (np.int64, np.int64, *(np.float64,) * 5, np.bool_, np.int8)


def find_signals(stage: Stage, rows: NDArray[np.int32], begin: int, end: int) -> NDArray[np.int64]:
    """The bars in [begin, end) at which all rules hold.

    Parameters
    ----------
    stage : Stage
    rows : ndarray of int32, shape (max_rules,)
        Masks of the rules of one strategy, as `RuleTable.find_rows` gives them.
    begin, end : int
    """
    first = begin >> 6
    words = np.bitwise_and.reduce(stage.rules.masks[rows, first : (end + 63) >> 6], axis=0)
    bits = np.unpackbits(words.astype("<u8").view(np.uint8), bitorder="little")
    held = np.flatnonzero(bits[begin - (first << 6) : end - (first << 6)])
    return held.astype(np.int64) + begin


def list_trades(
    stage: Stage, part: int, rows: NDArray[np.int32], stop_loss: float, take_profit: float
) -> Trades:
    """The trades of one strategy over one part of the bars.

    Parameters
    ----------
    stage : Stage
    part : int
        0 for the searched part, 1 for the hold-out.
    rows : ndarray of int32, shape (max_rules,)
        Masks of its rules.
    stop_loss, take_profit : float
        Fractions of the entry price.

    Returns
    -------
    Trades
    """
    market, execution, span = stage.market, stage.execution, stage.spans[part]
    bar, end = max(span.begin, execution.first_bar), span.end
    signals = find_signals(stage, rows, min(bar, end), end).tolist()
    cash, place, made = execution.initial_capital, 0, []
    while (place := bisect_left(signals, bar, place)) < len(signals):
        signal = signals[place]
        notional = execution.size_frac * cash if execution.size_frac > 0.0 else execution.notional
        entry_fee = notional * execution.fee_frac
        is_broke = not cash > (0.0 if execution.size_frac > 0.0 else notional + entry_fee)
        if signal >= end - 1 or is_broke:
            break
        if execution.is_next_open:
            entry_bar = signal + 1
            entry = float(market.open[entry_bar]) * (1.0 + execution.slippage_frac)
        else:
            entry_bar, entry = signal, float(market.close[signal])
        found = _leave(market, execution, span, signal + 1, entry, stop_loss, take_profit)
        if found is None:
            break
        exit_bar, price, is_ambiguous, reason = found
        value = notional / entry * price
        outcome = value - value * execution.fee_frac - notional - entry_fee
        cash += outcome
        made.append(
            (entry_bar, exit_bar, entry, price, notional, outcome, cash, is_ambiguous, reason)
        )
        bar = exit_bar if execution.is_next_open else exit_bar + 1
    columns = zip(*made, strict=True) if made else [()] * len(_TYPES)
    return Trades(*(np.array(each, kind) for each, kind in zip(columns, _TYPES, strict=True)))


def _leave(
    market: Market,
    execution: Execution,
    span: Span,
    first: int,
    entry: float,
    stop_loss: float,
    take_profit: float,
) -> tuple[int, float, bool, int] | None:
    """Exit bar and price, whether that bar was ambiguous, and why it was sold.

    None for a position that the old system dropped because it was open at the end.
    """
    end, is_next_open = span.end, execution.is_next_open
    stop, target = entry * (1.0 - stop_loss), entry * (1.0 + take_profit)
    first_stop = stop
    if execution.trail_frac > 0.0:
        # Filled at the open of `first`, a stop follows no close before that bar's own.
        lag = 1 if is_next_open else 0
        is_touched = market.low[first] <= stop or market.high[first] >= target
        exit_bar = first
        if not (is_next_open and is_touched):
            distance = execution.trail_frac * (entry - stop)
            exit_bar, stop = find_trailing_exit(
                market, first + lag, end, stop, target, distance, lag
            )
    else:
        exit_bar = find_exit(market, first, end, stop, target)
    if exit_bar >= end:
        if not is_next_open:
            return None
        return end - 1, float(market.close[end - 1]) * (1.0 - execution.slippage_frac), False, END
    is_high = bool(market.high[exit_bar] >= target)
    opened = float(market.open[exit_bar])
    if market.low[exit_bar] <= stop:
        price = min(opened, stop) * (1.0 - execution.slippage_frac) if is_next_open else stop
        return exit_bar, price, is_high, STOP if stop == first_stop else TRAILING
    return exit_bar, max(opened, target) if is_next_open else target, False, TARGET


def compute_equity(
    stage: Stage, part: int, trades: Trades, bars: NDArray[np.int64] | None = None
) -> NDArray[np.float64]:
    """Money at the close of some bars, an open position at that close.

    Parameters
    ----------
    stage : Stage
    part : int
        0 for the searched part, 1 for the hold-out.
    trades : Trades
        Of that part.
    bars : ndarray of int64, shape (n,), optional
        Of that part; without them the last bar of each UTC day.

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    execution = stage.execution
    ends = stage.spans[part].day_ends if bars is None else bars
    if not len(trades):
        return np.full(len(ends), execution.initial_capital)
    cash = np.append(execution.initial_capital, trades.cash)
    n_closed = np.searchsorted(trades.exit_bar, ends, side="right")
    equity, last = cash[n_closed], np.minimum(n_closed, len(trades) - 1)
    is_held = (n_closed < len(trades)) & (trades.entry_bar[last] <= ends)
    notional, entry = trades.notional[last], trades.entry_price[last]
    rest = equity - notional - notional * execution.fee_frac
    return np.where(is_held, rest + notional / entry * stage.market.close[ends], equity)


def compute_returns(stage: Stage, part: int, trades: Trades) -> NDArray[np.float64]:
    """Daily returns over a part, of which the Sharpe ratio and the moments are made; (n_days,)."""
    equity = compute_equity(stage, part, trades)
    before = np.append(stage.execution.initial_capital, equity[:-1])
    returns: NDArray[np.float64] = equity / before - 1.0
    return returns
