"""Bars and execution rules in the form that the backtest's kernels take."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.bars import Bars
from evosearch.trading.options import FIRST_OF_SAME_CLOSE, FIXED_BY_SAME_CLOSE, TradingOptions
from evosearch.trading.series.lengths import LONG_US
from evosearch.trading.window import DAY_US

if TYPE_CHECKING:
    from evosearch.trading.rules import RuleTable

FINE, COARSE = 5, 10  # blocks of 32 and 1,024 bars


class Market(NamedTuple):
    """Bars and their block extremes, the form in which kernels take them."""

    open: NDArray[np.float64]  # (n,)
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    fine_low: NDArray[np.float64]  # lowest low of each 32 bars
    fine_high: NDArray[np.float64]
    fine_close_low: NDArray[np.float64]
    fine_close_high: NDArray[np.float64]
    fine_close_drop: NDArray[np.float64]  # deepest fall from a close to a later one
    coarse_low: NDArray[np.float64]  # lowest low of each 1,024 bars
    coarse_high: NDArray[np.float64]
    coarse_close_low: NDArray[np.float64]
    coarse_close_high: NDArray[np.float64]
    coarse_close_drop: NDArray[np.float64]


class Execution(NamedTuple):
    """How signals become trades."""

    is_next_open: bool
    first_bar: int  # no decision before this bar of the window
    fee_frac: float
    slippage_frac: float
    size_frac: float  # of equity; 0 for a fixed notional
    notional: float
    trail_frac: float  # 0 for none
    initial_capital: float


class Span(NamedTuple):
    """The part of the window one simulation runs over."""

    begin: int
    end: int
    day_ends: NDArray[np.int64]  # (n_days,) last bar of each UTC day, or longer bar, of the span
    periods_per_year: float


class Stage(NamedTuple):
    """All that a strategy needs to be run."""

    market: Market
    execution: Execution
    spans: tuple[Span, ...]  # the searched part, and the hold-out if there is one
    rules: RuleTable


def make_market(bars: Bars) -> Market:
    """Bars with their block extremes."""
    return Market(*bars.columns[:4], *_find_extremes(bars, FINE), *_find_extremes(bars, COARSE))


def _find_extremes(bars: Bars, bits: int) -> list[NDArray[np.float64]]:
    size = 1 << bits
    starts = np.arange(0, len(bars), size)
    # The last block is filled up with its last close, which adds no fall.
    n_missing = -len(bars) % size
    closes = np.append(bars.close, np.full(n_missing, bars.close[-1])).reshape(-1, size)
    return [
        np.minimum.reduceat(bars.low, starts),
        np.maximum.reduceat(bars.high, starts),
        closes.min(axis=1),
        closes.max(axis=1),
        (np.maximum.accumulate(closes, axis=1) - closes).max(axis=1),
    ]


def make_execution(options: TradingOptions) -> Execution:
    """The execution model that the options ask for."""
    is_old = options.fill == "same_close"
    meant = options.model_copy(update=FIXED_BY_SAME_CLOSE) if is_old else options
    return Execution(
        is_next_open=not is_old,
        first_bar=FIRST_OF_SAME_CLOSE if is_old else 0,
        fee_frac=meant.fee_frac,
        slippage_frac=meant.slippage_frac,
        size_frac=0.0 if meant.notional else meant.size_frac,
        notional=meant.notional or 0.0,
        trail_frac=meant.trail_frac or 0.0,
        initial_capital=meant.initial_capital,
    )


def make_span(bars: Bars, begin: int, end: int) -> Span:
    """A span of bars with the ends of its periods: UTC days, or single bars if those are longer.

    Two daily bars may begin on one UTC day, as in London when summer time begins: each is a day
    of its own.
    """
    times = bars.timestamp_us[begin:end]
    day = times // DAY_US
    is_end = np.append(day[1:] != day[:-1], True)
    together = np.flatnonzero(~is_end)
    if len(together) and bars.length.is_daily:
        is_end[together] = times[together + 1] - times[together] >= LONG_US
    day_ends = np.flatnonzero(is_end) + begin
    return Span(begin, end, day_ends.astype(np.int64), float(bars.days_per_year))
