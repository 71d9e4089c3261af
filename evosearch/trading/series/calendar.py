"""How many periods a year a market trades, from the bars themselves.

A period is a UTC day that has bars; of daily and longer bars, it is one bar. Returns of a period
are annualised by their number a year.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.series.lengths import Length, find_length
from evosearch.trading.window import DAY_US

EVERY_DAY, WEEKDAYS = 365, 252
YEAR_DAYS = 365.2425
LEAST_DAYS = 28  # a shorter window does not say how a market trades
_SNAP = 0.02
_MONDAY_DAY = 4  # 1970-01-05 was the first Monday
_LEAST_HOLE = 4  # days from one with bars to the next: more than a long weekend
_MAX_OUTAGE = 0.1  # of the days of a market that trades every day
_FIVE_DAYS = (4.0, 5.05)  # days with bars a week
_HOLE_DAYS = 15  # no market rests as long: such days are missing, not free
_RARE = 0.1
_OVERRIDE = "--set problem.days_per_year=N"


class Calendar(NamedTuple):
    """Periods a year.

    Attributes
    ----------
    per_year : int
    is_certain : bool
        False if the bars span too little to say, so that their weekdays alone decided.
    period : str
        What one return spans: ``day``, ``week``, ``month`` or ``bar``.
    """

    per_year: int
    is_certain: bool = True
    period: str = "day"

    @property
    def is_usual(self) -> bool:
        """Whether the market trades every day, or on weekdays with the usual holidays."""
        return self.per_year in (EVERY_DAY, WEEKDAYS) and self.period == "day"


def find_calendar(times: NDArray[np.int64], length: Length | None = None) -> Calendar:
    """Periods a year of a series of bars.

    Parameters
    ----------
    times : ndarray of int64, shape (n,)
        Ascending, microseconds since 1970 UTC.
    length : Length, optional
        Of the bars, if it is known.
    """
    length = find_length(times) if length is None else length
    if length.is_long:
        return _count_long(times, length)
    days = find_days(times, length)
    n_weeks = int(days[-1] - days[0] + 1) // 7 if len(days) else 0
    if n_weeks == 0:
        weekday = ((times + _noon(length)) // DAY_US - _MONDAY_DAY) % 7
        return Calendar(EVERY_DAY if (weekday >= 5).any() else WEEKDAYS, False)
    is_certain = n_weeks * 7 >= LEAST_DAYS
    if _has_every_day(days):
        return Calendar(EVERY_DAY, is_certain)
    n_days = int(days[-1] - days[0] + 1) - _count_free(days, _HOLE_DAYS)
    if n_days < YEAR_DAYS:
        # Whole weeks: a part of one would count its days more often than its rest.
        newest = days[days > days[-1] - n_weeks * 7]
        a_week = len(_drop_rare(newest)) / max(n_weeks - _count_free(newest, 7) // 7, 1)
        if _FIVE_DAYS[0] <= a_week <= _FIVE_DAYS[1]:
            return Calendar(WEEKDAYS, is_certain)
        return Calendar(_snap(a_week / 7 * YEAR_DAYS), is_certain)
    return Calendar(_snap(len(days) / n_days * YEAR_DAYS), is_certain)


def _has_every_day(days: NDArray[np.int64]) -> bool:
    """Whether a market trades on every weekday, but for holes in its file and single days."""
    steps = np.diff(days)
    holes = np.flatnonzero(steps > _LEAST_HOLE)
    begins, ends = np.append(days[0], days[holes + 1]), np.append(days[holes], days[-1])
    known = np.concatenate(
        [np.arange(begin, end + 1) for begin, end in zip(begins, ends, strict=True)]
    )
    have, all_ = (np.bincount((each - _MONDAY_DAY) % 7, minlength=7) for each in (days, known))
    return bool(
        have[5:].any() and (have >= all_ / 2).all() and len(days) >= (1 - _MAX_OUTAGE) * len(known)
    )


def _count_free(days: NDArray[np.int64], longest: int) -> int:
    """Days of holes that no market's rest explains, without the weekend that is in each."""
    steps = np.diff(days)
    return int((steps[steps > longest] - 3).sum())


def find_days(times: NDArray[np.int64], length: Length) -> NDArray[np.int64]:
    """Days since 1970 that have bars, shape (n_days,), ascending.

    UTC days; of daily bars the day of each bar, so that a midnight of the evening before in UTC
    counts as the day that begins there.
    """
    day = (times + _noon(length)) // DAY_US
    return day[np.flatnonzero(np.diff(day, prepend=day[:1] - 1))]


def _noon(length: Length) -> int:
    return DAY_US // 2 if length.is_daily else 0


def _drop_rare(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Without days of a weekday that has bars hardly ever, such as one stray Saturday."""
    counts = np.bincount((days - _MONDAY_DAY) % 7, minlength=7)
    is_rare = counts <= max(_RARE * counts.max(), 1 if counts.max() > 2 else 0)
    kept: NDArray[np.int64] = days[~is_rare[(days - _MONDAY_DAY) % 7]]
    return kept


def _snap(per_year: float) -> int:
    for usual in (EVERY_DAY, WEEKDAYS):
        if abs(per_year - usual) <= _SNAP * usual:
            return usual
    return min(max(round(per_year), 1), 366)


def _count_long(times: NDArray[np.int64], length: Length) -> Calendar:
    """Bars a year of bars that are longer than a day: by their length where most steps equal it."""
    if length.months:
        periods = {1: "month", 3: "quarter", 12: "year"}
        return Calendar(12 // length.months, True, periods.get(length.months, "bar"))
    period = "week" if length.us == 7 * DAY_US else "bar"
    step = np.diff(times)
    near = np.rint(step / DAY_US) * DAY_US
    if np.count_nonzero(near == length.us) >= 0.9 * len(step):
        return Calendar(round(YEAR_DAYS * DAY_US / length.us), True, period)
    usual = step[step <= max(_HOLE_DAYS * DAY_US, 2 * length.us)]
    return Calendar(max(round(YEAR_DAYS * DAY_US / float(usual.mean())), 1), True, period)


def describe_calendar(calendar: Calendar, given: int | None = None) -> str:
    """What is unusual about the periods a year, in a sentence; empty if nothing is.

    Parameters
    ----------
    calendar : Calendar
        What the bars show.
    given : int, optional
        What a person said in its place.
    """
    shown = f"{calendar.per_year} {calendar.period}{'s' * (calendar.per_year != 1)} a year"
    if given is not None and given != calendar.per_year:
        return (
            f"calendar: {given} {calendar.period}s a year, as days_per_year says; "
            f"the bars show {calendar.per_year}"
        )
    if calendar.period != "day":
        return f"calendar: one return a {calendar.period}, {shown}"
    if calendar.is_usual:
        return ""
    return f"calendar: {shown} have bars; {_OVERRIDE} annualises by another number"
