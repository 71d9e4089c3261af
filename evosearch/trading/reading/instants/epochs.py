"""Times that are numbers: since 1970 in some unit, dates written as whole numbers, serial dates.

The unit is that of each value's own size: the plausible years in seconds, milliseconds,
microseconds and nanoseconds, and dates of 8, 12, 14 and 17 digits, are ranges that never meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.reading.instants.calendar import (
    DAY_US,
    bound_times,
    bound_years,
    count_days,
    describe_bounds,
)

# In the order of their ranges. The number of a form is its place here, from 1; 0 is no time.
FORMS = (
    "YYYYMMDD",
    "seconds",
    "YYYYMMDDHHMM",
    "milliseconds",
    "YYYYMMDDHHMMSS",
    "microseconds",
    "YYYYMMDDHHMMSSsss",
    "nanoseconds",
)
_DATES = {1: (0, 0), 3: (4, 0), 5: (6, 0), 7: (6, 3)}  # digits of the time, then of milliseconds
_BY_DIGITS = {8: 1, 12: 3, 14: 5, 17: 7}
_UNITS = {2: 1_000_000, 4: 1000, 6: 1, 8: 1e-3}
NANOSECONDS = 8
# Serial dates of the plausible years lie well inside; nothing else of a file of prices does.
_SERIALS = (20_000, 60_000)
_SERIAL_OF_1970 = {"excel": 25_569, "excel 1904": 24_107}


@dataclass(frozen=True)
class Epochs:
    """Numbers read as times.

    Attributes
    ----------
    us : ndarray of int64, shape (n,)
    forms : ndarray of uint8, shape (n,)
        Which of `FORMS`, from 1; 0 where a number is no time.
    n_cut : int
        How many had nanoseconds beyond the last microsecond.
    """

    us: NDArray[np.int64]
    forms: NDArray[np.uint8]
    n_cut: int = 0


def is_date(form: int) -> bool:
    """Whether a form is a date written as a number: it names no zone."""
    return form in _DATES


def _list_edges() -> NDArray[np.int64]:
    first, end = bound_times()
    begin_year, end_year = bound_years()
    edges = []
    for n_more, scale in ((0, 10**6), (4, 10**3), (6, 1), (9, 0)):
        tens = 10 ** (4 + n_more)
        edges += [begin_year * tens, end_year * tens]
        edges += [first // scale, end // scale] if scale else [first * 1000, end * 1000]
    return np.array(edges, np.int64)


def read_epochs(values: NDArray[Any]) -> Epochs:
    """Read whole numbers or floats, each in the unit of its own size.

    Parameters
    ----------
    values : ndarray of int64 or float64, shape (n,)
    """
    n = len(values)
    if not n:
        return Epochs(np.empty(0, np.int64), np.empty(0, np.uint8))
    edges = _list_edges()
    ends = np.searchsorted(edges, [values.min(), values.max()], "right")
    if ends[0] == ends[1] and ends[0] % 2:
        form = int(ends[0] + 1) // 2
        us, fits, n_cut = _read_form(values, form)
        return Epochs(us, np.where(fits, np.uint8(form), np.uint8(0)), n_cut)
    places = np.searchsorted(edges, values, "right")
    forms = np.where(places % 2, (places + 1) // 2, 0).astype(np.uint8)
    all_us, n_cut = np.zeros(n, np.int64), 0
    for form in np.unique(forms[forms > 0]).tolist():
        rows = np.flatnonzero(forms == form)
        us, fits, n_more = _read_form(values[rows], form)
        all_us[rows] = us
        forms[rows[~fits]] = 0
        n_cut += n_more
    return Epochs(all_us, forms, n_cut)


def _read_form(values: NDArray[Any], form: int) -> tuple[NDArray[np.int64], NDArray[np.bool_], int]:
    is_float = values.dtype.kind == "f"
    if form in _DATES:
        whole = values.astype(np.int64)
        us, fits = _read_dates(whole, *_DATES[form])
        return us, fits & (whole == values), 0
    fits = np.ones(len(values), np.bool_)
    if form == NANOSECONDS and not is_float:
        us, rest = np.divmod(values, 1000)
        return us, fits, int(np.count_nonzero(rest))
    unit = _UNITS[form]
    scaled = values * unit if unit != 1 else values
    return (np.rint(scaled) if is_float else scaled).astype(np.int64), fits, 0


def _read_dates(
    numbers: NDArray[np.int64], n_time: int, n_millis: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    dates, times = np.divmod(numbers, 10 ** (n_time + n_millis))
    days, fits = count_days(dates // 10_000, dates // 100 % 100, dates % 100)
    us = days * DAY_US
    if n_time:
        clock, known = read_clock(times, n_time, n_millis)
        us += clock
        fits &= known
    return us, fits


def read_clock(
    numbers: NDArray[np.int64], n_time: int, n_millis: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Times of day written as HHMM or HHMMSS (and milliseconds), and which of these exist.

    Parameters
    ----------
    numbers : ndarray of int64, shape (n,)
        Leading zeros may be missing: 93000 is 09:30.
    n_time : int
        4 or 6.
    n_millis : int
        0 or 3.
    """
    rest, millis = np.divmod(numbers, 10**n_millis)
    rest, seconds = np.divmod(rest, 100) if n_time == 6 else (rest, np.zeros_like(rest))
    hours, minutes = np.divmod(rest, 100)
    fits = (hours >= 0) & (hours < 24) & (minutes < 60) & (seconds < 60)
    us = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + millis * (1000 if n_millis else 0)
    return us, fits


def read_serials(values: NDArray[np.float64], system: str) -> Epochs:
    """Read serial dates of a spreadsheet, rounded to the second.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        Days, with the time of day as their fraction.
    system : {"excel", "excel 1904"}
        From 1900, the usual one, or from 1904, once usual on a Mac.
    """
    first, end = bound_times()
    with np.errstate(over="ignore"):
        seconds = np.rint((values - _SERIAL_OF_1970[system]) * 86_400.0)
    fits = (seconds >= first // 10**6) & (seconds < end // 10**6)
    us = np.where(fits, seconds, 0.0).astype(np.int64) * 1_000_000
    return Epochs(us, fits.astype(np.uint8))


def explain_number(value: float) -> str:
    """Why a number is no time, and what to do."""
    if _SERIALS[0] <= value <= _SERIALS[1]:
        return (
            "is a serial date of a spreadsheet, it seems. Read it by "
            "--set problem.layout.time_format=excel"
        )
    digits = len(str(int(value))) if np.isfinite(value) and value > 0 else 0
    form = _BY_DIGITS.get(digits, 0)
    if form:
        first, end = bound_years()
        if first <= int(value) // 10 ** (digits - 4) < end:
            return f"is no date that exists ({FORMS[form - 1]})"
    return (
        "is no time: no number of seconds, milliseconds, microseconds or nanoseconds since 1970 "
        f"from {describe_bounds()}, and no date such as 20240131"
    )
