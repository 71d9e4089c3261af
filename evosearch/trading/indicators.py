"""Indicators that never look ahead: the value at a bar uses that bar and earlier ones only.

Every window is summed anew rather than by adding one end and taking off the other: a running
sum carries rounding from bars that left long ago, and a flat window would not give exactly
zero. Cutting the series short changes no value before the cut, to the last bit.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from evosearch.genome.compiled import compiled

# Sums of this many windows are built side by side, so that the processor adds several at once.
_TILE = 256


@compiled
def _divide(total: float, error: float, period: int) -> float:
    """(total + error) / period, rounded once.

    Dividing the rounded sum would round twice, and the two do not always agree in the last bit.
    """
    quotient = total / period
    # Veltkamp's split: both halves of the quotient times the period are exact.
    scaled = quotient * 134_217_729.0
    high = scaled - (scaled - quotient)
    low = quotient - high
    rest = (total - high * period) - low * period
    if not math.isfinite(rest):
        return quotient
    return quotient + (rest + error) / period


@compiled
def _mean_windows(values: NDArray[np.float64], period: int) -> NDArray[np.float64]:
    n = len(values)
    means = np.full(n, np.nan)
    totals, errors = np.empty(_TILE), np.empty(_TILE)
    for start in range(period - 1, n, _TILE):
        width = min(_TILE, n - start)
        for k in range(width):
            totals[k] = errors[k] = 0.0
        for lag in range(period - 1, -1, -1):
            first = start - lag
            for k in range(width):
                # Knuth's two-sum: what a rounded addition loses is kept and added at the end, so
                # that a price which is exactly the mean of its window compares as equal to it.
                value, total = values[first + k], totals[k]
                rounded = total + value
                part = rounded - total
                errors[k] += (total - (rounded - part)) + (value - part)
                totals[k] = rounded
        for k in range(width):
            means[start + k] = _divide(totals[k], errors[k], period)
    # The mean of equal numbers is that number, whatever their rounded sum says.
    n_equal = 0
    for bar in range(n):
        n_equal = n_equal + 1 if bar > 0 and values[bar] == values[bar - 1] else 1
        if n_equal >= period:
            means[bar] = values[bar]
    return means


@compiled
def _smooth(values: NDArray[np.float64], alpha: float) -> NDArray[np.float64]:
    smoothed = np.empty(len(values))
    last = values[0]
    for bar in range(len(values)):
        # In this form a flat series stays exactly flat.
        last = last + alpha * (values[bar] - last)
        smoothed[bar] = last
    return smoothed


def compute_sma(values: NDArray[np.float64], period: int) -> NDArray[np.float64]:
    """Simple moving average.

    Parameters
    ----------
    values : ndarray of float64, shape (n_bars,)
    period : int, >= 1
        In bars.

    Returns
    -------
    ndarray of float64, shape (n_bars,)
        NaN for the first ``period - 1`` bars.

    Examples
    --------
    >>> compute_sma(np.array([1.0, 2.0, 6.0]), 2)
    array([nan, 1.5, 4. ])
    """
    return _mean_windows(np.ascontiguousarray(values), period)


def compute_ema(values: NDArray[np.float64], period: int) -> NDArray[np.float64]:
    """Exponential moving average with alpha 2 / (period + 1), seeded with the first value.

    Parameters
    ----------
    values : ndarray of float64, shape (n_bars,), n_bars >= 1
    period : int, >= 1
        In bars.

    Returns
    -------
    ndarray of float64, shape (n_bars,)
        Defined from the first bar on; no bias adjustment.

    Examples
    --------
    >>> compute_ema(np.array([1.0, 2.0, 2.0]), 3)
    array([1.  , 1.5 , 1.75])
    """
    return _smooth(np.ascontiguousarray(values), 2.0 / (period + 1))


def compute_rsi(close: NDArray[np.float64], period: int) -> NDArray[np.float64]:
    """Relative strength index with simple rolling means.

    Parameters
    ----------
    close : ndarray of float64, shape (n_bars,), n_bars >= 1
    period : int, >= 1
        In bars; the first bar's change counts as 0.

    Returns
    -------
    ndarray of float64 in [0, 100], shape (n_bars,)
        50 before ``period`` bars and where nothing moved; 100 where nothing fell.

    References
    ----------
    Wilder 1978, with Cutler's simple means in place of Wilder's smoothing.

    Examples
    --------
    >>> compute_rsi(np.array([10.0, 11.0, 10.0, 9.0]), 2)
    array([ 50., 100.,  50.,   0.])
    """
    change = np.diff(close, prepend=close[0])
    gain = compute_sma(np.maximum(change, 0.0), period)
    loss = compute_sma(np.maximum(-change, 0.0), period)
    with np.errstate(divide="ignore", invalid="ignore"):
        rsi = 100.0 - 100.0 / (1.0 + gain / loss)
    return np.where(np.isnan(rsi), 50.0, rsi)
