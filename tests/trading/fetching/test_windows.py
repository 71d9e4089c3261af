"""Steps and windows: aligned in UTC, whatever is asked for and wherever the machine is."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evosearch.errors import UsageError
from evosearch.trading.fetching.windows import (
    Window,
    choose_step,
    list_days,
    list_months,
    list_slots,
    parse_step,
    to_moment,
)
from evosearch.trading.window import DAY_US, instant_to_us

pytestmark = pytest.mark.slow

STEPS = ("1m", "5m", "1h", "6h", "1d", "1w")
times = st.integers(0, 60 * 366 * DAY_US)


@given(st.sampled_from(STEPS), st.integers(1, 1000), times, st.integers(1, 400 * DAY_US))
def test_windows_of_slots_join_without_a_hole_and_are_the_same_for_every_call(
    word, n_slots, since, length
):
    step = parse_step(word)
    length = min(length, 300 * n_slots * step.us)
    windows = list_slots(step, n_slots, since, since + length)
    assert windows[0].begin_us <= since < windows[0].end_us
    assert windows[-1].begin_us < since + length <= windows[-1].end_us
    assert all(a.end_us == b.begin_us for a, b in itertools.pairwise(windows))
    for window in windows[:3]:
        assert step.holds(window.begin_us)
        assert (window.end_us - window.begin_us) == n_slots * step.us
        # Any instant of it leads to this window again.
        inner = window.begin_us + length % (n_slots * step.us)
        assert list_slots(step, n_slots, inner, inner + 1) == [window]


@given(times, st.integers(1, 900 * DAY_US))
def test_months_and_their_days_join_without_a_hole(since, length):
    months = list_months(since, since + length)
    assert months[0].begin_us <= since and since + length <= months[-1].end_us
    assert all(a.end_us == b.begin_us for a, b in itertools.pairwise(months))
    days = [day for month in months for day in list_days(month)]
    assert days[0].begin_us == months[0].begin_us and days[-1].end_us == months[-1].end_us
    assert all(a.end_us == b.begin_us for a, b in itertools.pairwise(days))
    assert all(to_moment(month.begin_us).day == 1 for month in months)


def test_weeks_begin_on_mondays():
    step = parse_step("1w")
    assert to_moment(list_slots(step, 300, 0, 1)[0].begin_us).weekday() == 0
    assert step.holds(instant_to_us("2025-01-06T00:00:00Z"))
    assert not step.holds(instant_to_us("2025-01-02T00:00:00Z"))


def test_a_window_is_final_one_step_after_its_end():
    step, window = parse_step("5m"), Window(0, 300 * 300_000_000)
    assert not window.is_past(step, window.end_us)
    assert not window.is_past(step, window.end_us + step.us - 1)
    assert window.is_past(step, window.end_us + step.us)


@pytest.mark.parametrize("text", ["", "5", "m", "0m", "5 m", "5M", "1mo", "-5m", "5m\n5m", "٥m"])
def test_what_is_no_step_is_refused(text):
    with pytest.raises(UsageError, match="such as 5m or 1h"):
        parse_step(text)


def test_a_length_has_the_name_that_the_source_gives_it():
    words = ("1m", "1h", "1d", "1M")
    assert choose_step(parse_step("60m"), words, "It").word == "1h"
    assert choose_step(parse_step("24h"), words, "It").word == "1d"
    with pytest.raises(UsageError, match="It has no candles of 1w. Its steps: 1m, 1h, 1d, 1M."):
        choose_step(parse_step("1w"), words, "It")
