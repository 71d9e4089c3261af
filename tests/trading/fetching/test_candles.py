"""The answer of an exchange: taken exactly as printed, or bad, and never half."""

import math
import random

import numpy as np
import pytest

from evosearch.trading.fetching.candles import BadAnswer, Candles, join, parse_rows
from evosearch.trading.fetching.collect import count_differences, list_gaps
from evosearch.trading.fetching.windows import Window, parse_step
from tests.trading.making import walk

pytestmark = pytest.mark.slow

STEP = parse_step("5m")
BEGIN = 1_735_689_600_000  # 2025-01-01, in ms
WINDOW = Window(BEGIN * 1000, BEGIN * 1000 + 300 * STEP.us)


def row(place=0, *values):
    return [BEGIN + 300_000 * place, *(values or (100.1, 100.3, 99.9, 100.2, 5.5))]


def read(*rows):
    return parse_rows(list(rows), WINDOW, STEP)


def test_numbers_and_texts_of_numbers_are_taken_to_the_last_digit():
    answer = read(
        row(0, 0.1, "64013.27", "1e-08", 7, "0.00000001"),
        row(1, "0.30000000000000004", "1.7e3", 0.1, 0.2, 0),
    )
    assert answer.candles.values.tolist() == [
        [0.1, 64013.27, 1e-08, 7.0, 1e-08], [0.30000000000000004, 1700.0, 0.1, 0.2, 0.0],
    ]  # fmt: skip
    assert answer.candles.timestamp_us.tolist() == [BEGIN * 1000, BEGIN * 1000 + STEP.us]


def test_order_and_exact_repeats_do_not_matter():
    rows = [row(place, 100 + place, 200, 50, 60, 1) for place in range(20)]
    plain = read(*rows).candles
    random.Random(0).shuffle(rows)
    mixed = read(*rows, *rows[:5]).candles
    assert mixed.compute_hash() == plain.compute_hash()
    assert len(plain) == 20 and (np.diff(plain.timestamp_us) > 0).all()


def test_rows_outside_the_window_are_left_out():
    answer = read(row(-1), row(0), row(299), row(300))
    assert len(answer.candles) == 2 and answer.is_complete
    # Nothing at all is an answer; only what lies elsewhere is none for this window.
    assert read().is_complete
    assert not read(row(-1), row(300)).is_complete


def test_longer_candles_than_asked_for_are_no_answer():
    """All of them are on the grid of the shorter ones, and would look like holes."""
    assert len(read(*map(row, range(0, 228, 12))).candles) == 19
    with pytest.raises(BadAnswer, match="12 times as far apart as those of 5m"):
        read(*map(row, range(0, 240, 12)))
    assert len(read(row(1), *map(row, range(0, 240, 12))).candles) == 21


def test_a_slot_without_any_price_is_no_candle_and_is_counted():
    answer = read(row(0), row(1, None, None, None, None, None), row(2, 0, 0, 0, 0, 0))
    assert len(answer.candles) == 1 and answer.n_empty == 2
    assert read(row(0, math.nan, "", None, 0, None)).n_empty == 1


def test_a_missing_volume_is_none():
    assert read(row(0, 1, 2, 0.5, 1, None)).candles.values[0, 4] == 0


@pytest.mark.parametrize(
    "strange",
    [
        "no list", {"a": 1}, [None], [[]], [row()[:5]], ["abcdef"],
        [[BEGIN + 1, 1, 1, 1, 1, 1]],
        [[BEGIN + 60_000, 1, 1, 1, 1, 1]],
        [[str(BEGIN) + "x", 1, 1, 1, 1, 1]], [[True, 1, 1, 1, 1, 1]],
        [[None, 1, 1, 1, 1, 1]], [[BEGIN / 1000, 1, 1, 1, 1, 1]], [[10**400, 1, 1, 1, 1, 1]],
        [[-BEGIN, 1, 1, 1, 1, 1]], [[math.nan, 1, 1, 1, 1, 1]], [[math.inf, 1, 1, 1, 1, 1]],
        [row(0, 1, None, 1, 1, 1)], [row(0, 1, 1, math.nan, 1, 1)], [row(0, 1, 1, -1, 1, 1)],
        [row(0, 1, math.inf, 1, 1, 1)], [row(0, 1, "inf", 1, 1, 1)], [row(0, 1, "1_0", 1, 1, 1)],
        [row(0, 1, "0x10", 1, 1, 1)], [row(0, 1, "9" * 10_000, 1, 1, 1)],
        [row(0, 1, 10**5000, 1, 1, 1)], [row(0, 1, 1e300, 1, 1, 1)], [row(0, 1, 1, 1, 1, -1)],
        [row(0, 1, [1], 1, 1, 1)], [row(0, 1, 1, 1, 1, True)], [row(0, 1, "１", 1, 1, 1)],
        [row(0), row(0, 100.1, 100.3, 99.9, 100.3, 5.5)],
        [row(0)] * 100_001,
    ],
)  # fmt: skip
def test_what_cannot_be_trusted_makes_the_answer_bad(strange):
    with pytest.raises(BadAnswer) as found:
        parse_rows(strange, WINDOW, STEP)
    assert len(str(found.value)) < 400 and str(found.value).isprintable()


def test_the_hash_of_the_rows_is_that_of_the_bars():
    bars = walk(500)
    candles = Candles(bars.timestamp_us, np.column_stack(bars.columns))
    assert candles.compute_hash() == bars.compute_hash()


def test_parts_join_in_time_and_the_first_one_counts():
    one, other = read(row(0, 1, 2, 1, 2, 3), row(5)).candles, read(row(0), row(2)).candles
    both = join([one, other])
    assert len(both) == 3 and both.values[0].tolist() == [1, 2, 1, 2, 3]
    assert count_differences(one, other) == 3
    assert count_differences(one, one) == 0


def test_gaps_are_listed_with_what_is_missing_first():
    times = read(row(0), row(1), row(4), row(5), row(7)).candles.timestamp_us
    begin = BEGIN * 1000
    assert list_gaps(times, STEP) == [(begin + 2 * STEP.us, 2), (begin + 6 * STEP.us, 1)]
