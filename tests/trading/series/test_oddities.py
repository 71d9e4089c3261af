"""What is valid but odd: said, with its place, and never said of what is not."""

import numpy as np
import pytest

from evosearch.trading.series.lengths import find_length
from evosearch.trading.series.oddities import Series, find_odd_last, find_oddities, find_off_grid
from tests.trading.series.making import DAY, HOUR, MINUTE, daily, every, new_york, steps


def make_series(times, close=None, volume=None, **more):
    n = len(times)
    if close is None:
        close = 100 * np.exp(np.cumsum(0.01 * np.random.default_rng(1).standard_normal(n)))
    open_ = np.append(close[0], close[:-1])
    volume = np.ones(n) if volume is None else volume
    columns = (open_, np.maximum(open_, close), np.minimum(open_, close), close, volume)
    return Series(times, columns, find_length(times), range(2, n + 2), **more)


def split(factor, place=60, n=100):
    series = make_series(steps((n, DAY)))
    open_, high, low, close, volume = (column.copy() for column in series.columns)
    for column in (open_, high, low, close):
        column[place:] /= factor
    return series._replace(columns=(open_, high, low, close, volume))


def kinds(series):
    return [each.kind for each in find_oddities(series)]


@pytest.mark.parametrize(
    ("factor", "words"),
    [(2, "split of 2:1"), (3, "split of 3:1"), (4.1, "split of 4:1"), (10, "split of 10:1"), (20, "split of 20:1"),
     (1 / 2, "reverse split of 1:2"), (1 / 10, "reverse split of 1:10"), (1 / 100, "reverse split of 1:100")],
)  # fmt: skip
def test_a_split_is_named_with_its_ratio_and_line(factor, words):
    (found,) = find_oddities(split(factor))
    assert (found.kind, found.line) == ("split", 62)
    assert f"as a {words} would make it" in found.text


@pytest.mark.parametrize("factor", [1.3, 1.6, 2.5, 1 / 1.5])
def test_moves_at_no_ratio_of_a_split_are_none(factor):
    assert kinds(split(factor)) == []


def test_a_wrong_price_that_goes_back_is_no_split():
    series = split(10)
    for column in series.columns[:4]:
        column[61:] *= 10
    assert kinds(series) == []


def test_many_splits_stay_a_few_lines():
    series = split(1, n=400)
    for number, place in enumerate(range(10, 390, 20)):
        for column in series.columns[:4]:
            column[place:] *= 4.0 if number % 2 else 0.25
    found = find_oddities(series)
    assert len(found) == 5
    assert "more jumps like splits" in found[-1].text


def test_prices_that_stand_still_and_lost_decimals():
    times = steps((100, HOUR))
    assert kinds(make_series(times, np.full(100, 1e-8))) == ["flat"]
    assert kinds(make_series(times, 1e-8 * (1 + np.arange(100) % 4))) == ["few_prices"]
    assert kinds(make_series(times, 1e-8 * (1 + np.arange(100) % 12))) == []
    assert kinds(make_series(times[:20], np.full(20, 1e-8))) == []  # too few to say


def test_no_volume_throughout_is_said_where_the_file_has_a_column_of_it():
    times = steps((100, HOUR))
    assert kinds(make_series(times, volume=np.zeros(100))) == ["zero_volume"]
    assert kinds(make_series(times, volume=np.zeros(100), has_volume=False)) == []
    assert kinds(make_series(times, volume=np.eye(1, 100)[0])) == []


@pytest.mark.parametrize(
    ("times", "is_odd"),
    [
        (np.append(steps((100, 5 * MINUTE)), steps((100, 5 * MINUTE))[-1] + 137_000_000), True),
        (np.append(steps((50, DAY)), steps((50, DAY))[-1] + 21 * HOUR), True),
        (np.append(every("W-MON"), every("W-MON")[-1] + 2 * DAY), True),
        (np.append(every("MS"), every("MS")[-1] + 12 * DAY), True),
        (every("MS", last="2022-02-10"), False), (every("W-MON"), False), (daily(), False),
        (daily("Europe/London", last="2021-03-30"), False), (new_york("60min"), False),
        # The last bar of each session is half an hour long.
        (np.union1d(new_york("60min"), new_york("30min", "15:30")[1::2]), False),
        (steps((100, 5 * MINUTE), (1, MINUTE)) + 0, False),
    ],
)  # fmt: skip
def test_a_last_bar_off_the_grid_is_odd_and_a_usual_end_is_not(times, is_odd):
    assert [each.kind for each in find_odd_last(make_series(times))] == ["last_bar"] * is_odd


def test_bars_off_the_grid_are_counted_with_the_first_line():
    times = steps((300, 5 * MINUTE))
    times[[50, 200]] += 90_000_000
    (found,) = find_off_grid(make_series(times))
    assert (found.kind, found.line) == ("off_grid", 52)
    assert "2 bars are off the grid of 5m" in found.text
    assert find_off_grid(make_series(steps((300, 5 * MINUTE)))) == []
