"""Bars that are missing: counted and reported, never filled.

A bar is missing only where the series itself shows that there usually is one: at the same time of
the weeks before and after. Nights, weekends, lunch breaks and daily pauses are no gaps. Whole days
and ends of days without bars, as holidays make them, are counted apart.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.series.calendar import EVERY_DAY, find_calendar, find_days
from evosearch.trading.series.lengths import Length, count_months, find_length
from evosearch.trading.series.rhythm import LEAST_WEEKS, MAX_ALONE_US, WEEK_US, find_expected
from evosearch.trading.window import DAY_US, write_moment

# More weekdays in a row without bars are no holiday.
MAX_REST_DAYS = 4
N_LISTED = 1_000
_LEAST_NEAR = 2  # of the three days before and after


class Gaps(NamedTuple):
    """Where bars are missing.

    Attributes
    ----------
    places : ndarray of int64, shape (n_gaps,)
        The bar before each gap.
    sizes : ndarray of int64, shape (n_gaps,)
        How many bars are missing in each.
    n_rests : int
        Days that have no bars, or fewer than usual, as on holidays; they are no gaps.
    rest_place, rest_days : int
        The bar before most such days in a row, and how many they are.
    """

    places: NDArray[np.int64]
    sizes: NDArray[np.int64]
    n_rests: int = 0
    rest_place: int = 0
    rest_days: int = 0

    @property
    def n_missing(self) -> int:
        """Bars that are missing in all gaps."""
        return int(self.sizes.sum())

    @property
    def largest(self) -> list[int]:
        """Numbers of the largest gaps, at most 1,000, the largest first."""
        order: list[int] = np.argsort(-self.sizes, kind="stable")[:N_LISTED].tolist()
        return order

    def without(self, times: NDArray[np.int64], known_us: NDArray[np.int64]) -> Gaps:
        """Those that remain where bars are known that the series leaves out.

        Parameters
        ----------
        times : ndarray of int64, shape (n,)
            Of the series.
        known_us : ndarray of int64
            Of the bars that it leaves out, ascending.
        """
        begins = np.searchsorted(known_us, times[self.places], "right")
        sizes = self.sizes - np.searchsorted(known_us, times[self.places + 1]) + begins
        return self._replace(places=self.places[sizes > 0], sizes=sizes[sizes > 0])


_NONE = Gaps(np.empty(0, np.int64), np.empty(0, np.int64))


def find_gaps(times: NDArray[np.int64], length: Length | None = None) -> Gaps:
    """Missing bars of a series.

    Parameters
    ----------
    times : ndarray of int64, shape (n,)
        Ascending, microseconds since 1970 UTC.
    length : Length, optional
        Of the bars, if it is known.
    """
    length = find_length(times) if length is None else length
    if len(times) < 2 or not length.us:
        return _NONE
    if length.is_daily:
        return _find_long(times, length)
    step = np.diff(times)
    # Rounded, as in 5 h of bars of 4 h: summer time moved the clock.
    wide = np.flatnonzero(step > 1.5 * length.us)
    if not len(wide):
        return _NONE
    room = np.rint(step[wide] / length.us).astype(np.int64) - 1
    has_every_day = find_calendar(times, length).per_year == EVERY_DAY
    cells = find_expected(times, length.us, has_every_day)
    if cells is None:  # a market without breaks
        return Gaps(wide, room)
    return _group(times, length.us, cells, wide, room)


def _group(
    times: NDArray[np.int64],
    length_us: int,
    cells: NDArray[np.int64],
    wide: NDArray[np.int64],
    room: NDArray[np.int64],
) -> Gaps:
    """Gaps from the times at which bars are missing; closed days apart."""
    begins = np.searchsorted(cells, times[wide], "right")
    ends = np.searchsorted(cells, times[wide + 1], "left")
    sizes = np.minimum(ends - begins, room)
    _leave_pauses(times, length_us, cells, begins, sizes)
    rest_us = _find_usual_rest(times, wide) // 2
    n_rests, longest = 0, (0, 0)
    is_long = times[wide + 1] - times[wide] >= rest_us
    for number in np.flatnonzero((sizes > 0) & is_long).tolist():
        place = wide[number]
        known = np.concatenate(
            [
                times[place : place + 1],
                cells[begins[number] : ends[number]],
                times[place + 1 : place + 2],
            ]
        )
        n_days = _count_rests(known, length_us, rest_us)
        if n_days:
            n_rests += n_days
            longest = max(longest, (n_days, -int(place)))
            sizes[number] = 0
    is_gap = sizes > 0
    return Gaps(wide[is_gap], sizes[is_gap], n_rests, -longest[1], longest[0])


def _leave_pauses(
    times: NDArray[np.int64],
    length_us: int,
    cells: NDArray[np.int64],
    begins: NDArray[np.intp],
    sizes: NDArray[np.int64],
) -> None:
    """Clear the sizes of short gaps at a time of day that nearby days have no bars at either.

    Where summer time begins or ends near an end of the series, weeks of the other clock are all
    that shows what is usual: a pause of one hour would seem to be missing.
    """
    if times[-1] - times[0] < LEAST_WEEKS * WEEK_US:
        return
    short = np.flatnonzero((sizes > 0) & (sizes * length_us <= MAX_ALONE_US))
    firsts = cells[begins[short]]
    n_near = np.zeros(len(short), np.int64)
    for n_days in (-3, -2, -1, 1, 2, 3):
        moments = firsts + n_days * DAY_US - length_us // 2
        places = np.minimum(np.searchsorted(times, moments), len(times) - 1)
        n_near += np.abs(times[places] - moments - length_us // 2) <= length_us // 2
    sizes[short[n_near < _LEAST_NEAR]] = 0


def _find_usual_rest(times: NDArray[np.int64], wide: NDArray[np.int64]) -> int:
    """From one session to the next, as most days have it; a lunch break is shorter."""
    steps, day = times[wide + 1] - times[wide], times[wide] // DAY_US
    begins = np.flatnonzero(np.diff(day, prepend=day[:1] - 1))
    return int(np.median(np.maximum.reduceat(steps, begins)))


def _count_rests(known: NDArray[np.int64], length_us: int, rest_us: int) -> int:
    """Days on which a market was closed, or closed early; 0 where bars are missing.

    Whole sessions, or the end of one or the beginning of one, are what a holiday takes. What has
    bars of its session on both sides is a hole.

    Parameters
    ----------
    known : ndarray of int64
        The bar before, the times at which bars are missing, and the bar after.
    length_us, rest_us : int
        Of a bar, and of the shortest step that may be a night.
    """
    steps = np.diff(known)
    is_break = steps > 1.5 * length_us
    edges = np.concatenate([[0], np.flatnonzero(is_break), [len(known) - 1]])
    touches = [not is_break[0], not is_break[-1]]
    n_days = len(np.unique(known[1:-1] // DAY_US))
    is_rest = (
        not all(touches)
        and int(steps.max()) >= rest_us
        and int(np.diff(edges).max()) * length_us <= DAY_US
        and n_days <= MAX_REST_DAYS + any(touches)
    )
    return n_days if is_rest else 0


def _find_long(times: NDArray[np.int64], length: Length) -> Gaps:
    """Gaps of daily and longer bars."""
    if length.months:
        expected = np.diff(count_months(times)) // length.months
    elif length.is_long:
        expected = np.rint(np.diff(times) / length.us).astype(np.int64)
        if length.us < 6 * DAY_US and find_calendar(times, length).per_year < _full(length):
            # Bars of two or three days: of a weekend there is none.
            expected[np.diff(times) <= length.us + 3 * DAY_US] = 1
    else:
        return _find_daily(times, length)
    places = np.flatnonzero(expected > 1)
    return Gaps(places, expected[places] - 1)


def _full(length: Length) -> int:
    return int(0.98 * 365 * DAY_US / length.us)


def _find_daily(times: NDArray[np.int64], length: Length) -> Gaps:
    day = (times + DAY_US // 2) // DAY_US
    if find_calendar(times, length).per_year == EVERY_DAY:
        missing = np.maximum(np.diff(day) - 1, 0)
        places = np.flatnonzero(missing)
        return Gaps(places, missing[places])
    days = find_days(times, length)
    counts = np.bincount(days % 7, minlength=7)
    usual = "".join("1" if counts[(k + 4) % 7] > 0.5 * counts.max() else "0" for k in range(7))
    dates = day.astype("datetime64[D]")
    expected = np.busday_count(dates[:-1], dates[1:], weekmask=usual)
    missing = np.maximum(expected - 1, 0)
    places = np.flatnonzero(missing > MAX_REST_DAYS)
    rests = np.where(missing <= MAX_REST_DAYS, missing, 0)
    longest = int(np.argmax(rests))
    return Gaps(places, missing[places], int(rests.sum()), longest, int(rests[longest]))


def describe_rests(times: NDArray[np.int64], gaps: Gaps) -> str:
    """Days without bars, or with fewer, that are no gaps; empty if there are none."""
    if not gaps.n_rests:
        return ""
    moment = write_moment(times[gaps.rest_place], "m")
    days = "day has" if gaps.n_rests == 1 else "days have"
    return (
        f"{gaps.n_rests:,} {days} no bars or fewer than usual, as on holidays, at most "
        f"{gaps.rest_days} in a row, after {moment} UTC"
    )


def describe_gaps(times: NDArray[np.int64], gaps: Gaps) -> list[str]:
    """Missing bars in words: counted and located."""
    if not len(gaps.places):
        return []
    largest = gaps.largest[0]
    moment = write_moment(times[gaps.places[largest]], "m")
    return [
        f"{gaps.n_missing} bars are missing in {len(gaps.places)} gaps, the largest "
        f"({int(gaps.sizes[largest])} bars) after {moment} UTC"
    ]
