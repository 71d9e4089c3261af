"""Rows of one time, and rows out of order: what is advised never loses a bar."""

import numpy as np
import pandas as pd
import pytest

from evosearch.errors import DataError
from tests.trading.loading.making import File, join, make_frame

PLAIN = make_frame(pd.date_range("2024-01-01", periods=100, freq="5min"))
SORT, ZONE = "problem.unsorted=sort", "problem.layout.timezone"


def refuse(folder, frame, **options):
    with pytest.raises(DataError) as error:
        File(folder, frame).load(**options)
    text = str(error.value)
    assert len(text.splitlines()) <= 20
    assert max(map(len, text.splitlines())) <= 200
    return text


def test_exact_repeats_may_be_sorted_and_nothing_is_lost(tmp_path):
    frame = join(PLAIN[:60], PLAIN[50:])
    text = refuse(tmp_path, frame)
    assert "bars.csv:62:" in text
    assert "an exact repeat of line 52" in text
    assert SORT in text
    assert ZONE not in text
    file = File(tmp_path, frame)
    assert file.load(unsorted="sort").compute_hash() == File(tmp_path, PLAIN).load().compute_hash()
    assert File(tmp_path, frame).inspect()["duplicate"] == [*range(62, 72)]


def test_an_unfinished_bar_and_its_finished_one_may_be_sorted(tmp_path):
    finished = PLAIN[60:].copy()
    finished.loc[60, ["high", "volume"]] += 5
    text = refuse(tmp_path, join(PLAIN[:61], finished))
    assert "bars.csv:63: duplicate timestamp 2024-01-01 05:00:00, unfinished in line 62" in text
    assert SORT in text
    bars = File(tmp_path, join(PLAIN[:61], finished)).load(unsorted="sort")
    assert bars.high[60] == PLAIN.high[60] + 5


def test_rows_that_contradict_each_other_are_shown_and_nothing_is_advised_that_drops_one(tmp_path):
    other = PLAIN[60:].copy()
    other.loc[60:62, ["open", "high"]] += 1
    frame = join(PLAIN[:63], other)
    text = refuse(tmp_path, frame)
    assert "contradicts line 62" in text
    assert f"{PLAIN.open[60]:.8g}" in text
    assert f"{other.open[60]:.8g}" in text
    assert SORT not in text
    assert "Say which rows are meant" in text
    assert File(tmp_path, frame).inspect()["contradictory_duplicate"] == [65, 66, 67]


@pytest.mark.parametrize("freq", ["h", "5min"])
@pytest.mark.parametrize(
    ("zone", "first", "last", "hour"),
    [("America/New_York", "2023-11-04", "2023-11-07", "2023-11-05 01"),
     ("Europe/Berlin", "2023-10-28", "2023-10-31", "2023-10-29 02"),
     ("Australia/Sydney", "2024-04-06", "2024-04-09", "2024-04-07 02")],
)  # fmt: skip
def test_an_hour_of_autumn_asks_for_the_zone_that_was_meant(
    tmp_path, freq, zone, first, last, hour
):
    times = pd.date_range(first, last, freq=freq, tz=zone)
    frame = make_frame(times)
    text = refuse(tmp_path, frame)
    assert f"duplicate timestamp {hour}:" in text
    assert f"--set {ZONE}={zone}" in text
    assert SORT not in text


def test_the_advice_of_an_autumn_hour_keeps_every_bar(tmp_path):
    from evosearch.trading.reading.layout import Layout

    times = pd.date_range("2023-11-04", "2023-11-07", freq="h", tz="America/New_York")
    bars = File(tmp_path, make_frame(times)).load(layout=Layout(timezone="America/New_York"))
    assert np.array_equal(bars.timestamp_us, times.as_unit("us").asi8)


def test_a_repeated_hour_of_another_day_is_no_summer_time(tmp_path):
    times = pd.date_range("2024-06-01", periods=48, freq="h")
    frame = join(make_frame(times[:20]), make_frame(times[19:], seed=5))
    assert ZONE in refuse(tmp_path, frame)  # one of several questions
    assert "summer time" not in refuse(tmp_path, frame)
    # Exact repeats at the very hour are repeats.
    times = pd.date_range("2023-11-05", periods=48, freq="h")
    frame = make_frame(times)
    assert SORT in refuse(tmp_path, join(frame[:2], frame[1:]))


def test_a_file_from_the_newest_to_the_oldest_is_turned_and_said(tmp_path):
    plain = File(tmp_path, PLAIN).load()
    file = File(tmp_path, PLAIN[::-1])
    bars = file.load()
    assert bars.compute_hash() == plain.compute_hash()
    assert any("was turned" in note for note in bars.summarise()["notes"])
    assert (bars.lines[0], bars.lines[-1]) == (101, 2)
    assert file.inspect()["order"] == [None]
    # Not purely: refused, with the way to sort it.
    mixed = PLAIN[::-1].reset_index(drop=True)
    mixed = mixed.reindex([1, 0, *range(2, 100)])
    assert SORT in refuse(tmp_path, mixed)
    repeated = join(PLAIN[:10:-1], PLAIN[10::-1], PLAIN[:1])
    assert "an exact repeat" in refuse(tmp_path, repeated)


def test_rows_in_no_order_are_counted_and_may_be_sorted(tmp_path):
    shuffled = PLAIN.sample(frac=1, random_state=1)
    text = refuse(tmp_path, shuffled)
    assert "before the one above it" in text
    assert "more: timestamp before the one above it" in text
    assert SORT in text
    bars = File(tmp_path, shuffled).load(unsorted="sort")
    assert bars.compute_hash() == File(tmp_path, PLAIN).load().compute_hash()
    assert "were out of order and 0 duplicates were dropped" in bars.notes[0]
    assert File(tmp_path, PLAIN).load(unsorted="sort").notes == ()
