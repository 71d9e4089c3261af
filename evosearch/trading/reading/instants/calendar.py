"""Dates as numbers of days, in whole columns, and which times can belong to a bar at all."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

DAY_US = 86_400_000_000
FIRST_YEAR = 1980
_EPOCH = date(1970, 1, 1).toordinal()
_YEARS = range(1970, 2200)
_FIRST_DAYS = np.array(
    [date(year, month, 1).toordinal() - _EPOCH for year in _YEARS for month in range(1, 13)]
    + [date(_YEARS.stop, 1, 1).toordinal() - _EPOCH],
    np.int32,
)
_N_DAYS = np.diff(_FIRST_DAYS).astype(np.uint8)


def bound_years() -> tuple[int, int]:
    """The first plausible year of a bar, and the year after the last: the next one.

    What lies outside is a unit or a column misread.
    """
    return FIRST_YEAR, datetime.now(UTC).year + 2


def bound_times() -> tuple[int, int]:
    """The first plausible time of a bar and the end of those, in microseconds since 1970."""
    first, end = ((date(year, 1, 1).toordinal() - _EPOCH) * DAY_US for year in bound_years())
    return first, end


def describe_bounds() -> str:
    """The bounds in words."""
    first, end = bound_years()
    return f"{first}-01-01 to {end - 1}-12-31"


def count_days(
    years: NDArray[Any], months: NDArray[Any], days: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Days since 1970 of dates, and which of these exist.

    Parameters
    ----------
    years, months, days : ndarray of integers, shape (n,)
        Years before 1970 and after 2199 do not count as existing.

    Examples
    --------
    >>> count_days(np.array([1970, 2023]), np.array([2, 2]), np.array([1, 29]))[0].tolist()
    [31, 19417]
    """
    places = (years.astype(np.int32) - _YEARS.start) * 12 + (months.astype(np.int32) - 1)
    exists = (years >= _YEARS.start) & (years < _YEARS.stop) & (months >= 1) & (months <= 12)
    exists &= (days >= 1) & (days <= np.take(_N_DAYS, places, mode="clip"))
    found = np.take(_FIRST_DAYS, places, mode="clip").astype(np.int64)
    found += days
    found -= 1
    return found, exists
