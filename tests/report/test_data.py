"""The data of a run in words; its summary may be a stranger's."""

import math

import pytest

from evosearch.report.data import describe_data, list_data, list_notes
from evosearch.texts import describe_bar_length, find_unit

BTC = {
    "source": "btc.csv",
    "hash": "9046b474" * 8,
    "interval_s": 300.0,
    "n_bars": 30_000,
    "n_file_bars": 59_206,
    "n_holdout_bars": 9_000,
    "first_bar_utc": "2025-10-10T10:50:00Z",
    "last_bar_utc": "2026-01-22T14:45:00Z",
}


def test_one_line_says_file_bars_dates_and_hold_out():
    assert describe_data(BTC) == (
        "btc.csv (9046b474), 5-minute bars, newest 30,000 of 59,206, 2025-10-10 to 2026-01-22, "
        "9,000 held out"
    )
    assert "the bundled sample ibm-daily (9046b474), " in describe_data(
        BTC | {"source": "ibm-daily.parquet", "is_sample": True}
    )
    assert ", all 30,000, " in describe_data(BTC | {"n_file_bars": 30_000})


def test_a_shard_of_before_says_what_it_knows():
    before = {key: value for key, value in BTC.items() if key not in ("n_file_bars", "interval_s")}
    assert "bars, 30,000 of them, 2025-10-10" in describe_data(before)


@pytest.mark.parametrize(
    ("interval_s", "words"),
    [
        (300.0, "5-minute bars"), (60, "1-minute bars"), (3600.0, "1-hour bars"),
        (14_400.0, "4-hour bars"), (5400.0, "90-minute bars"), (86_400.0, "daily bars"),
        (604_800.0, "weekly bars"), (31 * 86_400.0, "monthly bars"), (15.0, "15-second bars"),
        (0.5, "bars of 0.5 s"), (None, "bars"), (True, "bars"), ("300", "bars"), (-5, "bars"),
        (math.nan, "bars"), (math.inf, "bars"), (10**400, "bars"), ([], "bars"), (0, "bars"),
    ],
)  # fmt: skip
def test_bar_lengths_in_words(interval_s, words):
    assert describe_bar_length(interval_s) == words


def test_the_rest_stands_in_two_more_lines_and_only_what_is_unusual():
    usual = BTC | {"layout": "CSV with a header, times in UTC", "zone": "UTC", "since": None,
                   "interval_share": 1.0, "days_per_year": 365, "has_volume": True, "symbol": "",
                   "n_gaps": 0, "n_missing": 0, "timeframe": None}  # fmt: skip
    first, second = list_data(usual)
    assert first == f"{describe_data(BTC)}, no gaps"
    assert second == "read as CSV with a header, times in UTC"
    odd = usual | {"since": "2025-10-10T00:00:00Z", "until": "2026-01-23T00:00:00Z",
                   "interval_share": 0.9312, "days_per_year": 313, "has_volume": False,
                   "symbol": "BTC/USD", "n_gaps": 2, "n_missing": 70, "timeframe": "4h",
                   "zone": "America/New_York", "layout": "text of its own"}  # fmt: skip
    assert list_data(odd) == [
        "btc.csv (9046b474), 5-minute bars (93% of them), 30,000 of 59,206, "
        "2025-10-10 to 2026-01-22, 9,000 held out, 70 missing in 2 gaps",
        "read as text of its own, times in America/New_York",
        "window since 2025-10-10T00:00:00Z until 2026-01-23T00:00:00Z; bars of 4h formed from the "
        "file's by the UTC clock; symbol BTC/USD; 313 days with bars a year; "
        "no volume: every rule on volume is false",
    ]


@pytest.mark.parametrize(
    ("interval_s", "year", "unit", "words"),
    [
        (86_400.0, 252, "day", None), (3600.0, 365, "day", None), (None, 252, "day", None),
        (604_800.0, 52, "week", "one return a week, 52 a year"),
        (31 * 86_400.0, 12, "month", "one return a month, 12 a year"),
        (91 * 86_400.0, 4, "quarter", "one return a quarter, 4 a year"),
        (3 * 86_400.0, 122, "bar", "one return a bar, 122 a year"),
    ],
)  # fmt: skip
def test_bars_longer_than_a_day_have_one_return_a_bar(interval_s, year, unit, words):
    data = BTC | {"interval_s": interval_s, "days_per_year": year}
    assert find_unit(data) == unit
    assert list_data(data)[1:] == ([words] if words else [])


ODD = [None, "x", 7, [], {}, math.nan, 10**400, -1, True, "\x1b[31m\n" * 500, {"a": []}, b"x"]


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
def test_notes_that_are_no_texts_are_left_out(value):
    assert list_notes({"notes": ["a\x1bb", value, 5]})[0] == "a\\x1bb"
    for note in (*list_notes({"notes": value}), *list_notes(value)):
        assert "\x1b" not in note
    assert list_data(BTC | {"notes": value}, has_notes=True)


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
def test_a_strangers_summary_is_one_harmless_short_line(value):
    texts = [
        describe_data(value),
        describe_data({"lines": value}),
        describe_data({value.__hash__ and str(value)[:9]: 1}),
    ]
    texts += [describe_data(BTC | {key: value}) for key in BTC]
    others = ("layout", "zone", "symbol", "timeframe", "since", "until", "days_per_year",
              "interval_share", "n_gaps", "n_missing", "has_volume")  # fmt: skip
    lines = [list_data(BTC | {"layout": "x", key: value}) for key in others]
    assert all(1 <= len(each) <= 3 for each in lines)
    texts += [line for each in lines for line in each]
    for text in texts:
        assert len(text) < 300
        assert "\n" not in text
        assert "\x1b" not in text


def test_data_are_told_in_spanish_too():
    first, second, third = list_data(
        BTC | {"layout": "CSV", "zone": "UTC", "since": "2025-10-10T00:00:00Z", "symbol": "BTC",
               "n_gaps": 1, "n_missing": 70, "has_volume": False},
        language="es",
    )  # fmt: skip
    assert first == (
        "btc.csv (9046b474), barras de 5 min, las 30.000 últimas de 59.206, "
        "2025-10-10 a 2026-01-22, 9.000 en reserva, faltan 70 en 1 hueco"
    )
    assert second == "leído como CSV, horas de UTC"
    assert third == (
        "ventana desde 2025-10-10T00:00:00Z; símbolo BTC; "
        "sin volumen: ninguna regla de volumen se cumple"
    )
