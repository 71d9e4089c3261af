"""Longer bars from shorter ones, by the clock in UTC.

A bar of one hour begins on the full hour, a day at 00:00 UTC, a week on Monday. It has the first
open, the highest high, the lowest low, the last close and the sum of the volumes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evosearch.errors import OptionError
from evosearch.trading.window import DAY_US, parse_timeframe, write_length

_MONDAY_US = 4 * DAY_US  # 1970-01-05 was the first Monday
_MOST_DECIMALS = 12
_LEAST_DAYS = 3  # fewer say nothing about what is usual at a time of day
_EXACT = 2.0**53  # whole numbers below it are exact


class Formed(NamedTuple):
    """Bars of a timeframe.

    Attributes
    ----------
    times_us : ndarray of int64, shape (n,)
        Start of each bar.
    columns : tuple of ndarray of float64, shape (n,)
        Open, high, low, close and volume.
    n_incomplete : int
        Bars that lack some of the shorter bars that usually form one.
    n_dropped : int
        1 if the last bar was unfinished.
    n_over : int
        Bars whose last shorter bar ends in the next one, as these begin off the clock.
    """

    times_us: NDArray[np.int64]
    columns: tuple[NDArray[np.float64], ...]
    n_incomplete: int
    n_dropped: int
    n_over: int = 0


def form_bars(
    times_us: NDArray[np.int64],
    columns: Sequence[NDArray[np.float64]],
    length_us: int,
    timeframe: str,
    drop_incomplete: bool = False,
) -> Formed:
    """Form bars of a timeframe.

    Nothing is filled in. A last bar that the shorter bars do not reach the end of is dropped. An
    earlier one with missing pieces is kept.

    Parameters
    ----------
    times_us : ndarray of int64, shape (n,)
        Start of each shorter bar, ascending, microseconds since 1970 UTC.
    columns : sequence of ndarray of float64, shape (n,)
        Open, high, low, close and volume.
    length_us : int
        Length of a shorter bar.
    timeframe : str
        As `parse_timeframe` takes it.
    drop_incomplete : bool
        Drop the bars with missing pieces too.

    Returns
    -------
    Formed

    Raises
    ------
    OptionError
        The timeframe is no multiple of the length, or no bar is finished.

    Examples
    --------
    >>> minutes, price = np.arange(90) * 60_000_000, np.arange(1.0, 91.0)
    >>> formed = form_bars(minutes, (price,) * 5, 60_000_000, "1h")
    >>> [float(column[0]) for column in formed.columns], formed.n_dropped
    ([1.0, 60.0, 1.0, 60.0, 1830.0], 1)
    """
    frame_us = parse_timeframe(timeframe)
    _check_multiple(length_us, frame_us, timeframe)
    labels = _floor(times_us, frame_us)
    begins = np.flatnonzero(np.diff(labels, prepend=labels[:1] - 1))
    n_dropped = 0
    if len(begins) and times_us[-1] + length_us < labels[-1] + frame_us:
        n_dropped, end = 1, int(begins[-1])
        times_us, labels, begins = times_us[:end], labels[:end], begins[:-1]
        columns = [column[:end] for column in columns]
    if not len(begins):
        raise OptionError(
            [("timeframe", f"{timeframe}: the bars of the file do not reach the end of one bar.")]
        )
    starts, counts = labels[begins], np.diff(begins, append=len(labels))
    open_, high, low, close, volume = columns
    formed: tuple[NDArray[np.float64], ...] = (
        open_[begins],
        np.maximum.reduceat(high, begins),
        np.minimum.reduceat(low, begins),
        close[begins + counts - 1],
        _sum(volume, begins),
    )
    is_short = counts < _expect(starts, counts, frame_us // length_us)
    n_incomplete = int(np.count_nonzero(is_short))
    is_over = times_us[begins + counts - 1] + length_us > starts + frame_us
    if drop_incomplete and n_incomplete:
        starts, formed = starts[~is_short], tuple(column[~is_short] for column in formed)
        is_over = is_over[~is_short]
    return Formed(starts, formed, n_incomplete, n_dropped, int(np.count_nonzero(is_over)))


def _check_multiple(length_us: int, frame_us: int, timeframe: str) -> None:
    if length_us > 0 and frame_us % length_us == 0:
        return
    text = (
        f"{timeframe}: the bars of the file are {write_length(length_us)} long. Choose a multiple "
        "of that, or leave timeframe out to search the bars as they are."
        if length_us > 0
        else f"{timeframe}: the file has one bar, so the length of its bars is unknown."
    )
    raise OptionError([("timeframe", text)])


def _floor(times_us: NDArray[np.int64], frame_us: int) -> NDArray[np.int64]:
    """Start of the bar that each moment is in."""
    origin = _MONDAY_US if frame_us > DAY_US else 0
    floored: NDArray[np.int64] = (times_us - origin) // frame_us * frame_us + origin
    return floored


def _expect(
    starts: NDArray[np.int64], counts: NDArray[np.intp], n_full: int
) -> NDArray[np.intp] | int:
    """How many shorter bars a bar should have.

    All of them where most bars have them. A market that rests at night has fewer: then what bars
    of the same time of day usually have, if most bars have that.
    """
    if np.count_nonzero(counts >= n_full) * 2 >= len(counts):
        return n_full
    slots, places = np.unique(starts % DAY_US, return_inverse=True)
    if len(counts) < _LEAST_DAYS * len(slots):
        return n_full
    pairs, n_each = np.unique(np.stack([places.ravel(), counts]), axis=1, return_counts=True)
    expected = np.zeros(len(slots), np.intp)
    order = np.lexsort((pairs[1], n_each))  # the most frequent count last, of equal ones the larger
    expected[pairs[0][order]] = pairs[1][order]
    usual: NDArray[np.intp] = expected[places.ravel()]
    return usual if np.count_nonzero(counts == usual) * 2 > len(counts) else n_full


def _sum(volume: NDArray[np.float64], begins: NDArray[np.intp]) -> NDArray[np.float64]:
    """Sums of volume, the nearest number to the exact sum, the same on every machine.

    Volumes are decimal numbers nearly always. Their sums are then exact decimal numbers too, so
    that an hour formed from quarters equals one formed from minutes.
    """
    digits = _count_decimals(volume)
    if digits is not None:
        scale = 10.0**digits
        whole = np.rint(volume * scale).astype(np.int64)
        sums = np.add.reduceat(whole, begins)
        if (sums < _EXACT).all():
            exact: NDArray[np.float64] = sums / scale
            return exact
    ends = [*begins[1:].tolist(), len(volume)]
    plain = volume.tolist()
    pairs = zip(begins.tolist(), ends, strict=True)
    return np.array([math.fsum(plain[begin:end]) for begin, end in pairs])


def _count_decimals(values: NDArray[np.float64]) -> int | None:
    """Decimal places with which all values are written; None for more than a few."""
    total = float(values.sum()) if len(values) else 0.0
    for digits in range(_MOST_DECIMALS + 1):
        scale = 10.0**digits
        # The sum of all bounds every partial sum, so that no whole number overflows.
        if not total * scale < 2.0**62:
            return None
        if (np.rint(values * scale) / scale == values).all():
            return digits
    return None
