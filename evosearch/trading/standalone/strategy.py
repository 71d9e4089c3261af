"""An example of an exported strategy: `render` writes another one above the line of dashes.

    python strategy.py prices.csv         the trades as they were measured
    python strategy.py prices.csv --all   all bars up to the newest one, and the position now

What stands below the line is the same for all strategies. It mirrors the package's own code, in
which every rounding is the same, and imports nothing of it.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from typing import NamedTuple

import numpy as np
import pandas as pd

FILL = "next_open"
STOP_LOSS = 0.03
TAKE_PROFIT = 0.06
FEE = 0.004
SLIPPAGE = 0.0005
SIZE: float | None = 1.0
NOTIONAL: float | None = None
TRAIL: float | None = None
CAPITAL = 10_000.0
FIRST_DECISION = 0
FIRST_BAR = "2025-10-10 09:50:00"
LAST_BAR = "2026-01-22 19:35:00"
N_BARS = 30_000
N_SEARCHED = 21_000
BARS_SHA256 = ""


def find_entries(close: np.ndarray, volume: np.ndarray) -> np.ndarray:
    """True at each bar on whose close all rules hold."""
    return (close < mean(close, 100)) & (volume > mean(volume, 20))


# ------------------------------------------------------------------------------------------------
# From here on the file is the same for every strategy.


class Bars(NamedTuple):
    """Prices in order of time; times are microseconds since 1970 UTC."""

    time: np.ndarray
    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    volume: np.ndarray


class Trade(NamedTuple):
    """One purchase and its sale; bars are places within the window."""

    entry_bar: int
    entry_price: float
    exit_bar: int
    exit_price: float
    reason: str  # stop, trailing stop, target or end
    fees: float  # of both sides
    profit: float  # after fees


class Position(NamedTuple):
    """What is held."""

    entry_bar: int
    entry_price: float
    notional: float
    stop: float
    target: float


def mean(values: np.ndarray, period: int) -> np.ndarray:
    """Mean of the last `period` values; not a number before there are as many.

    What each addition rounds away is kept (Knuth's two-sum), and the division is rounded once
    (Veltkamp's split). So a price that is exactly its own average compares as equal to it.
    """
    means = np.full(len(values), np.nan)
    n = max(0, len(values) - period + 1)
    total, error = np.zeros(n), np.zeros(n)
    for oldest in range(period if n else 0):
        value = values[oldest : oldest + n]
        rounded = total + value
        part = rounded - total
        error += (total - (rounded - part)) + (value - part)
        total = rounded
    with np.errstate(all="ignore"):
        quotient = total / period
        scaled = quotient * 134_217_729.0
        high = scaled - (scaled - quotient)
        rest = (total - high * period) - (quotient - high) * period
        exact = quotient + (rest + error) / period
    means[len(values) - n :] = np.where(np.isfinite(rest), exact, quotient)
    # The mean of equal numbers is that number.
    place = np.arange(len(values))
    is_new = np.append(True, values[1:] != values[:-1])
    n_equal = place - np.maximum.accumulate(np.where(is_new, place, 0)) + 1
    return np.where(n_equal >= period, values, means)


def ema(values: np.ndarray, period: int) -> np.ndarray:
    """Exponential average, which begins with the first value."""
    alpha, last, averages = 2.0 / (period + 1), float(values[0]), []
    for value in values.tolist():
        last = last + alpha * (value - last)
        averages.append(last)
    return np.array(averages)


def rsi(close: np.ndarray, period: int) -> np.ndarray:
    """Relative strength by plain means; 50 where nothing moved and before `period` bars."""
    change = np.diff(close, prepend=close[0])
    gain, loss = mean(np.maximum(change, 0.0), period), mean(np.maximum(-change, 0.0), period)
    with np.errstate(divide="ignore", invalid="ignore"):
        strength = 100.0 - 100.0 / (1.0 + gain / loss)
    return np.where(np.isnan(strength), 50.0, strength)


def choose_amount(cash: float) -> float:
    """Money for the next trade; 0 if there is not enough."""
    if NOTIONAL is not None:
        return NOTIONAL if cash > NOTIONAL + NOTIONAL * FEE else 0.0
    return (SIZE or 0.0) * cash if cash > 0.0 else 0.0


def sell(held: Position, bar: int, price: float, reason: str) -> Trade:
    """The trade that ends here."""
    value = held.notional / held.entry_price * price
    entry_fee = held.notional * FEE
    profit = value - value * FEE - held.notional - entry_fee
    fees = entry_fee + value * FEE
    return Trade(held.entry_bar, held.entry_price, bar, price, reason, fees, profit)


def trade_next_open(
    bars: Bars, entries: np.ndarray, begin: int, end: int, is_part: bool
) -> tuple[list[Trade], Position | None]:
    """Decide on a close, buy at the next open; the whole of that bar can already sell.

    Of two prices that one bar touches the stop counts first. At the last close of a part the
    position is sold; otherwise it stays open and is returned.
    """
    opens, highs, lows, closes = (each.tolist() for each in bars[1:5])
    cash, trades, held = CAPITAL, [], None
    for bar in range(begin, end):
        if held is None and bar > begin and entries[bar - 1]:
            notional = choose_amount(cash)
            if notional > 0.0:
                price = opens[bar] * (1.0 + SLIPPAGE)
                stop, target = price * (1.0 - STOP_LOSS), price * (1.0 + TAKE_PROFIT)
                held = Position(bar, price, notional, stop, target)
        if held is None:
            continue
        first_stop, stop = held.entry_price * (1.0 - STOP_LOSS), held.stop
        if TRAIL is not None and bar > held.entry_bar:
            stop = max(stop, closes[bar - 1] - TRAIL * (held.entry_price - first_stop))
            held = held._replace(stop=stop)
        if lows[bar] <= stop:
            reason = "trailing stop" if stop > first_stop else "stop"
            trade = sell(held, bar, min(opens[bar], stop) * (1.0 - SLIPPAGE), reason)
        elif highs[bar] >= held.target:
            trade = sell(held, bar, max(opens[bar], held.target), "target")
        elif is_part and bar == end - 1:
            trade = sell(held, bar, closes[bar] * (1.0 - SLIPPAGE), "end")
        else:
            continue
        trades.append(trade)
        cash, held = cash + trade.profit, None
    return trades, held


def read_bars(path: str) -> Bars:
    """Bars of a CSV file: timestamp, open, high, low, close, volume (0 where there is none)."""
    # As text: pandas' own numbers may be off by the last bit.
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame.columns = [str(name).strip().lower() for name in frame.columns]
    frame = frame.rename(columns=dict.fromkeys(("time", "date", "datetime"), "timestamp"))
    wanted = ["timestamp", *Bars._fields[1:]]
    if "volume" not in frame.columns:
        frame["volume"] = "0"
    if missing := [name for name in wanted if list(frame.columns).count(name) != 1]:
        sys.exit(f"{path}: needs one column {missing[0]}; expected are {', '.join(wanted)}.")
    try:
        times = read_times(frame["timestamp"].tolist())
        columns = [np.array([float(cell) for cell in frame[name]]) for name in wanted[1:]]
    except ValueError as error:
        sys.exit(f"{path}: {error}")
    bars = Bars(times, *columns)
    if not all(np.isfinite(column).all() for column in columns):
        sys.exit(f"{path}: a price or a volume is no finite number.")
    if not (np.diff(bars.time) > 0).all():
        sys.exit(f"{path}: the rows are not in order of time, oldest first, each time once.")
    return bars


def read_times(texts: list[str]) -> np.ndarray:
    """Microseconds since 1970 UTC, of ISO 8601 or of seconds, thousandths or millionths."""
    try:
        numbers = np.array([float(text) for text in texts])
    except ValueError:
        moments = pd.to_datetime(pd.Series(texts), utc=True, format="ISO8601")
        return moments.dt.tz_localize(None).to_numpy("datetime64[us]").astype(np.int64)
    size = np.abs(numbers).max(initial=0.0)
    return (numbers * (1_000_000 if size < 1e11 else 1_000 if size < 1e14 else 1)).astype(np.int64)


def choose_bars(bars: Bars, is_all: bool = False) -> Bars:
    """The window that was measured, or all bars from its first one on."""
    first, last = (int(pd.Timestamp(text).timestamp()) for text in (FIRST_BAR, LAST_BAR))
    seconds = bars.time // 1_000_000
    chosen = (seconds >= first) & (is_all | (seconds <= last))
    return Bars(*(column[chosen] for column in bars))


def is_measured(bars: Bars) -> bool:
    """Whether these are the very bars that were measured."""
    digest = hashlib.sha256(bars.time.astype("<i8").tobytes())
    for column in bars[1:]:
        digest.update((column + 0.0).astype("<f8").tobytes())
    return digest.hexdigest() == BARS_SHA256


def find_trades(bars: Bars) -> list[tuple[int, int, list[Trade]]]:
    """First bar, end and trades of each part of the window, each with the same money at first.

    The searched part comes first. The hold-out, if there is one, was never seen by the search.
    """
    entries, n = find_entries(bars.close, bars.volume), len(bars.time)
    parts = [(0, min(N_SEARCHED, n)), (N_SEARCHED, n)]
    return [
        (begin, end, trade_next_open(bars, entries, begin, end, is_part=True)[0])
        for begin, end in parts
        if begin < end
    ]


def write_time(bars: Bars, bar: int) -> str:
    """When a bar begins, UTC."""
    return str(pd.Timestamp(int(bars.time[bar]), unit="us"))


def print_trades(name: str, bars: Bars, begin: int, end: int, trades: list[Trade]) -> None:
    """Print what was traded in some of the bars, with twelve digits."""
    print(f"{name}: {write_time(bars, begin)} to {write_time(bars, end - 1)} UTC")
    heads = ("bought", "at", "sold", "at", "why", "fees", "profit", "bars")
    rows = []
    for trade in trades:
        bought, sold = (write_time(bars, bar) for bar in (trade.entry_bar, trade.exit_bar))
        money = [f"{x:.12g}" for x in (trade.entry_price, trade.exit_price, *trade[-2:])]
        length = str(trade.exit_bar - trade.entry_bar + (FILL == "next_open"))
        rows.append((bought, money[0], sold, money[1], trade.reason, *money[2:], length))
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for row in [heads, *rows] if rows else []:
        print("  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)))
    profit = sum(trade.profit for trade in trades)
    print(f"{len(trades):,} trades, profit {profit:,.2f} of {CAPITAL:,.2f}\n")


def main(arguments: list[str] | None = None) -> None:
    """Print the trades over a file of prices."""
    parser = argparse.ArgumentParser(description="The trades of one strategy.")
    parser.add_argument("prices", help="CSV: timestamp, open, high, low, close, volume (UTC)")
    parser.add_argument("--all", action="store_true", help="all bars to the newest, in one piece")
    asked = parser.parse_args(arguments)
    everything = read_bars(asked.prices)
    bars = choose_bars(everything, asked.all)
    if not len(bars.time):
        sys.exit(f"{asked.prices}: no bar from {FIRST_BAR} to {LAST_BAR} UTC, the window.")
    if not is_measured(choose_bars(bars)):
        print(f"note: not the {N_BARS} bars that were measured: trades may differ", file=sys.stderr)
    if not asked.all:
        names = "Searched", "Hold-out, never seen by the search"
        for name, (begin, end, trades) in zip(names, find_trades(bars), strict=False):
            print_trades(name, bars, begin, end, trades)
        if n_newer := int((everything.time > bars.time[-1]).sum()):
            print(f"{n_newer:,} newer bars are not used; --all takes them too.")
        return
    entries, n = find_entries(bars.close, bars.volume), len(bars.time)
    trades, held = trade_next_open(bars, entries, 0, n, is_part=False)
    print_trades("All bars in one piece", bars, 0, n, trades)
    cash = CAPITAL + sum(trade.profit for trade in trades)
    if held is not None:
        levels = f"stop {held.stop:.12g}, target {held.target:.12g}"
        since, price = write_time(bars, held.entry_bar), held.entry_price
        print(f"now: in the market since {since} at {price:.12g}; {levels}")
    elif entries[-1] and FILL == "next_open" and choose_amount(cash) > 0.0:
        print("now: out of the market; the rules hold: buy at the next open")
    else:
        print("now: out of the market, and nothing to buy on the newest bar")


if __name__ == "__main__":
    main()
