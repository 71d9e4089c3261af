"""The length of a series' bars, and whether a series has two of them.

A bar's length is the step to the next bar that is seen most often. Nights, weekends and holes make
longer steps; they do not change it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.window import DAY_US, write_length

HOUR_US = 3_600_000_000
# What summer time does to a day, or to a week of daily bars.
LONG_US = DAY_US - HOUR_US
LEAST_STRETCH = 24
_EQUAL = 0.8
_FINER = 0.8
_MAX_LENGTHS = 40
_MONTHS = {1: "1 month", 2: "2 months", 3: "1 quarter", 4: "4 months", 6: "6 months", 12: "1 year"}


class Length(NamedTuple):
    """How long the bars of a series are.

    Attributes
    ----------
    us : int
        Microseconds; 0 for a series of one bar. Of months, the step seen most often.
    share : float
        Of the steps between bars, those that lie on the grid of this length. A step to another day
        always does.
    months : int
        Months of a bar, by the calendar; 0 for a fixed length.
    """

    us: int
    share: float = 1.0
    months: int = 0

    @property
    def is_long(self) -> bool:
        """Whether a bar is longer than a day."""
        return self.us > DAY_US + HOUR_US

    @property
    def is_daily(self) -> bool:
        """Whether a bar is a day, or longer."""
        return self.us >= LONG_US

    @property
    def words(self) -> str:
        """For people: ``5m``, ``1d``, ``1 month``."""
        return _MONTHS.get(self.months, "") or write_length(self.us)


class Stretch(NamedTuple):
    """Neighbouring bars of one length: from bar `begin` until before `end`."""

    begin: int
    end: int
    us: int


def find_length(times: NDArray[np.int64]) -> Length:
    """The length of the bars of a series.

    Parameters
    ----------
    times : ndarray of int64, shape (n,)
        Ascending, microseconds.
    """
    if len(times) < 2:
        return Length(0)
    step = np.diff(times)
    usual = _find_mode(step)
    if usual < LONG_US:
        return Length(usual, _measure_share(times, step, usual))
    near = np.rint(step / DAY_US) * DAY_US
    usual = _find_mode(near.astype(np.int64))
    n_usual = np.count_nonzero(near == usual)
    if usual >= 27 * DAY_US and n_usual < _EQUAL * len(step):
        # Stamped with the first day of a month, or with the last.
        for shift in (1, 15):
            months = np.diff(count_months(times, shift * DAY_US))
            usual_months = _find_mode(months)
            if usual_months in _MONTHS and np.mean(months == usual_months) >= _EQUAL:
                is_on_grid = (months % usual_months == 0) & (months > 0)
                return Length(usual, float(np.mean(is_on_grid)), usual_months)
    is_near = (np.abs(step - near) <= HOUR_US) & (near > 0)
    if usual == 7 * DAY_US:  # by the week, as its first or last day of trading may move
        is_near = np.diff((times + 3 * DAY_US) // usual) > 0
    elif usual > 1.5 * DAY_US:
        is_near &= near % usual == 0
    return Length(usual, float(np.mean(is_near)))


def count_months(times: NDArray[np.int64], shift_us: int = 15 * DAY_US) -> NDArray[np.int64]:
    """Months since 1970 of each time, shifted: midnight may be the evening before in UTC."""
    moments = (times + shift_us).astype("datetime64[us]")
    months: NDArray[np.int64] = moments.astype("datetime64[M]").astype(np.int64)
    return months


def _find_mode(values: NDArray[np.int64]) -> int:
    """The most frequent value, of equally frequent ones the smallest."""
    some = values[:: max(1, len(values) // 1000)]
    middle = int(np.sort(some)[len(some) // 2])
    if 2 * np.count_nonzero(values == middle) > len(values):
        return middle
    found, counts = np.unique(values, return_counts=True)
    return int(found[np.argmax(counts)])


def _measure_share(times: NDArray[np.int64], step: NDArray[np.int64], usual: int) -> float:
    off = np.flatnonzero(step != usual)
    on_grid = (step[off] % usual == 0) | (times[off] // DAY_US != times[off + 1] // DAY_US)
    return float(1.0 - np.count_nonzero(~on_grid) / len(step))


def find_stretches(times: NDArray[np.int64]) -> list[Stretch]:
    """Stretches of different lengths, in order; empty for a series of one length.

    A stretch has at least 24 steps. Four of five are equal, and none is much shorter. Steps to
    another day count only where there are no others: nights and weekends make no stretch.
    """
    if len(times) <= 2 * LEAST_STRETCH:
        return []
    step = np.diff(times)
    usual = _find_mode(step)
    if np.count_nonzero(step != usual) < LEAST_STRETCH:
        return []
    day = times // DAY_US
    is_inner = day[1:] == day[:-1]
    inner = np.flatnonzero(is_inner)
    found = _find_long(times, step, is_inner)
    found += _find_short(step, inner)
    return _join(found, step, is_inner)


def _find_short(step: NDArray[np.int64], inner: NDArray[np.intp]) -> list[Stretch]:
    """Stretches that are coarser than another one, of steps within a day."""
    if len(inner) < 2 * LEAST_STRETCH:
        return []
    steps = step[inner]
    lengths, counts = np.unique(steps, return_counts=True)
    lengths = lengths[counts >= _EQUAL * LEAST_STRETCH][:_MAX_LENGTHS]
    found = []
    for length in lengths[1:].tolist():
        edges = np.concatenate([[-1], np.flatnonzero(steps < _FINER * length), [len(steps)]])
        for place in np.flatnonzero(np.diff(edges) > LEAST_STRETCH).tolist():
            before, after = int(edges[place]), int(edges[place + 1])
            equal = np.flatnonzero(steps[before + 1 : after] == length) + before + 1
            if len(equal) >= _EQUAL * (after - before - 1):
                found.append(Stretch(int(inner[equal[0]]), int(inner[equal[-1]]) + 1, length))
    return found


def _find_long(
    times: NDArray[np.int64], step: NDArray[np.int64], is_inner: NDArray[np.bool_]
) -> list[Stretch]:
    """Stretches of daily or longer bars among shorter ones."""
    if not is_inner.any():
        return _find_among_long(step)
    edges = np.concatenate([[-1], np.flatnonzero(is_inner), [len(step)]])
    sizes = np.diff(edges) - 1
    found = []
    for place in np.flatnonzero(sizes >= LEAST_STRETCH).tolist():
        begin, end = int(edges[place]) + 1, int(edges[place + 1])
        near = np.rint(step[begin:end] / DAY_US) * DAY_US
        is_whole = np.abs(step[begin:end] - near) <= HOUR_US
        if np.count_nonzero(is_whole) >= _EQUAL * (end - begin):
            found.append(Stretch(begin, end, find_length(times[begin : end + 1]).us))
    return found


def _find_among_long(step: NDArray[np.int64]) -> list[Stretch]:
    """Weekly or monthly stretches among daily bars, or among weekly ones."""
    is_month = step > 20 * DAY_US
    is_week = (step > 4 * DAY_US) & ~is_month
    found = []
    for is_long, length in ((is_month, 30 * DAY_US), (is_week, 7 * DAY_US)):
        edges = np.flatnonzero(np.diff(is_long.astype(np.int8), prepend=0, append=0))
        for begin, end in edges.reshape(-1, 2).tolist():
            if end - begin >= LEAST_STRETCH:
                found.append(Stretch(begin, end, length))
    return found


def _join(
    found: list[Stretch], step: NDArray[np.int64], is_inner: NDArray[np.bool_]
) -> list[Stretch]:
    """Stretches that were found and what lies between them, if that is a stretch of its own."""
    if not found:
        return []
    found.sort(key=lambda each: (each.begin, -each.us))
    result: list[Stretch] = []
    place = 0
    for each in [*found, Stretch(len(step), len(step), 0)]:
        if each.begin < place and each.us:
            continue  # a finer reading of what is already a stretch
        between = step[place : each.begin]
        counted = between[is_inner[place : each.begin]] if is_inner.any() else between
        begin = each.begin
        if len(counted) >= LEAST_STRETCH:
            result.append(Stretch(place, each.begin, _find_mode(counted)))
        elif result and result[-1].us == each.us:
            begin = result.pop().begin
        if each.us:
            result.append(each._replace(begin=begin))
        place = each.end
    if len({each.us for each in result}) < 2:
        return []
    ends = [*(each.begin for each in result[1:]), len(step) + 1]
    return [each._replace(end=end) for each, end in zip(result, ends, strict=True)]
