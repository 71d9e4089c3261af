"""Times of bars as markets make them, in microseconds since 1970 UTC."""

import functools

import numpy as np
import pandas as pd
from pandas.tseries.holiday import USFederalHolidayCalendar

MINUTE = 60_000_000
HOUR, DAY = 60 * MINUTE, 1440 * MINUTE


def to_us(times):
    return np.unique(times.as_unit("us").asi8)


def steps(*parts, first="2024-01-01"):
    """Stretches of bars that follow each other: pairs of a number and a length."""
    begin, found = int(to_us(pd.DatetimeIndex([first]))[0]), []
    for n, length in parts:
        found.append(begin + np.arange(n) * length)
        begin += n * length
    return np.concatenate(found)


def every(freq, first="2021-01-01", last="2023-01-01", zone=None):
    """Bars without a break; of a zone, at its own clock."""
    return to_us(pd.date_range(first, last, freq=freq, tz=zone, inclusive="left"))


@functools.cache
def trading_days(first="2021-01-01", last="2023-01-01"):
    days = pd.bdate_range(first, last, inclusive="left")
    return days[~days.isin(USFederalHolidayCalendar().holidays(first, last))]


def daily(zone=None, **span):
    """One bar a weekday with the usual holidays, at midnight of a zone."""
    days = trading_days(**span)
    return to_us(days if zone is None else days.tz_localize(zone))


def _minutes(clock):
    hour, minute = clock.split(":")
    return 60 * int(hour) + int(minute)


def sessions(freq, zone, opens, closes, lunch=None, half=(), **span):
    """Bars of a market that opens and closes by the clock of its zone."""
    length = int(pd.Timedelta(freq) / pd.Timedelta("1min"))
    halves = [(opens, closes)] if lunch is None else [(opens, lunch[0]), (lunch[1], closes)]
    offsets = np.concatenate(
        [np.arange(_minutes(begin), _minutes(end), length) for begin, end in halves]
    )
    days = np.repeat(trading_days(**span).to_numpy("datetime64[m]"), len(offsets))
    offsets = np.tile(offsets, len(days) // len(offsets))
    is_open = ~np.isin(days, np.array(half, "datetime64[m]")) | (offsets < _minutes("13:00"))
    times = pd.DatetimeIndex(days[is_open] + offsets[is_open].astype("timedelta64[m]"))
    return to_us(times.tz_localize(zone))


def new_york(freq="5min", opens="09:30", closes="16:00", **more):
    return sessions(freq, "America/New_York", opens, closes, **more)


def extended(freq="5min", **span):
    return new_york(freq, "04:00", "20:00", **span)


def tokyo(freq="5min", **span):
    return sessions(freq, "Asia/Tokyo", "09:00", "15:00", ("11:30", "12:30"), **span)


def round_the_clock(freq, pause=False, first="2021-01-01", last="2023-01-01"):
    """From Sunday 17:00 until Friday 17:00 in New York; of futures, with an hour's pause a day."""
    times = pd.date_range(first, last, freq=freq, tz="America/New_York", inclusive="left")
    weekday, hour = times.day_of_week, times.hour
    is_open = (weekday < 4) | ((weekday == 4) & (hour < 17)) | ((weekday == 6) & (hour >= 17))
    return to_us(times[is_open & (hour != 17)] if pause else times[is_open])


def without(times, *cuts):
    """Without the bars from one number until before another."""
    return np.delete(times, np.concatenate([np.arange(begin, end) for begin, end in cuts]))
