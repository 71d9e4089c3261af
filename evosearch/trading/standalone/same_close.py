"""How the old system filled: in an exported file this takes the place of `trade_next_open`."""

from __future__ import annotations

import numpy as np

from evosearch.trading.standalone.strategy import (
    CAPITAL,
    FIRST_DECISION,
    STOP_LOSS,
    TAKE_PROFIT,
    TRAIL,
    Bars,
    Position,
    Trade,
    choose_amount,
    sell,
)


def trade_same_close(
    bars: Bars, entries: np.ndarray, begin: int, end: int, is_part: bool
) -> tuple[list[Trade], Position | None]:
    """Decide and buy at the same close; the stop follows each close before it is tested.

    A bar that sells buys nothing. A position that is open at the end is no trade.
    """
    highs, lows, closes = (each.tolist() for each in bars[2:5])
    cash, trades, held = CAPITAL, [], None
    for bar in range(begin, end):
        price = closes[bar]
        if held is None:
            notional = choose_amount(cash)
            if bar >= FIRST_DECISION and entries[bar] and notional > 0.0:
                stop, target = price * (1.0 - STOP_LOSS), price * (1.0 + TAKE_PROFIT)
                held = Position(bar, price, notional, stop, target)
            continue
        first_stop, stop = held.entry_price * (1.0 - STOP_LOSS), held.stop
        if TRAIL is not None:
            stop = max(stop, price - TRAIL * (held.entry_price - first_stop))
            held = held._replace(stop=stop)
        if lows[bar] <= stop:
            trade = sell(held, bar, stop, "trailing stop" if stop > first_stop else "stop")
        elif highs[bar] >= held.target:
            trade = sell(held, bar, held.target, "target")
        else:
            continue
        trades.append(trade)
        cash, held = cash + trade.profit, None
    return trades, None if is_part else held
