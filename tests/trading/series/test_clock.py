"""Bars of a timeframe, formed by the clock."""

import numpy as np
import pytest

from evosearch.errors import OptionError
from evosearch.trading.series.clock import form_bars
from evosearch.trading.window import DAY_US, parse_timeframe, write_length

MINUTE = 60_000_000
HOUR = 60 * MINUTE
START = 1_704_067_200_000_000  # Monday 2024-01-01 00:00 UTC


def make_minutes(n, step=5, start=START, decimals=8, seed=3):
    rng = np.random.default_rng(seed)
    times = start + np.arange(n) * step * MINUTE
    close = np.round(100 + np.cumsum(rng.normal(size=n)) * 0.1, 2)
    open_ = np.concatenate([close[:1], close[:-1]])
    spread = np.round(rng.random(n), 2)
    volume = rng.random(n) * 50
    volume = volume if decimals is None else np.round(volume, decimals)
    columns = (open_, np.maximum(open_, close) + spread, np.minimum(open_, close) - spread, close)
    return times, (*columns, volume)


def form_plainly(times, columns, frame):
    """The same in plain Python, without the rule for the last bar."""
    bars = {}
    for time, *row in zip(times.tolist(), *(c.tolist() for c in columns), strict=True):
        bars.setdefault(time // frame * frame, []).append(row)
    return [
        (start, rows[0][0], max(r[1] for r in rows), min(r[2] for r in rows), rows[-1][3],
         sum(r[4] for r in rows))
        for start, rows in bars.items()
    ]  # fmt: skip


@pytest.mark.parametrize("kept", ["all", "holes"])
def test_first_highest_lowest_last_and_sum(kept):
    times, columns = make_minutes(600)
    if kept == "holes":
        rows = np.flatnonzero(np.random.default_rng(1).random(600) > 0.1)
        rows = rows[(rows < 100) | (rows > 150)]  # some hours are missing altogether
        times, columns = times[rows], tuple(c[rows] for c in columns)
    formed = form_bars(times, columns, 5 * MINUTE, "1h")
    expected = form_plainly(times, columns, HOUR)
    if times[-1] + 5 * MINUTE < expected[-1][0] + HOUR:
        assert formed.n_dropped == 1
        expected = expected[:-1]
    assert formed.times_us.tolist() == [row[0] for row in expected]
    for place in range(4):
        assert formed.columns[place].tolist() == [row[place + 1] for row in expected]
    assert formed.columns[4] == pytest.approx([row[5] for row in expected], rel=1e-14)
    n_pieces = np.unique(times // HOUR, return_counts=True)[1][: len(expected)]
    assert formed.n_incomplete == np.count_nonzero(n_pieces < 12)
    only_whole = form_bars(times, columns, 5 * MINUTE, "1h", drop_incomplete=True)
    assert len(only_whole.times_us) == len(expected) - formed.n_incomplete


def test_only_a_last_bar_that_is_not_reached_to_its_end_is_dropped():
    times, columns = make_minutes(30)
    for n, n_bars, n_dropped in ((24, 2, 0), (23, 1, 1), (25, 2, 1), (13, 1, 1)):
        formed = form_bars(times[:n], [c[:n] for c in columns], 5 * MINUTE, "1h")
        assert (len(formed.times_us), formed.n_dropped) == (n_bars, n_dropped)
    # The first bar of a file may begin late: it is kept and counted.
    formed = form_bars(times[3:24], [c[3:24] for c in columns], 5 * MINUTE, "1h")
    assert (len(formed.times_us), formed.n_incomplete, formed.n_dropped) == (2, 1, 0)


@pytest.mark.parametrize("middle", ["15m", "30m"])
@pytest.mark.parametrize("decimals", [0, 2, 8])
def test_in_two_steps_or_in_one_the_bars_are_the_same_to_the_last_bit(middle, decimals):
    times, columns = make_minutes(3000, decimals=decimals)
    at_once = form_bars(times, columns, 5 * MINUTE, "1h")
    first = form_bars(times, columns, 5 * MINUTE, middle)
    second = form_bars(first.times_us, first.columns, parse_timeframe(middle), "1h")
    assert np.array_equal(second.times_us, at_once.times_us)
    for ours, other in zip(second.columns, at_once.columns, strict=True):
        assert ours.tobytes() == other.tobytes()


def test_sums_are_the_nearest_numbers_also_where_nothing_is_decimal():
    import math

    times, columns = make_minutes(1200, decimals=None)
    volume = columns[4] * 10.0 ** np.random.default_rng(2).integers(-9, 9, 1200)
    formed = form_bars(times, (*columns[:4], volume), 5 * MINUTE, "1h")
    exact = [math.fsum(part) for part in volume.reshape(-1, 12)]
    assert formed.columns[4].tolist() == exact


def test_huge_volumes_do_not_overflow():
    times, columns = make_minutes(24)
    volume = np.full(24, 8e18)
    formed = form_bars(times, (*columns[:4], volume), 5 * MINUTE, "1h")
    assert formed.columns[4].tolist() == [9.6e19, 9.6e19]


def test_bars_of_their_own_timeframe_stay_as_they_are():
    times, columns = make_minutes(100)
    formed = form_bars(times, columns, 5 * MINUTE, "5m")
    assert np.array_equal(formed.times_us, times)
    assert all(a.tobytes() == b.tobytes() for a, b in zip(formed.columns, columns, strict=True))
    assert (formed.n_incomplete, formed.n_dropped) == (0, 0)


def test_weeks_begin_on_monday_and_days_at_midnight_utc():
    times, columns = make_minutes(20 * 24, step=60, start=START - 3 * DAY_US)  # from a Friday on
    weeks = form_bars(times, columns, HOUR, "1w")
    assert weeks.times_us.tolist() == [START - 7 * DAY_US, START, START + 7 * DAY_US]
    assert weeks.n_incomplete == 1
    days = form_bars(times, columns, HOUR, "1d")
    assert (days.times_us % DAY_US == 0).all()
    assert (weeks.n_over, days.n_over) == (0, 0)


def test_bars_that_begin_off_the_clock_reach_into_the_next_and_are_counted():
    """As weeks from Sunday on, or a broker's bars of 4 hours from 21:00 UTC on."""
    times, columns = make_minutes(6 * 20, step=240, start=START - 3 * HOUR)
    assert form_bars(times, columns, 4 * HOUR, "1d").n_over == 20
    sundays = START - DAY_US + np.arange(5) * 7 * DAY_US
    assert form_bars(sundays, [column[:5] for column in columns], 7 * DAY_US, "1w").n_over == 5


def test_a_market_that_rests_at_night_has_no_incomplete_days_but_the_short_one():
    times, columns = make_minutes(24 * 12 * 20)
    is_open = (times % DAY_US >= 14 * HOUR) & (times % DAY_US < 21 * HOUR)
    is_open &= ~((times // DAY_US == START // DAY_US + 6) & (times % DAY_US >= 18 * HOUR))
    rows = np.flatnonzero(is_open)
    formed = form_bars(times[rows], [c[rows] for c in columns], 5 * MINUTE, "1d")
    assert (len(formed.times_us), formed.n_incomplete, formed.n_dropped) == (19, 1, 1)


@pytest.mark.parametrize(
    ("length", "timeframe", "words"),
    [
        (HOUR, "15m", "the bars of the file are 1h long"),
        (HOUR, "90m", "the bars of the file are 1h long"),
        (7 * MINUTE, "1h", "7m long"),
        (DAY_US, "4h", "1d long"),
        (0, "1h", "one bar"),
    ],
)
def test_no_multiple_is_refused(length, timeframe, words):
    times, columns = make_minutes(3)
    with pytest.raises(OptionError, match=words):
        form_bars(times, columns, length, timeframe)


def test_no_finished_bar_is_refused():
    times, columns = make_minutes(5)
    with pytest.raises(OptionError, match="do not reach the end"):
        form_bars(times, columns, 5 * MINUTE, "1h")


@pytest.mark.parametrize("text", ["15m", "1h", "4h", "1d", "1w", "30s", "90m", "5m", "24h"])
def test_a_timeframe_is_a_length(text):
    assert parse_timeframe(write_length(parse_timeframe(text))) == parse_timeframe(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("7h", "does not divide a day"), ("2d", "does not divide a day"), ("2w", "1w"),
        ("1M", "got '1M'"), ("1H", "Did you mean '1h'"), ("h", "got 'h'"), ("0h", "got '0h'"),
        ("1.5h", "got"), ("", "got ''"), (60, "got '60'"), (" 1h", "got"), ("٣h", "got"),
    ],
)  # fmt: skip
def test_other_timeframes_are_refused_with_examples(text, words):
    with pytest.raises(ValueError, match=words):
        parse_timeframe(text)
