"""The rhythm of a series: at which times of the week, or of the day, it usually has bars."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.window import DAY_US

WEEK_US = 7 * DAY_US
_MONDAY_US = 4 * DAY_US
_HOUR_US = 3_600_000_000
_MAX_CELLS = 60_000_000
_AROUND = 6  # weeks before and after
_USUALLY = 0.6
LEAST_WEEKS = 4
MAX_ALONE_US = 6 * _HOUR_US  # what is longer may be a night
_SPARSE = 0.5  # of the median: fewer bars at a time of the week, or of the day, are a break


class _Grid(NamedTuple):
    """Bars by period (a week or a day that has bars) and by slot within it."""

    is_there: NDArray[np.bool_]  # (n_periods, n_slots)
    periods: NDArray[np.int64]  # number of each period since 1970
    origin_us: int
    period_us: int
    length_us: int


def find_expected(
    times: NDArray[np.int64], length_us: int, has_every_day: bool
) -> NDArray[np.int64] | None:
    """Times at which a bar is missing that is usually there.

    Parameters
    ----------
    times : ndarray of int64, shape (n,)
        Ascending, at least two.
    length_us : int
        Of a bar, shorter than a day.
    has_every_day : bool
        The calendar of the series: it trades at weekends too.

    Returns
    -------
    ndarray of int64, shape (n_missing,), or None
        Ascending. None for a market without breaks: every bar that is not there is missing.
    """
    if _has_no_break(times, length_us, has_every_day):
        return None
    span = int(times[-1] - times[0])
    if span // length_us > _MAX_CELLS:
        return _find_within_days(times, length_us)
    if span >= LEAST_WEEKS * WEEK_US:
        return _find_by_week(_make_grid(times, length_us, WEEK_US))
    return _find_by_day(times, length_us)


def _has_no_break(times: NDArray[np.int64], length_us: int, has_every_day: bool) -> bool:
    """Whether bars are as frequent at all hours of the week, and at all times of the day."""
    span = int(times[-1] - times[0])
    if span >= 2 * WEEK_US:
        if not _is_even(times, WEEK_US, max(_HOUR_US, length_us)):
            return False
    elif not has_every_day if span >= WEEK_US else _rests_at_weekends(times):
        return False
    return _is_even(times, DAY_US, length_us)


def _is_even(times: NDArray[np.int64], period_us: int, slot_us: int) -> bool:
    """Whether every slot of a period has at least half as many bars as the median slot."""
    n_slots = -(-period_us // slot_us)
    origin = _MONDAY_US + int(times[0]) % slot_us
    counts = np.bincount((times - origin) % period_us // slot_us, minlength=n_slots)
    # How often each slot lies between the first bar and the last.
    slots = np.arange(n_slots) * slot_us
    begin, end = int(times[0]) - origin, int(times[-1]) - origin
    covered = (end - slots) // period_us - (begin - slots - 1) // period_us
    share = counts[covered > 0] / covered[covered > 0]
    return bool((share >= _SPARSE * np.median(share[share > 0])).all())


def _rests_at_weekends(times: NDArray[np.int64]) -> bool:
    """Whether a Saturday or a Sunday between the first bar and the last has no bar."""
    days = np.unique(times // DAY_US)
    between = np.arange(days[0], days[-1] + 1)
    free = np.setdiff1d(between, days)
    return bool(((free - 4) % 7 >= 5).any())


def _make_grid(times: NDArray[np.int64], length_us: int, period_us: int) -> _Grid:
    # Half a bar before the usual phase, so that bars a little off it fall into their own slots.
    phase = int(np.median(times[-1000:] % length_us))
    origin = _MONDAY_US + (phase - _MONDAY_US) % length_us - length_us // 2
    periods, place = (times - origin) // period_us, (times - origin) % period_us // length_us
    found = periods[np.flatnonzero(np.diff(periods, prepend=periods[:1] - 1))]
    is_there = np.zeros((len(found), -(-period_us // length_us)), np.bool_)
    is_there[np.searchsorted(found, periods), place] = True
    return _Grid(is_there, found, origin, period_us, length_us)


class _Weeks(NamedTuple):
    """Bars of all weeks up to each, by slot, and the slots that a first and last part lack."""

    counts: NDArray[np.uint16]  # (n_weeks + 1, n_slots)
    before_first: NDArray[np.bool_]
    after_last: NDArray[np.bool_]

    def measure(self, begin: int, end: int) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
        """Bars of some weeks by slot, and how many of these weeks reach each slot."""
        n_weeks = np.full(self.counts.shape[1], end - begin)
        if begin == 0 < end:
            n_weeks -= self.before_first
        if end == len(self.counts) - 1 > begin:
            n_weeks -= self.after_last
        return self.counts[end] - self.counts[begin], n_weeks


def _find_by_week(grid: _Grid) -> NDArray[np.int64]:
    """As some weeks before and after show it; weeks without bars show nothing."""
    is_there, periods = grid.is_there, grid.periods.tolist()
    counts = np.zeros((len(is_there) + 1, is_there.shape[1]), np.uint16)
    np.cumsum(is_there, axis=0, out=counts[1:])
    slots = np.arange(is_there.shape[1])
    first, last = np.flatnonzero(is_there[0])[0], np.flatnonzero(is_there[-1])[-1]
    weeks = _Weeks(counts, slots < first, slots > last)
    missing: list[NDArray[np.int64]] = []
    for row, period in enumerate(periods):
        usual = _is_usual(weeks, row, row + 1)
        missing.append(_to_times(grid, period, usual & ~is_there[row]))
        after = periods[row + 1] if row + 1 < len(periods) else 0
        if after > period + 1:
            usual = _is_usual(weeks, row + 1, row + 1)
            missing += [_to_times(grid, free, usual) for free in range(period + 1, after)]
    return np.concatenate(missing)


def _is_usual(weeks: _Weeks, begin: int, end: int) -> NDArray[np.bool_]:
    """Slots that have bars in most weeks before row `begin`, and in most from row `end`."""
    most = len(weeks.counts) - 1
    usual = np.ones(weeks.counts.shape[1], np.bool_)
    n_all = np.zeros(len(usual), np.int64)
    for far, near in (
        ((max(begin - _AROUND, 0), begin), (max(begin - 2, 0), begin)),
        ((end, min(end + _AROUND, most)), (end, min(end + 2, most))),
    ):
        n_bars, n_weeks = weeks.measure(*far)
        n_all += n_weeks
        # Of two weeks one may have a holiday.
        is_usual = n_bars >= np.where(n_weeks > 2, _USUALLY, 0.5) * n_weeks
        # Soon after summer time began, the two nearest weeks know better.
        n_bars, n_weeks = weeks.measure(*near)
        usual &= is_usual | ((n_weeks == 2) & (n_bars == 2))
    return usual & (n_all >= 2)


def _to_times(grid: _Grid, period: int, is_missing: NDArray[np.bool_]) -> NDArray[np.int64]:
    start = grid.origin_us + period * grid.period_us + grid.length_us // 2
    times: NDArray[np.int64] = start + np.flatnonzero(is_missing) * grid.length_us
    return times


def _find_by_day(times: NDArray[np.int64], length_us: int) -> NDArray[np.int64]:
    """As the other days show it, for a series of a few weeks at most."""
    grid = _make_grid(times, length_us, DAY_US)
    n_days = len(grid.periods)
    slots = grid.origin_us + np.arange(grid.is_there.shape[1]) * length_us + length_us // 2
    begin = np.searchsorted(slots + grid.periods[0] * DAY_US, times[0])
    end = np.searchsorted(slots + grid.periods[-1] * DAY_US, times[-1], "right")
    is_covered = np.ones_like(grid.is_there)  # the first day and the last one may be parts
    is_covered[0, :begin] = False
    is_covered[-1, end:] = False
    for row, period in enumerate(grid.periods.tolist()):
        if not _is_weekday(grid, period):  # what a Sunday lacks says nothing of other days
            is_covered[row] = grid.is_there[row]
    counts, covered = grid.is_there.sum(axis=0), is_covered.sum(axis=0)
    missing: list[NDArray[np.int64]] = []
    for row, period in enumerate(grid.periods.tolist()):
        others = covered - is_covered[row]
        usual = counts - grid.is_there[row] >= _USUALLY * others
        # A day alone, or at a weekend, shows only what is missing between its own bars.
        inside = _fill(grid.is_there[row], MAX_ALONE_US // length_us)
        is_shown = (others > 0) & _is_weekday(grid, period)
        usual = np.where(is_shown, usual, inside)
        missing.append(_to_times(grid, period, usual & ~grid.is_there[row]))
        after = int(grid.periods[row + 1]) if row + 1 < n_days else 0
        missing += [
            _to_times(grid, free, counts >= _USUALLY * covered)
            for free in range(period + 1, after)
            if _is_weekday(grid, free) and n_days > 2
        ]
    return np.concatenate(missing)


def _fill(is_there: NDArray[np.bool_], most: int) -> NDArray[np.bool_]:
    """Slots between bars, of which at most so many are missing in a row."""
    there = np.flatnonzero(is_there)
    filled = is_there.copy()
    sizes = np.diff(there)
    for place in np.flatnonzero((sizes > 1) & (sizes <= most)).tolist():
        filled[there[place] : there[place + 1]] = True
    return filled


def _is_weekday(grid: _Grid, period: int) -> bool:
    day = (grid.origin_us + period * DAY_US + DAY_US // 2) // DAY_US
    return (day - 4) % 7 < 5


def _find_within_days(times: NDArray[np.int64], length_us: int) -> NDArray[np.int64]:
    """Every missing bar between two of one UTC day, for a series that is too long for a grid."""
    step = np.diff(times)
    day = times // DAY_US
    wide = np.flatnonzero((step > 1.5 * length_us) & (day[1:] == day[:-1]))
    counts = np.rint(step[wide] / length_us).astype(np.int64) - 1
    rank = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    found: NDArray[np.int64] = np.repeat(times[wide], counts) + (rank + 1) * length_us
    return found
