"""A slow backtest, written from the specification alone, to judge the fast kernel by.

It shares no code with evosearch: it takes one bar after another and values the account on every
one of them. The rules are in `reference_signals`, the recorded numbers in `reference_metrics`.
Bars are a dict of arrays of shape (n_bars,): ``timestamp_us`` (int64, microseconds since 1970
UTC), ``open``, ``high``, ``low``, ``close`` and ``volume`` (float64).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.trading.reference_signals import NAN, Signals

DEFAULTS: dict[str, Any] = {
    "fill": "next_open",
    "fee_frac": 0.004,
    "slippage_frac": 0.0005,
    "size_frac": 1.0,
    "notional": None,
    "trail_frac": None,
    "initial_capital": 10_000.0,
    "holdout_frac": 0.3,
}
# The old system's amounts, which no option changes.
OLD_CAPITAL, OLD_NOTIONAL, OLD_FIRST_BAR, OLD_TRAIL = 10_000.0, 1_000.0, 200, 0.8


@dataclass
class Trade:
    """One round trip; bars are indices into the window, money is in dollars."""

    entry_bar: int
    exit_bar: int
    entry_price: float
    exit_price: float
    notional: float
    pnl: float
    reason: str  # "stop", "target" or "end"
    is_ambiguous: bool  # stop and target both lay inside the exit bar


@dataclass
class Position:
    """What is held; `cash` is what was left of the account after paying for it."""

    entry_bar: int
    entry_price: float
    notional: float
    quantity: float
    cash: float
    stop: float
    target: float
    trail_distance: float


@dataclass
class Simulation:
    """The course of one account over the bars `start` to `end` (exclusive) of the window."""

    trades: list[Trade]
    equity: list[float]  # (end - start,) dollars at the close of each bar
    initial_capital: float
    n_bars_held: int


def run(
    signals: Signals, params: dict[str, Any], options: dict[str, Any]
) -> list[tuple[int, Simulation]]:
    """Simulate the bars before the hold-out, and the hold-out if there is one.

    Parameters
    ----------
    signals : Signals
        Over the whole window: the hold-out's indicators are warm.
    params : dict
        The strategy, gene name to value.
    options : dict
        What differs from `DEFAULTS`; other keys are ignored.

    Returns
    -------
    list of (int, Simulation)
        First bar and course of each simulation.
    """
    options = DEFAULTS | options
    bars, signal = signals.bars, signals.of_strategy(params)
    n_bars = len(signal)
    if options["fill"] == "same_close":
        return [(0, simulate_same_close(bars, signal, params, options))]
    split = n_bars - round(n_bars * options["holdout_frac"])
    spans = [(0, split), (split, n_bars)] if split < n_bars else [(0, n_bars)]
    return [
        (start, simulate_next_open(bars, signal, params, options, start, end))
        for start, end in spans
    ]


def simulate_next_open(
    bars: dict[str, np.ndarray],
    signal: np.ndarray,
    params: dict[str, Any],
    options: dict[str, Any],
    start: int,
    end: int,
) -> Simulation:
    """Decide on a close and fill at the next open, over the bars `start` to `end`.

    Parameters
    ----------
    bars : dict of ndarray, shape (n_bars,)
    signal : ndarray of bool, shape (n_bars,)
    params : dict
        ``stop_loss_frac`` and ``take_profit_frac`` are used.
    options : dict
        Every key of `DEFAULTS`.
    start, end : int
        First bar, and the bar after the last.
    """
    fee, slippage = options["fee_frac"], options["slippage_frac"]
    opens, highs, lows, closes = (bars[name].tolist() for name in ("open", "high", "low", "close"))
    cash, position = options["initial_capital"], None
    trades, equity, n_bars_held = [], [], 0
    for bar in range(start, end):
        if position is None and bar > start and signal[bar - 1]:
            notional = options["notional"] or options["size_frac"] * cash
            can_pay = cash > notional + notional * fee if options["notional"] else cash > 0
            if can_pay:
                price = opens[bar] * (1 + slippage)
                trail = options["trail_frac"]
                position = _open(bar, price, notional, cash, fee, params, trail)
        if position is not None:
            n_bars_held += 1
            if bar > position.entry_bar:  # the close before the entry belongs to no position
                position.stop = max(position.stop, closes[bar - 1] - position.trail_distance)
            reason, price = "", NAN
            if lows[bar] <= position.stop:
                reason, price = "stop", min(opens[bar], position.stop) * (1 - slippage)
            elif highs[bar] >= position.target:
                reason, price = "target", max(opens[bar], position.target)
            elif bar == end - 1:
                reason, price = "end", closes[bar] * (1 - slippage)
            if reason:
                is_ambiguous = reason == "stop" and highs[bar] >= position.target
                trade, cash = _close(position, bar, price, fee, reason, is_ambiguous)
                trades.append(trade)
                position = None
        equity.append(cash if position is None else _value(position, closes[bar]))
    return Simulation(trades, equity, options["initial_capital"], n_bars_held)


def simulate_same_close(
    bars: dict[str, np.ndarray],
    signal: np.ndarray,
    params: dict[str, Any],
    options: dict[str, Any],
) -> Simulation:
    """The old system over the whole window: decide and fill at one close, fixed amounts."""
    fee = options["fee_frac"]
    highs, lows, closes = (bars[name].tolist() for name in ("high", "low", "close"))
    cash, position = OLD_CAPITAL, None
    trades, equity, n_bars_held = [], [], 0
    for bar, close in enumerate(closes):
        if position is not None:
            position.stop = max(position.stop, close - position.trail_distance)
            reason, price = "", NAN
            if lows[bar] <= position.stop:
                reason, price = "stop", position.stop
            elif highs[bar] >= position.target:
                reason, price = "target", position.target
            if reason:
                is_ambiguous = reason == "stop" and highs[bar] >= position.target
                trade, cash = _close(position, bar, price, fee, reason, is_ambiguous)
                trades.append(trade)
                n_bars_held += bar - position.entry_bar
                position = None
        elif bar >= OLD_FIRST_BAR and signal[bar] and cash > OLD_NOTIONAL + OLD_NOTIONAL * fee:
            position = _open(bar, close, OLD_NOTIONAL, cash, fee, params, OLD_TRAIL)
        equity.append(cash if position is None else _value(position, close))
    if position is not None:  # dropped at the end: as if it had never been opened
        equity[position.entry_bar :] = [cash] * (len(closes) - position.entry_bar)
    return Simulation(trades, equity, OLD_CAPITAL, n_bars_held)


def _open(
    bar: int,
    price: float,
    notional: float,
    cash: float,
    fee: float,
    params: dict[str, Any],
    trail: float | None,
) -> Position:
    stop = price * (1 - params["stop_loss_frac"])
    target = price * (1 + params["take_profit_frac"])
    # A stop that does not trail follows the price at an infinite distance.
    distance = math.inf if trail is None else trail * (price - stop)
    left = cash - notional - notional * fee
    return Position(bar, price, notional, notional / price, left, stop, target, distance)


def _close(
    position: Position, bar: int, price: float, fee: float, reason: str, is_ambiguous: bool
) -> tuple[Trade, float]:
    """The finished trade, and the cash of the account afterwards."""
    value, notional = position.quantity * price, position.notional
    pnl = value - value * fee - notional - notional * fee
    entry = position.entry_bar, bar, position.entry_price
    trade = Trade(*entry, price, notional, pnl, reason, is_ambiguous)
    return trade, position.cash + value - value * fee


def _value(position: Position, close: float) -> float:
    return position.cash + position.quantity * close
