"""Files of prices as people have them: read right, or refused with line, values and a way out."""

import re

import numpy as np
import pyarrow as pa
import pytest

from evosearch.errors import DataError
from tests.bad_input.prices import (
    HEADER,
    NAIVE,
    csv,
    epochs,
    hours,
    local_days,
    replaced,
    wall,
    with_offset,
)
from tests.trading.reading.exports import as_feather, as_parquet
from tests.trading.reading.loading import assert_same, assert_short, list_advice, load, refuse, said
from tests.trading.reading.pieces import business_days, make_bars, texts

pytestmark = pytest.mark.slow

H60 = hours(60)
ROWS = texts(H60, NAIVE)


def assert_advice_keeps(data, wanted, suffix=".csv", shown=()):
    """Whatever a refusal says to type gives bars of which none is lost, or is refused again."""
    message = refuse(data, suffix)
    for words in shown:
        assert str(words) in message, f"{words!r} is not in:\n{message}"
    for each in list_advice(message):
        try:
            bars = load(data, suffix, each)
        except DataError as error:
            assert_short(str(error))
        else:
            assert len(bars) == len(wanted), each
            for name in ("open", "high", "low", "close"):
                np.testing.assert_array_equal(getattr(bars, name), getattr(wanted, name))
    return message


# K1: times of no plausible year, and more than one unit.

UNITS = {
    "ms then us": [(30, 10**3), (30, 10**6)],
    "nearly all ms": [(54, 10**3), (6, 10**6)],
    "one us": [(1, 10**6), (59, 10**3)],
    "us then ms": [(30, 10**6), (30, 10**3)],
    "s then ms": [(10, 1), (50, 10**3)],
    "s, ms, us, ns": [(15, 1), (15, 10**3), (15, 10**6), (15, 10**9)],
    "two spans": [(20, 10**3), (20, 10**6), (20, 10**3)],
    "ms then ns": [(45, 10**3), (15, 10**9)],
}


@pytest.mark.parametrize("name", sorted(UNITS))
def test_epochs_of_several_units_are_read_each_in_its_own_and_said(name, workspace):
    data = csv(epochs(H60, *UNITS[name]))
    bars = load(data)
    assert_same(bars, H60)
    assert re.search(rf"\b{UNITS[name][0][0] + 2}\b", said(bars))  # the line of the change


ABSURD = {
    "zeros": [(str(k), *row[1:]) for k, row in enumerate(ROWS)],
    "1970 in seconds": [(str(3_600 * k), *row[1:]) for k, row in enumerate(ROWS)],
    "1970 as texts": [("1970" + row[0][4:], *row[1:]) for row in ROWS],
    "1900": [("1900" + row[0][4:], *row[1:]) for row in ROWS],
    "2224": [("2224" + row[0][4:], *row[1:]) for row in ROWS],
    "0001": [("0001" + row[0][4:], *row[1:]) for row in ROWS],
    "negative": [(str(-3_600 * (60 - k)), *row[1:]) for k, row in enumerate(ROWS)],
    "minutes since 1970": [(28_401_120 + 60 * k, *row[1:]) for k, row in enumerate(ROWS)],
    "days since 1970": [(19_783 + k, *row[1:]) for k, row in enumerate(ROWS)],
    "one year 2124": replaced(ROWS, -1, timestamp="2124-03-03 11:00:00"),
    "one epoch of 1970": replaced(epochs(H60, (60, 1000)), 0, timestamp="86400"),
    "one serial date": replaced(epochs(H60, (60, 1000)), 59, timestamp="45292.5"),
    "one huge epoch": replaced(epochs(H60, (60, 1)), 59, timestamp="9" * 25),
    "digits lost by a spreadsheet": [("1.70925E+12", *row[1:]) for row in ROWS],
    "fractions alone": [(f"0.{k:03d}", *row[1:]) for k, row in enumerate(ROWS)],
}


@pytest.mark.parametrize("name", sorted(ABSURD))
def test_times_of_no_plausible_year_are_refused_with_their_line(name, workspace):
    rows = ABSURD[name]
    message = refuse(csv(rows))
    assert re.search(r"prices\.csv:\d+|line \d+", message), message
    assert "unsorted=sort" not in message


def test_a_plausible_file_of_each_kind_of_number_loads(workspace):
    for unit in (1, 10**3, 10**6, 10**9):
        assert_same(load(csv(epochs(H60, (60, unit)))), H60)
    rows = [(f"{us / 1e6:.1f}", *row[1:]) for us, row in zip(H60.us, ROWS, strict=True)]
    assert_same(load(csv(rows)), H60)
    rows = [(f"{us / 1e3:.1f}", *row[1:]) for us, row in zip(H60.us, ROWS, strict=True)]
    assert_same(load(csv(rows)), H60)


@pytest.mark.parametrize("step_s", [300, 3_600, 86_400])
def test_serial_dates_of_a_spreadsheet_are_refused_and_read_on_request(step_s, workspace):
    bars = hours(60, "2024-01-01", step_s)
    serial = [us / 86_400e6 + 25_569 for us in bars.us.tolist()]
    for write in ("{:.6f}", "{:.10f}", "{!r}"):
        rows = [(write.format(t), *row[1:]) for t, row in zip(serial, texts(bars, ""), strict=True)]
        message = refuse(csv(rows))
        assert "45292" in message
        assert "problem.layout.time_format=excel" in list_advice(message)
        assert_same(load(csv(rows), ".csv", "problem.layout.time_format=excel"), bars)


def test_dates_written_as_whole_numbers_are_dates(workspace):
    days = make_bars(business_days(60))
    for form in ("%Y%m%d", "%Y%m%d%H%M", "%Y%m%d%H%M%S"):
        bars = load(csv(texts(days, form)))
        assert_same(bars, days)
        assert "1970" not in said(bars)
    assert_same(load(csv(texts(days, "%Y%m%d%H%M%S000"))), days)
    message = refuse(csv(replaced(texts(days, "%Y%m%d"), 7, timestamp="20241345")))
    assert ":9" in message
    assert "20241345" in message


# K2: zones.

ZONES = ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata"]


@pytest.mark.parametrize("zone", ZONES)
def test_offsets_that_change_with_the_season_are_exact_instants(zone, workspace):
    days = local_days(zone, "2024-02-20", "2024-12-20")
    bars = load(csv(with_offset(days, zone)))
    assert_same(bars, days)
    table = {name: [float(x) for x in column] for name, column in zip(
        ("open", "high", "low", "close", "volume"), days.columns, strict=True)}  # fmt: skip
    data = pa.table({"date": [row[0] for row in with_offset(days, zone)], **table})
    assert_same(load(as_parquet(data), ".parquet"), days)
    assert_same(load(as_feather(data), ".feather"), days)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("zone", "start"),
    [("America/New_York", "2023-11-04"), ("Europe/Athens", "2024-10-26"),
     ("Australia/Lord_Howe", "2024-04-06"), ("America/Santiago", "2024-04-06")],
)  # fmt: skip
@pytest.mark.parametrize("step_s", [300, 1800, 3600])
def test_both_autumn_hours_of_a_clock_on_the_wall_are_kept(zone, start, step_s, workspace):
    bars = hours(2 * 86_400 // step_s, start, step_s)
    if zone == "Australia/Lord_Howe" and step_s == 3600:
        pytest.skip("the clock goes back by half an hour: no label comes twice")
    data = csv(wall(bars, zone))
    message = assert_advice_keeps(data, bars, shown=["timezone"])
    assert "unsorted=sort" not in message
    assert_same(load(data, ".csv", f"problem.layout.timezone={zone}"), bars)


def test_an_hour_that_the_clock_skips_is_refused_with_its_line(workspace):
    bars = hours(60, "2024-03-09")
    data = csv(texts(bars, NAIVE))  # 02:00 on 10 March was no hour in New York
    message = assert_short(str(_refused(data, "problem.layout.timezone=America/New_York")))
    assert "2024-03-10 02:00" in message
    assert ":28" in message


def _refused(data, *options):
    with pytest.raises(DataError) as caught:
        load(data, ".csv", *options)
    return caught.value


def test_one_autumn_hour_alone_cannot_be_told_from_the_other(workspace):
    bars = hours(48, "2023-11-04")
    rows = wall(bars)
    at = next(k for k in range(47) if rows[k][0] == rows[k + 1][0])
    kept = [k for k in range(48) if k != at]
    data = csv([rows[k] for k in kept])
    option = "problem.layout.timezone=America/New_York"
    try:
        loaded = load(data, ".csv", option)
    except DataError as error:
        assert "2023-11-05 01:00" in assert_short(str(error))
    else:  # the second is the right one here; the first is no less so and must be said
        wanted = bars.take(kept)
        if not (loaded.timestamp_us == wanted.us).all():
            assert "2023-11-05 01:00" in said(loaded)


def test_times_with_and_without_an_offset_in_one_file_are_refused(workspace):
    rows = replaced(ROWS, 17, timestamp=ROWS[17][0] + "+00:00")
    message = refuse(csv(rows))
    assert re.search(r":(19|2|3)\b", message)
    rows = replaced(with_offset(H60, "Asia/Tokyo"), 30, timestamp="2024-03-02 15:00:00")
    assert ":32" in refuse(csv(rows))


def test_names_of_zones_behind_times_are_read_right_or_refused(workspace):
    for name in ("UTC", "GMT", "EST", "CET", "Europe/Berlin", "BRT"):
        rows = [(f"{row[0]} {name}", *row[1:]) for row in ROWS]
        try:
            bars = load(csv(rows))
        except DataError:
            assert name not in ("UTC",)
            refuse(csv(rows))
        else:
            hours_ahead = {"EST": 5, "CET": -1, "Europe/Berlin": -1, "BRT": 3}.get(name, 0)
            assert_same(bars, H60.moved(H60.us + hours_ahead * 3_600_000_000))


def test_a_zone_that_is_none_is_refused_as_an_option(workspace):
    from evosearch.errors import OptionError

    for zone in ("Mars/Olympus", "UTC+99", "../../etc/passwd", "Europe", "", "x" * 300):
        with pytest.raises((OptionError, DataError)) as caught:
            load(csv(ROWS), ".csv", f"problem.layout.timezone={zone}")
        assert_short(str(caught.value))


# K3: advice that destroys bars.


def doubled(rows, at, **cells):
    rows = [list(row) for row in rows]
    rows.insert(at + 1, replaced([rows[at]], 0, **cells)[0])
    return rows


def test_exact_repeats_are_refused_and_sorting_keeps_every_bar(workspace):
    rows = [*ROWS[:40], *ROWS[30:]]
    message = assert_advice_keeps(csv(rows), H60, shown=["prices.csv:42"])
    assert "problem.unsorted=sort" in list_advice(message)
    assert "10 dup" in said(load(csv(rows), ".csv", "problem.unsorted=sort"))


def test_an_unfinished_bar_before_the_finished_one_is_sorted_out_on_request(workspace):
    o, h, lo = float(ROWS[-1][1]), float(ROWS[-1][2]), float(ROWS[-1][3])
    rows = doubled(ROWS, 59)
    rows[-2][2:] = [repr(max(o, h - 0.5)), repr(min(o, lo + 0.5)), repr(o), "0.001"]
    message = assert_advice_keeps(csv(rows), H60)
    assert "problem.unsorted=sort" in list_advice(message)


CONTRADICTING = {
    "another close": doubled(ROWS, 20, close=ROWS[20][1]),
    "another bar": doubled(ROWS, 20, open="5", high="6", low="4", close="5"),
    "two markets": [r for pair in zip(ROWS, texts(hours(60, seed=3, start=500.0), NAIVE),
                                      strict=True) for r in pair],
    "two markets one after the other": [*ROWS, *texts(hours(60, seed=3, start=500.0), NAIVE)],
    "half minutes cut to minutes": texts(hours(60, step_s=30), "%Y-%m-%d %H:%M"),
    "days cut from hours": texts(H60, "%Y-%m-%d"),
    "other ends of two downloads": [*ROWS[:31], *texts(hours(60, seed=4), NAIVE)[30:]],
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(CONTRADICTING))
def test_bars_that_contradict_each_other_are_never_advised_away(name, workspace):
    message = refuse(csv(CONTRADICTING[name]))
    assert not [each for each in list_advice(message) if "sort" in each], message
    assert 'unsorted = "sort"' not in message
    assert re.search(r"prices\.csv:\d+", message), message


def test_bars_out_of_order_are_sorted_on_request_and_none_is_lost(workspace):
    order = np.random.default_rng(1).permutation(60)
    message = assert_advice_keeps(csv([ROWS[k] for k in order]), H60)
    assert "problem.unsorted=sort" in list_advice(message)
    assert_same(load(csv(ROWS[::-1])), H60)  # newest first: turned
    assert_advice_keeps(csv([*ROWS[30:], *ROWS[:30]]), H60)


def test_several_symbols_are_named_and_one_is_chosen(workspace):
    other = hours(60, seed=3, start=500.0)
    pairs = zip(ROWS, texts(other, NAIVE), strict=True)
    rows = [(*row, name) for pair in pairs for row, name in zip(pair, ("BTC", "ETH"), strict=True)]
    for data in (csv(rows, HEADER + ",symbol"), csv(sorted(rows, key=lambda r: r[6]),
                                                     HEADER + ",ticker")):  # fmt: skip
        message = refuse(data)
        assert "BTC" in message
        assert "ETH" in message
        asked = list_advice(message)
        assert any(each.startswith("problem.layout.symbol=") for each in asked)
        assert_same(load(data, ".csv", "problem.layout.symbol=BTC"), H60)
        assert_same(load(data, ".csv", "problem.layout.symbol=ETH"), other)
        wrong = assert_short(str(_refused(data, "problem.layout.symbol=XRP")))
        assert "ETH" in wrong


def test_the_autumn_hours_of_a_shuffled_file_are_never_guessed(workspace):
    bars = hours(60, "2023-11-04")
    rows = wall(bars)
    for seed in range(4):
        order = np.random.default_rng(seed).permutation(60)
        data = csv([rows[k] for k in order])
        try:
            loaded = load(
                data, ".csv", "problem.layout.timezone=America/New_York", "problem.unsorted=sort"
            )
        except DataError as error:
            assert_short(str(error))
        else:
            assert_same(loaded, bars)
