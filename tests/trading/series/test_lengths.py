"""The length of bars, and two lengths in one series."""

import numpy as np
import pytest

from evosearch.trading.series.lengths import find_length, find_stretches
from tests.trading.series.making import (
    DAY,
    HOUR,
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

YEARS = {"first": "2010-01-01", "last": "2023-01-01"}


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (every("5min", last="2021-02-01"), "5m"), (new_york("60min"), "1h"), (new_york("39min"), "39m"),
        (extended(last="2021-06-01"), "5m"), (tokyo(last="2021-06-01"), "5m"),
        (round_the_clock("h", pause=True), "1h"), (daily(), "1d"), (daily("Europe/London"), "1d"),
        (daily("America/New_York"), "1d"), (daily("Asia/Tokyo"), "1d"), (every("W-MON"), "1w"),
        (every("W-MON", zone="Europe/Berlin"), "1w"), (every("3D"), "3d"), (every("28D", **YEARS), "4w"),
        (every("MS", **YEARS), "1 month"), (every("ME", **YEARS), "1 month"),
        (every("BME", **YEARS), "1 month"), (every("MS", zone="Asia/Tokyo", **YEARS), "1 month"),
        (every("QS", **YEARS), "1 quarter"), (every("YS", **YEARS), "1 year"), (every("4h", zone="Europe/London"), "4h"),
    ],
)  # fmt: skip
def test_the_length_of_a_bar_is_the_usual_step_and_all_lie_on_it(times, words):
    length = find_length(times)
    assert (length.words, length.share) == (words, 1.0)
    assert find_stretches(times) == []


def test_bars_off_the_grid_lower_the_share():
    times = steps((1000, 5 * MINUTE))
    times[500] += 137_000_000
    assert find_length(times).share == pytest.approx(997 / 999)
    assert find_length(times[:1]).us == 0
    assert find_length(times[:2]).us == 5 * MINUTE


@pytest.mark.parametrize(
    "parts",
    [
        [(1500, HOUR), (1500, 5 * MINUTE)], [(1200, 5 * MINUTE), (1800, HOUR)], [(100, DAY), (1000, HOUR)],
        [(1000, HOUR), (100, DAY)], [(500, DAY), (60, 7 * DAY)], [(60, 7 * DAY), (500, DAY)],
        [(500, MINUTE), (500, HOUR), (500, MINUTE)], [(400, 15 * MINUTE), (40, 30 * MINUTE)],
        [(300, MINUTE), (300, 2 * MINUTE)], [(60, 30 * DAY), (300, DAY)],
    ],
)  # fmt: skip
def test_two_lengths_are_told_with_the_bar_where_they_change(parts):
    found = find_stretches(steps(*parts))
    assert [(each.end - each.begin, each.us) for each in found] == parts


def test_two_lengths_of_a_market_with_nights():
    fine, coarse = new_york("5min", last="2021-06-01"), new_york("60min", first="2021-06-01")
    found = find_stretches(np.concatenate([fine, coarse]))
    assert [each.us for each in found] == [5 * MINUTE, HOUR]
    assert abs(found[1].begin - len(fine)) <= 1
    after = to_us(trading_days(first="2021-06-01"))
    found = find_stretches(np.concatenate([fine, after]))
    assert [each.us for each in found] == [5 * MINUTE, DAY]


@pytest.mark.parametrize("share", [0.9, 0.7, 0.5, 0.3, 0.1])
def test_a_thin_market_has_one_length(share):
    # Geometric steps: the shortest is the most frequent, and long ones are never equal for long.
    rng = np.random.default_rng(7)
    times = steps((200_000, MINUTE))
    times = times[rng.random(len(times)) < share]
    assert find_length(times).us == MINUTE
    assert find_stretches(times) == []


def test_hours_of_a_day_that_begins_or_ends_with_a_half_one_have_one_length():
    hours = new_york("60min")
    half_last = np.union1d(hours, new_york("30min", "15:30"))
    half_first = np.union1d(new_york("60min", "10:00"), new_york("30min", "09:30", "10:00"))
    for times in (half_last, half_first):
        assert find_length(times).us == HOUR
        assert find_stretches(times) == []


def test_holes_and_a_few_longer_steps_make_no_second_length():
    times = without(steps((5000, 5 * MINUTE)), (100, 900), (2000, 2001), (3000, 3012))
    assert find_stretches(times) == []
    assert find_stretches(steps((500, 15 * MINUTE), (20, HOUR), (500, 15 * MINUTE))) == []
