"""The same market without its direction: each bar's move mirrored or not, by a coin."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from evosearch.trading.bars import Bars

# Beyond any price; a product of moves that leaves these bounds stays there, finite.
_LOWEST, _HIGHEST = 1e-150, 1e150


def mirror_bars(bars: Bars, rng: np.random.Generator) -> Bars:
    """Bars whose moves about their mean are mirrored by a coin each.

    A bar moves from the last close to its open, high, low and close. Mirrored, a move of m in
    logarithms becomes 2 mu - m, where mu is the mean move from close to close; high and low change
    places. So volatility, season, volume and drift stay, and direction forgets the past.

    Parameters
    ----------
    bars : Bars
    rng : numpy.random.Generator

    Returns
    -------
    Bars
        The first bar, the times and the volume are those of `bars`.
    """
    n = len(bars)
    if n < 2:
        return bars
    mean = (math.log(bars.close[-1]) - math.log(bars.close[0])) / (n - 1)
    # Shortened, so that two mathematical libraries that differ in the last bit agree here. All
    # that follows is multiplied and divided alone, and so is the same on every machine.
    twice = float(f"{math.exp(2.0 * mean):.13g}")
    # Rounding keeps order: what is divided and multiplied alike stays low <= open, close <= high.
    open_, high, low, close = (column[1:] / bars.close[:-1] for column in bars.columns[:4])
    is_mirrored = rng.random(n - 1) < 0.5
    open_ = np.where(is_mirrored, twice / open_, open_)
    close = np.where(is_mirrored, twice / close, close)
    high, low = (
        np.where(is_mirrored, twice / low, high),
        np.where(is_mirrored, twice / high, low),
    )
    with np.errstate(over="ignore", under="ignore"):
        last = np.multiply.accumulate(np.append(bars.close[0], close))
        made = [
            np.append(first, np.clip(last[:-1] * moves, _LOWEST, _HIGHEST))
            for first, moves in ((bars.open[0], open_), (bars.high[0], high), (bars.low[0], low))
        ]
    last[1:] = np.clip(last[1:], _LOWEST, _HIGHEST)
    return replace(bars, open=made[0], high=made[1], low=made[2], close=last, notes=(), path=None)
