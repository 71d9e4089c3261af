"""Run strategies over bars: the compiled kernel.

Entries are found by jumping from set bit to set bit of the AND of a strategy's rule masks. While
in a position, whole blocks of bars are skipped when their lowest low and highest high can touch
neither stop nor target, and drawdown skips blocks that cannot deepen it. Nothing is
approximated: skipping is decided by bounds that hold for every bar of a block, so the result
equals a walk over every bar. Drawdown, by blocks, and daily equity, at the ends of days, are two
readings of one equity curve.

    signal at i --> enter (i + 1 open, or i close) --> first bar that touches stop or target
         ^                                                          |
         +---------------- next set bit from there <----------------+
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.unsafe.ndarray import to_fixed_tuple
from numpy.typing import NDArray

from evosearch.genome.compiled import compiled
from evosearch.trading.market import COARSE, FINE, Execution, Market, Span
from evosearch.trading.metrics import NAMES

MIN_DAYS = 30


class Columns(NamedTuple):
    """The column of each metric that the kernel writes.

    The fields stand here and their numbers come from the records, as an argument of each kernel.
    numba's cache notices edits of this file alone: a number compiled in would outlive a record
    that is added or moved in `metrics`.
    """

    net_profit: int
    return_frac: int
    n_trades: int
    n_wins: int
    win_frac: int
    profit_factor: int
    mean_trade_frac: int
    max_drawdown_frac: int
    exposure_frac: int
    n_ambiguous_bars: int
    sharpe_daily: int
    sharpe_annual: int
    skew_daily: int
    kurtosis_daily: int
    n_days: int
    trades_id: int


N_COLUMNS = len(Columns._fields)
# As an array: numba takes longer to look at a tuple than to run a small batch.
COLUMNS = np.array([NAMES.index(name) for name in Columns._fields], np.int64)


@intrinsic
def _trailing_zeros(typing_context, word):  # type: ignore[no-untyped-def]
    """How many zero bits stand below the lowest set bit: one machine instruction."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), generate


@compiled
def _next_signal(masks: NDArray[np.uint64], rows: NDArray[np.int32], begin: int, end: int) -> int:
    """The first bar in [begin, end) at which all rules hold, or `end`."""
    if begin >= end:
        return end
    last = (end - 1) >> 6
    word_index = begin >> 6
    keep = ~np.uint64(0) << np.uint64(begin & 63)
    while word_index <= last:
        word = keep
        for k in range(len(rows)):
            word &= masks[rows[k], word_index]
        if word != np.uint64(0):
            zeros = int(_trailing_zeros(word))  # type: ignore[call-arg]
            return min(end, (word_index << 6) + zeros)
        keep = ~np.uint64(0)
        word_index += 1
    return end


@compiled
def find_exit(market: Market, begin: int, end: int, stop: float, target: float) -> int:
    """The first bar in [begin, end) that touches stop or target, or `end`."""
    bar = begin
    while bar < end:
        block = bar >> COARSE
        if market.coarse_low[block] > stop and market.coarse_high[block] < target:
            bar = (block + 1) << COARSE
            continue
        block = bar >> FINE
        if market.fine_low[block] > stop and market.fine_high[block] < target:
            bar = (block + 1) << FINE
            continue
        for near in range(bar, min(end, (block + 1) << FINE)):
            if market.low[near] <= stop or market.high[near] >= target:
                return near
        bar = (block + 1) << FINE
    return end


@compiled
def find_trailing_exit(
    market: Market, begin: int, end: int, stop: float, target: float, distance: float, lag: int
) -> tuple[int, float]:
    """As `find_exit`, with a stop that follows the close `lag` bars back; exit bar and stop."""
    bar = begin
    while bar < end:
        block = bar >> FINE
        block_end = (block + 1) << FINE
        if bar == block << FINE and block_end <= end:
            # No stop inside this block can be above this bound; at its end it is the stop (the
            # last close counts from the next bar on, which is the first that asks).
            bound = max(
                stop, max(market.close[bar - lag], market.fine_close_high[block]) - distance
            )
            if market.fine_low[block] > bound and market.fine_high[block] < target:
                stop = bound
                bar = block_end
                continue
        for near in range(bar, min(end, block_end)):
            stop = max(stop, market.close[near - lag] - distance)
            if market.low[near] <= stop or market.high[near] >= target:
                return near, stop
        bar = block_end
    return end, stop


@compiled
def _deepen_by_block(
    low: float, high: float, fall: float, is_whole: bool, peak: float, deepest: float
) -> tuple[bool, float, float]:
    """Drawdown of a block of bars from its lowest and highest equity and its deepest fall.

    Returns
    -------
    is_settled : bool
        False when the block must be walked bar by bar.
    peak, deepest : float
    """
    if high <= peak:
        # One peak for all bars: the lowest equity alone decides, if it was held.
        depth = (peak - low) / peak
        if is_whole:
            return True, peak, max(deepest, depth)
        return depth <= deepest, peak, deepest
    # The peak moves inside: every fall is bounded against the lower, old peak. The margin keeps
    # a rounding of the bound from hiding a bar that is deeper.
    bound = max(peak - low, fall) / peak * (1.0 + 1e-15)
    if is_whole and bound <= deepest:
        return True, high, deepest
    return False, peak, deepest


@compiled
def _deepen(
    market: Market, begin: int, end: int, cash: float, quantity: float, peak: float, deepest: float
) -> tuple[float, float]:
    """Peak equity and deepest drawdown after holding over the closes of [begin, end)."""
    bar = begin
    while bar < end:
        block = bar >> COARSE
        block_end = (block + 1) << COARSE
        is_settled, peak, deepest = _deepen_by_block(
            cash + quantity * market.coarse_close_low[block],
            cash + quantity * market.coarse_close_high[block],
            quantity * market.coarse_close_drop[block],
            bar == block << COARSE and block_end <= end,
            peak,
            deepest,
        )
        if is_settled:
            bar = block_end
            continue
        block = bar >> FINE
        block_end = (block + 1) << FINE
        is_settled, peak, deepest = _deepen_by_block(
            cash + quantity * market.fine_close_low[block],
            cash + quantity * market.fine_close_high[block],
            quantity * market.fine_close_drop[block],
            bar == block << FINE and block_end <= end,
            peak,
            deepest,
        )
        if not is_settled:
            for near in range(bar, min(end, block_end)):
                equity = cash + quantity * market.close[near]
                peak = max(peak, equity)
                # A division for each bar would cost more than the rest of the loop.
                if peak - equity > deepest * peak * (1.0 - 1e-15):
                    deepest = max(deepest, (peak - equity) / peak)
        bar = block_end
    return peak, deepest


@compiled
def _moments(
    equity: NDArray[np.float64],
    initial: float,
    per_year: float,
    columns: Columns,
    out: NDArray[np.float64],
) -> None:
    """Write Sharpe (daily, annual), skewness and kurtosis of daily returns, where defined."""
    n = len(equity)
    if n < MIN_DAYS:
        return
    total, before = 0.0, initial
    lowest, highest = math.inf, -math.inf
    for day in range(n):
        change = equity[day] / before - 1.0
        before = equity[day]
        equity[day] = change
        total += change
        lowest, highest = min(lowest, change), max(highest, change)
    if lowest == highest:
        return
    mean = total / n
    second = third = fourth = 0.0
    for day in range(n):
        deviation = equity[day] - mean
        square = deviation * deviation
        second += square
        third += square * deviation
        fourth += square * square
    sharpe = mean / math.sqrt(second / (n - 1))
    variance = second / n
    out[columns.sharpe_daily] = sharpe
    out[columns.sharpe_annual] = sharpe * math.sqrt(per_year)
    out[columns.skew_daily] = third / n / (variance * math.sqrt(variance))
    out[columns.kurtosis_daily] = fourth / n / (variance * variance)


# Any odd or random-looking numbers would do: those of MurmurHash3 and of the golden ratio.
_FIRST_STATE = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
_HALF, _THIRD, _SPARE = np.uint64(32), np.uint64(33), np.uint64(11)


@compiled
def _add_trade(state: np.uint64, entry_bar: int, exit_bar: int) -> np.uint64:
    """The state of a chain of trades after one more; whole numbers alone, that wrap around."""
    trade = np.uint64(entry_bar) << _HALF | np.uint64(exit_bar)
    state = (state ^ trade) * _MIX_1
    return state ^ state >> _HALF


@compiled
def _finish_trades(state: np.uint64) -> float:
    """The 53 best mixed bits of a chain of trades: uniform, and exact as a float.

    References
    ----------
    Appleby 2011, MurmurHash3: the last step of its 128 bits.
    """
    state = (state ^ state >> _THIRD) * _MIX_1
    state = (state ^ state >> _THIRD) * _MIX_2
    return float(np.int64((state ^ state >> _THIRD) >> _SPARE))


@compiled
def simulate_one(
    market: Market,
    execution: Execution,
    span: Span,
    masks: NDArray[np.uint64],
    rows: NDArray[np.int32],
    stop_loss: float,
    take_profit: float,
    equity: NDArray[np.float64],
    columns: Columns,
    trades: np.uint64,
    out: NDArray[np.float64],
) -> np.uint64:
    """Run one strategy over one span: its metrics into `out`, its daily returns into `equity`.

    The returns are there from `MIN_DAYS` days on; over fewer it is the money at the end of each.
    """
    cash = peak = execution.initial_capital
    deepest = profit = gain = loss = trade_total = 0.0
    n_trades = n_wins = n_ambiguous = n_held = day = 0
    n_days = len(span.day_ends)
    end = span.end
    bar = max(span.begin, execution.first_bar)
    while True:
        signal = _next_signal(masks, rows, bar, end - 1)
        if signal >= end - 1:
            break
        notional = execution.size_frac * cash if execution.size_frac > 0.0 else execution.notional
        entry_fee = notional * execution.fee_frac
        if execution.size_frac > 0.0:
            if not cash > 0.0:
                break
        elif not cash > notional + entry_fee:
            break
        if execution.is_next_open:
            entry_bar = first = signal + 1
            entry = market.open[entry_bar] * (1.0 + execution.slippage_frac)
        else:
            entry_bar, first = signal, signal + 1
            entry = market.close[entry_bar]
        quantity = notional / entry
        stop, target = entry * (1.0 - stop_loss), entry * (1.0 + take_profit)
        if execution.trail_frac > 0.0:
            distance = execution.trail_frac * (entry - stop)
            if execution.is_next_open:
                exit_bar = first
                if not (market.low[first] <= stop or market.high[first] >= target):
                    exit_bar, stop = find_trailing_exit(
                        market, first + 1, end, stop, target, distance, 1
                    )
            else:
                exit_bar, stop = find_trailing_exit(market, first, end, stop, target, distance, 0)
        else:
            exit_bar = find_exit(market, first, end, stop, target)
        if exit_bar >= end:
            if not execution.is_next_open:
                break  # the old system dropped a position still open at the end
            exit_bar = end - 1
            price = market.close[exit_bar] * (1.0 - execution.slippage_frac)
        elif market.low[exit_bar] <= stop:
            n_ambiguous += market.high[exit_bar] >= target
            price = stop
            if execution.is_next_open:
                price = min(market.open[exit_bar], stop) * (1.0 - execution.slippage_frac)
        else:
            price = target
            if execution.is_next_open:
                price = max(market.open[exit_bar], target)

        held_cash = cash - notional - entry_fee
        while day < n_days and span.day_ends[day] < entry_bar:
            equity[day] = cash
            day += 1
        while day < n_days and span.day_ends[day] < exit_bar:
            equity[day] = held_cash + quantity * market.close[span.day_ends[day]]
            day += 1
        peak, deepest = _deepen(market, entry_bar, exit_bar, held_cash, quantity, peak, deepest)

        value = quantity * price
        outcome = value - value * execution.fee_frac - notional - entry_fee
        profit += outcome
        cash += outcome
        peak = max(peak, cash)
        deepest = max(deepest, (peak - cash) / peak)
        n_trades += 1
        trades = _add_trade(trades, entry_bar, exit_bar)
        trade_total += outcome / notional
        if outcome > 0.0:
            n_wins += 1
            gain += outcome
        else:
            loss -= outcome
        n_held += exit_bar - entry_bar
        bar = exit_bar + 1
        if execution.is_next_open:
            n_held += 1
            bar = exit_bar
    while day < n_days:
        equity[day] = cash
        day += 1

    out[columns.net_profit] = profit
    out[columns.return_frac] = profit / execution.initial_capital
    out[columns.n_trades] = n_trades
    out[columns.n_wins] = n_wins
    if n_trades:
        out[columns.win_frac] = n_wins / n_trades
        out[columns.mean_trade_frac] = trade_total / n_trades
    if loss > 0.0:
        out[columns.profit_factor] = gain / loss
    out[columns.max_drawdown_frac] = deepest
    out[columns.exposure_frac] = n_held / (end - span.begin)
    out[columns.n_ambiguous_bars] = n_ambiguous
    out[columns.n_days] = n_days
    out[columns.trades_id] = _finish_trades(trades)
    _moments(equity[:n_days], execution.initial_capital, span.periods_per_year, columns, out)
    return trades


def measure_equity(equity: NDArray[np.float64], per_year: float) -> dict[str, float]:
    """The moments of the daily returns of an account that begins with 1.

    The same code as for strategies, run without compiling it: it goes over days, not over bars.

    Parameters
    ----------
    equity : ndarray of float64, shape (n_days,)
        At the end of each day.
    per_year : float
        Days in a year.

    Returns
    -------
    dict of str to float
        Every metric by name; NaN where undefined, and where it is no moment.
    """
    out = np.full(N_COLUMNS, np.nan)
    moments = getattr(_moments, "py_func", _moments)
    moments(equity.copy(), 1.0, per_year, Columns(*range(N_COLUMNS)), out)
    return dict(zip(Columns._fields, out.tolist(), strict=True))


@compiled
def _simulate_all(
    market: Market,
    execution: Execution,
    span: Span,
    masks: NDArray[np.uint64],
    rows: NDArray[np.int32],
    stop_losses: NDArray[np.float64],
    take_profits: NDArray[np.float64],
    columns: NDArray[np.int64],
    trades: NDArray[np.uint64],
    out: NDArray[np.float64],
) -> None:
    named = Columns(*to_fixed_tuple(columns, N_COLUMNS))  # type: ignore[call-arg]
    equity = np.empty(max(1, len(span.day_ends)))
    for k in range(len(rows)):
        stop, target = stop_losses[k], take_profits[k]
        trades[k] = simulate_one(
            market, execution, span, masks, rows[k], stop, target, equity, named, trades[k], out[k]
        )


def begin_trades(n: int) -> NDArray[np.uint64]:
    """The chains of trades of n strategies before their first trade, shape (n,)."""
    trades = np.empty(n, np.uint64)
    trades.fill(_FIRST_STATE)
    return trades


def simulate(
    market: Market,
    execution: Execution,
    span: Span,
    masks: NDArray[np.uint64],
    rows: NDArray[np.int32],
    stop_losses: NDArray[np.float64],
    take_profits: NDArray[np.float64],
    trades: NDArray[np.uint64] | None = None,
) -> NDArray[np.float64]:
    """Every metric of many strategies over one span.

    Parameters
    ----------
    market : Market
    execution : Execution
    span : Span
    masks : ndarray of uint64, shape (n_masks, n_words)
    rows : ndarray of int32, shape (n, max_rules)
        Masks of each strategy's rules.
    stop_losses, take_profits : ndarray of float64, shape (n,)
        Fractions of the entry price.
    trades : ndarray of uint64, shape (n,), optional
        Of `begin_trades`, and of the spans before this one, which adds its trades in place.

    Returns
    -------
    ndarray of float64, shape (n, n_metrics)
        In the order of `METRICS`; NaN where undefined, or where the kernel writes nothing.
    """
    if trades is None:
        trades = begin_trades(len(rows))
    out = np.empty((len(rows), len(NAMES)))
    out.fill(np.nan)  # a third of the time of np.full, which counts for a single strategy
    _simulate_all(
        market, execution, span, masks, rows, stop_losses, take_profits, COLUMNS, trades, out
    )
    return out
