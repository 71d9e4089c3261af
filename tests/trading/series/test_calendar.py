"""Periods a year, against a count that is made apart: by the set of days, over whole years."""

import datetime

import numpy as np
import pandas as pd
import pytest

from evosearch.trading.series.calendar import describe_calendar, find_calendar
from tests.trading.series.making import (
    DAY,
    MINUTE,
    daily,
    every,
    extended,
    new_york,
    round_the_clock,
    steps,
    to_us,
    tokyo,
    trading_days,
    without,
)

HALF = {"first": "2021-01-04", "last": "2021-07-01"}


def count_a_year(times):
    """UTC dates with bars, divided by the years from the first to the last."""
    dates = {datetime.datetime.fromtimestamp(t / 1e6, datetime.UTC).date() for t in times.tolist()}
    return len(dates) / ((max(dates) - min(dates)).days + 1) * 365.2425


@pytest.mark.parametrize(
    ("times", "per_year"),
    [
        (round_the_clock("h"), 313), (round_the_clock("h", pause=True), 313),
        (extended("60min"), None), (every("h"), 365), (new_york("60min"), 252), (tokyo("30min"), 252),
    ],
)  # fmt: skip
def test_days_with_bars_are_counted_over_years(times, per_year):
    counted = count_a_year(times)
    found = find_calendar(times)
    assert found.is_certain
    assert found.per_year == (per_year or round(counted))
    assert abs(found.per_year / counted - 1) < 0.02


def test_extended_hours_add_the_days_that_they_reach_in_winter():
    # 19:00 to 20:00 in New York is the next day in UTC from November to March, never in summer:
    # a Saturday, or a holiday.
    span = {"first": "2020-01-01", "last": "2023-01-01"}
    times, dates = extended("60min", **span), to_us(trading_days(**span)) // DAY
    more = np.setdiff1d(times // DAY, dates)
    assert 15 < np.count_nonzero((more - 4) % 7 == 5) / 3 < 22
    assert find_calendar(times).per_year == pytest.approx((len(dates) + len(more)) / 3, abs=1)


@pytest.mark.parametrize("span", [{}, HALF], ids=["two years", "half a year"])
def test_the_midnights_of_any_zone_give_the_calendar_of_the_dates(span):
    plain = find_calendar(daily(**span))
    assert plain.per_year == 252
    for zone in ("Asia/Tokyo", "America/New_York", "Europe/London", "Pacific/Auckland"):
        assert find_calendar(daily(zone, **span)) == plain


def test_every_weekday_of_years_is_no_252():
    # As the foreign exchanges trade: no holiday but two.
    assert find_calendar(every("B")).per_year == 261
    assert find_calendar(every("B", zone="Asia/Tokyo")).per_year == 261


@pytest.mark.parametrize(
    "times",
    [
        every("B", **HALF), every("B", last="2021-03-01"), new_york("5min", **HALF), tokyo("5min", **HALF),
        every("B", first="2021-12-06", last="2022-01-10"), without(daily(**HALF), (20, 24)), without(daily(**HALF), (20, 50)),
        to_us(trading_days(**HALF).append(pd.DatetimeIndex(["2021-03-06"]))), extended("5min", first="2021-04-01", last="2021-08-01"),
    ],
)  # fmt: skip
def test_five_days_a_week_below_a_year_are_252(times):
    found = find_calendar(times)
    assert (found.per_year, found.is_certain) == (252, True)


@pytest.mark.parametrize(
    ("times", "per_year"),
    [
        (round_the_clock("h", last="2021-02-01"), 313), (round_the_clock("h", pause=True, **HALF), 313),
        (every("h", last="2021-02-01"), 365), (without(every("h"), (3000, 4000)), 365),
        (without(every("h", last="2021-04-01"), (500, 800)), 365),
        (without(every("h", last="2021-01-26"), (100, 500)), 365), (without(every("D", last="2021-02-01"), (9, 10)), 365),
    ],
)  # fmt: skip
def test_other_weeks_below_a_year_and_holes(times, per_year):
    assert find_calendar(times).per_year == per_year


def test_a_stray_weekend_bar_of_years_is_no_365():
    times = np.union1d(daily(), to_us(trading_days()[:1] + np.timedelta64(5, "D")))
    assert len(times) == len(daily()) + 1
    assert find_calendar(times).per_year == 252


@pytest.mark.parametrize(
    ("freq", "per_year", "period"),
    [
        ("W-MON", 52, "week"), ("W-FRI", 52, "week"), ("MS", 12, "month"), ("BME", 12, "month"),
        ("QS", 4, "quarter"), ("YS", 1, "year"), ("3D", 122, "bar"), ("28D", 13, "bar"), ("2MS", 6, "bar"),
    ],
)  # fmt: skip
def test_of_longer_bars_the_bars_are_counted(freq, per_year, period):
    times = every(freq, first="2000-01-01")
    found = find_calendar(times)
    assert (found.per_year, found.period) == (per_year, period)
    years = (times[-1] - times[0]) / DAY / 365.2425
    assert (len(times) - 1) / years == pytest.approx(per_year, rel=0.02)
    assert f"one return a {period}, {per_year} {period}" in describe_calendar(found)


def test_a_series_of_days_says_that_it_is_not_certain():
    # What was taken before: any bar of a weekend.
    monday = steps((50, 5 * MINUTE), first="2025-10-13 04:00")
    assert find_calendar(monday) == (252, False, "day")
    assert find_calendar(monday + 5 * DAY) == (365, False, "day")
    assert not find_calendar(every("h", last="2021-01-20")).is_certain


def test_what_is_unusual_is_said():
    usual, other = find_calendar(daily()), find_calendar(round_the_clock("h"))
    assert describe_calendar(usual) == ""
    assert "313 days a year" in describe_calendar(other)
    assert describe_calendar(usual, 260) == (
        "calendar: 260 days a year, as days_per_year says; the bars show 252"
    )
