"""Missing bars: none invented where a market rests, none missed where it does not."""

from pathlib import Path

import numpy as np
import pytest

from evosearch.trading.loading.load import load_bars
from evosearch.trading.series.gaps import describe_gaps, describe_rests, find_gaps
from tests.trading.series.making import (
    DAY,
    MINUTE,
    daily,
    every,
    extended,
    new_york,
    round_the_clock,
    steps,
    tokyo,
    without,
)

HALF_DAYS = ("2021-11-26", "2022-11-25")
SOME = {"last": "2021-07-01"}
WHOLE = {
    "coins": every("5min", last="2021-04-01"),
    "coins, 4 h in London": every("4h", zone="Europe/London"),
    "hours of currencies": round_the_clock("h"),
    "5 min of currencies": round_the_clock("5min", **SOME),
    "futures with a daily pause": round_the_clock("15min", pause=True),
    "New York": new_york(half=HALF_DAYS),
    "New York, 39 min": new_york("39min", half=HALF_DAYS),
    "New York, hours with a half one": new_york("60min"),
    "New York, extended": extended("15min"),
    "Tokyo with lunch": tokyo("15min"),
    "dates": daily(),
    "dates of Tokyo": daily("Asia/Tokyo"),
    "dates of London": daily("Europe/London"),
    "dates of Auckland": daily("Pacific/Auckland"),
    "weeks": every("W-MON"),
    "months": every("MS"),
    "three days": every("3D"),
    "two days of dates": np.unique(daily() // (2 * DAY)) * 2 * DAY,
}


@pytest.mark.parametrize("name", WHOLE)
def test_where_a_market_rests_no_bar_is_missing(name):
    times = WHOLE[name]
    for size in (2, 30, 50, 100, 170, 300, 800, 2000, len(times)):
        gaps = find_gaps(times[:size])
        if name == "Tokyo with lunch" and size == 30:
            # One day alone does not show whether noon is a pause.
            continue
        assert gaps.n_missing == 0, size


@pytest.mark.parametrize(
    ("name", "cuts"),
    [
        ("coins", [(3000, 3001), (9000, 9800)]),
        ("hours of currencies", [(50, 51), (3000, 3010), (7000, 7030)]),
        ("5 min of currencies", [(20_000, 20_100)]),
        ("futures with a daily pause", [(9000, 9020), (9500, 9501)]),
        ("New York", [(1000, 1010), (5000, 5300), (30_000, 30_001)]),
        ("New York, extended", [(9000, 9020), (20_000, 20_200)]),
        ("Tokyo with lunch", [(803, 806), (2005, 2008)]),
        ("weeks", [(40, 42)]),
        ("months", [(10, 11)]),
        ("three days", [(50, 51)]),
    ],
)
def test_a_hole_is_found_with_its_size_and_place(name, cuts):
    gaps = find_gaps(without(WHOLE[name], *cuts))
    places, shift = [], 0
    for begin, end in cuts:
        places.append(begin - 1 - shift)
        shift += end - begin
    assert gaps.places.tolist() == places
    assert gaps.sizes.tolist() == [end - begin for begin, end in cuts]


@pytest.mark.parametrize(
    ("name", "size", "cut"),
    [("hours of currencies", 500, (200, 205)), ("hours of currencies", 200, (60, 65)),
     ("New York", 300, (100, 110)), ("New York", 70, (30, 40)), ("coins", 50, (20, 30)),
     ("coins", 700, (400, 480)), ("Tokyo with lunch", 100, (45, 48))],
)  # fmt: skip
def test_a_hole_is_found_in_a_short_series(name, size, cut):
    gaps = find_gaps(without(WHOLE[name][:size], cut))
    assert (gaps.places.tolist(), gaps.sizes.tolist()) == ([cut[0] - 1], [cut[1] - cut[0]])


def test_a_long_hole_counts_the_bars_that_the_weeks_around_it_have():
    gaps = find_gaps(without(extended("15min"), (10_000, 13_000)))
    assert len(gaps.places) == 1
    # Holidays inside it, and summer time that began in it, cannot be known.
    assert 2700 < gaps.n_missing <= 3100


def test_holidays_are_counted_apart_and_a_fortnight_is_none():
    times = daily()
    weekdays = np.busday_count("2021-01-04", "2022-12-31")
    assert find_gaps(times).n_rests == weekdays - len(times)
    gaps = find_gaps(without(times, (100, 110)))
    assert (len(gaps.places), gaps.places[0]) == (1, 99)
    assert 10 <= gaps.n_missing <= 11
    gaps = find_gaps(without(times, (100, 103)))
    assert gaps.n_missing == 0
    assert "at most 4 in a row, after 2021-05-25" in describe_rests(
        without(times, (100, 103)), gaps
    )


def test_a_day_that_ends_early_is_no_gap_and_a_hole_before_the_end_is():
    early = find_gaps(new_york(half=HALF_DAYS))
    assert (early.n_missing, early.n_rests - find_gaps(new_york()).n_rests) == (0, 2)
    # The same bars missing, but with the last one there.
    times = new_york()
    gaps = find_gaps(without(times, (77 - 35, 77)))
    assert gaps.sizes.tolist() == [35]


def test_a_thin_market_that_never_rests_misses_every_bar_without_trade():
    rng = np.random.default_rng(3)
    times = steps((50_000, MINUTE))
    kept = times[(rng.random(len(times)) < 0.6) | (times == times[0]) | (times == times[-1])]
    assert find_gaps(kept).n_missing == len(times) - len(kept)


def test_the_largest_come_first_and_are_said():
    times = without(steps((5000, 5 * MINUTE)), (100, 103), (200, 280), (300, 301))
    gaps = find_gaps(times)
    assert [int(gaps.sizes[number]) for number in gaps.largest] == [80, 3, 1]
    assert describe_gaps(times, gaps) == [
        "84 bars are missing in 3 gaps, the largest (80 bars) after 2024-01-01 16:35 UTC"
    ]


def test_summer_time_makes_no_gap_where_it_begins():
    for weeks in range(5, 16):
        times = new_york("15min", first="2021-02-01")[: 26 * 5 * weeks]
        assert find_gaps(times).n_missing == 0


def test_the_real_file_keeps_its_two_gaps(btc_csv):
    gaps = load_bars(str(btc_csv), (Path(btc_csv).parent,)).gaps
    assert (gaps.places.tolist(), gaps.sizes.tolist()) == ([33_586, 33_589], [1, 69])
