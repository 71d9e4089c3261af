"""Exchanges of many zones, cut at many places: no gap invented, and holes found where they are."""

import numpy as np
import pandas as pd
import pytest

from evosearch.trading.series.gaps import find_gaps
from evosearch.trading.series.lengths import find_stretches
from tests.trading.series.making import DAY, every, round_the_clock, sessions, to_us, without

pytestmark = pytest.mark.slow

SPAN = {"first": "2019-06-01", "last": "2021-09-01"}
EXCHANGES = {
    "London": ("Europe/London", "08:00", "16:30", None),
    "Frankfurt": ("Europe/Berlin", "09:00", "17:30", None),
    "Hong Kong": ("Asia/Hong_Kong", "09:30", "16:00", ("12:00", "13:00")),
    "Mumbai": ("Asia/Kolkata", "09:15", "15:30", None),
    "Shanghai": ("Asia/Shanghai", "09:30", "15:00", ("11:30", "13:00")),
    "Sydney": ("Australia/Sydney", "10:00", "16:00", None),
    "Sao Paulo": ("America/Sao_Paulo", "10:00", "17:00", None),
    "Auckland": ("Pacific/Auckland", "10:00", "16:45", None),
}


def grains(freq):
    """Two sessions a day, as futures of grains in Chicago have them."""
    times = pd.date_range(SPAN["first"], SPAN["last"], freq=freq, tz="America/Chicago")
    minute, weekday = times.hour * 60 + times.minute, times.day_of_week
    day = (minute >= 510) & (minute < 800) & (weekday < 5)
    evening = (minute >= 1140) & ((weekday < 4) | (weekday == 6))
    return to_us(times[day | evening | ((minute < 465) & (weekday < 5))])


def make(name, freq):
    if name in EXCHANGES:
        return sessions(freq, *EXCHANGES[name], **SPAN)
    if name == "grains":
        return grains(freq)
    if name == "coins":
        return every(freq, **SPAN)
    return round_the_clock(freq, pause=name == "futures", **SPAN)


@pytest.mark.parametrize("freq", ["5min", "15min", "30min", "60min"])
@pytest.mark.parametrize("name", [*EXCHANGES, "grains", "currencies", "futures", "coins"])
def test_no_cut_of_a_market_has_gaps_but_those_that_are_made(name, freq):
    times, rng = make(name, freq), np.random.default_rng(5)
    n_found = n_made = 0
    for start in (0, 1000, 3000):
        for size in (100, 250, 700, 1200, 2500, 5000, len(times)):
            part = times[start : start + size]
            if len(part) < 60 or part[-1] - part[0] < 5 * DAY:
                continue  # a day or two and a weekend do not show where a market pauses
            assert find_gaps(part).n_missing == 0, (start, size)
            assert find_stretches(part) == []
            for _ in range(5):
                cut = int(rng.integers(1, 8))
                begin = int(rng.integers(2, len(part) - cut - 2))
                around = np.diff(part[begin - 2 : begin + cut + 2])
                if around.max() > around.min():
                    continue  # at the edge of a session, where a market may close early
                gaps = find_gaps(without(part, (begin, begin + cut)))
                n_made += 1
                n_found += (gaps.places.tolist(), gaps.sizes.tolist()) == ([begin - 1], [cut])
    assert n_made > 20 or freq != "5min"
    # At an end of a series the weeks that would show it may be missing too.
    assert n_found >= 0.9 * n_made - 1
