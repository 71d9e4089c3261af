"""Odd files of prices: two clocks, codes of stocks, old bars, prices below zero, what is no table."""

from datetime import UTC, datetime, timedelta

import pytest

from evosearch.errors import DataError
from evosearch.trading.loading.load import load_bars
from evosearch.trading.reading.layout import Layout
from evosearch.trading.reading.settings import Reading

pytestmark = pytest.mark.slow

START = datetime(2024, 1, 29, tzinfo=UTC)
BARS = [f"{100 + k % 7}.5,{102 + k % 7},{99 + k % 7},{101 + k % 7},{k + 1}" for k in range(40)]


def read(folder, lines, **options):
    path = folder / "prices.csv"
    path.write_bytes(lines if isinstance(lines, bytes) else "\n".join([*lines, ""]).encode())
    return load_bars(str(path), (folder,), Reading(**options))


def refuse(folder, lines, **options):
    with pytest.raises(DataError) as caught:
        read(folder, lines, **options)
    return str(caught.value)


def hours(shift=0):
    return [f"{START + timedelta(hours=k + shift):%Y-%m-%d %H:%M:%S}" for k in range(len(BARS))]


@pytest.mark.parametrize(
    ("names", "shifts", "is_said"),
    [
        ("datetime,datetime_utc", (-5, 0), False),
        ("local_time,utc_time", (-5, 0), False),
        ("time_ny,time_utc", (-5, 0), False),
        ("time_utc,time_ny", (0, -5), False),
        ("date,date_local", (0, -5), False),
        ("date,dateLocal", (0, -5), False),
        ("a,b", (0, -5), True),
        (None, (0, -5), True),
    ],
)
def test_of_two_clocks_utc_is_the_time(tmp_path, names, shifts, is_said):
    header = [] if names is None else [f"{names},open,high,low,close,volume"]
    rows = zip(hours(shifts[0]), hours(shifts[1]), BARS, strict=True)
    bars = read(tmp_path, [*header, *map(",".join, rows)])
    assert bars.timestamp_us[0] == START.timestamp() * 1_000_000
    assert any("holds others" in each.text for each in bars.findings) == is_said


@pytest.mark.parametrize("name", ["code", "ticker", "stock_code"])
def test_stocks_that_are_numbers_are_symbols(tmp_path, name):
    rows = [
        f"{code},{time},{bar}"
        for code in ("000001", "600519")
        for time, bar in zip(hours(), BARS, strict=True)
    ]
    lines = [f"{name},date,open,high,low,close,volume", *rows]
    assert "symbol=000001" in refuse(tmp_path, lines)
    assert len(read(tmp_path, lines, layout=Layout(symbol="600519")).timestamp_us) == len(BARS)


def test_bars_before_1980_are_named_by_their_last_line(tmp_path):
    days = [f"{datetime(1979, 12, 20) + timedelta(days=k):%Y-%m-%d}" for k in range(len(BARS))]
    rows = list(map(",".join, zip(days, BARS, strict=True)))
    header = "date,open,high,low,close,volume"
    assert "Bars before 1980 are not read: give a file with the bars from line 14 on." in refuse(
        tmp_path, [header, *rows]
    )
    assert "with the bars up to line 29." in refuse(tmp_path, [header, *rows[::-1]])


def test_prices_below_zero_are_refused_with_what_is_needed(tmp_path):
    rows = list(map(",".join, zip(hours(), BARS, strict=True)))
    rows[7] = f"{hours()[7]},-10,1,-40,-37,5"
    told = refuse(tmp_path, ["timestamp,open,high,low,close,volume", *rows])
    assert "Prices below 0 have no returns" in told and "incomplete" not in told


def test_lone_commas_between_semicolons_are_said_to_be_decimals(tmp_path):
    rows = [f"{time};150,123;150,523;149,923;150,223;5" for time in hours()]
    bars = read(tmp_path, ["timestamp;open;high;low;close;volume", *rows])
    assert bars.open[0] == 150.123
    assert any('"150,123" are read with a decimal comma' in each.text for each in bars.findings)


def test_a_stream_of_arrow_is_named(tmp_path):
    assert "is a stream of Arrow" in refuse(tmp_path, b"\xff\xff\xff\xff\x10\x01\0\0" * 50)


def test_a_last_day_at_another_hour_is_said(tmp_path):
    days = [f"{START + timedelta(days=k):%Y-%m-%d %H:%M:%S}" for k in range(len(BARS) - 1)]
    days.append(f"{START + timedelta(days=len(BARS) - 1, hours=15):%Y-%m-%d %H:%M:%S}")
    lines = ["timestamp,open,high,low,close,volume", *map(",".join, zip(days, BARS, strict=True))]
    notes = read(tmp_path, lines).choose().summarise()["notes"]
    assert any("at which no other one does" in each for each in notes)
    assert len(read(tmp_path, lines, drop_last=True).timestamp_us) == len(BARS) - 1


def test_two_blanks_between_date_and_time_need_no_header(tmp_path):
    rows = [f"{START + timedelta(hours=k):%Y%m%d  %H:%M:%S},{bar}" for k, bar in enumerate(BARS)]
    assert read(tmp_path, rows).timestamp_us[0] == START.timestamp() * 1_000_000


@pytest.mark.parametrize("header", [[], ["date,open,high,low,close,volume"]])
def test_dates_of_six_digits_are_asked_for(tmp_path, header):
    rows = [f"{START + timedelta(days=k):%y%m%d},{bar}" for k, bar in enumerate(BARS)]
    told = refuse(tmp_path, [*header, *rows])
    assert "problem.layout.time_format=%y%m%d" in told
    layout = Layout(time_columns=(1,), time_format="%y%m%d")
    bars = read(tmp_path, [*header, *rows], layout=layout)
    assert bars.timestamp_us[0] == START.timestamp() * 1_000_000


def test_sides_called_by_letters_are_symbols(tmp_path):
    names = ",".join(f"{side}.{letter}" for side in ("bid", "mid", "ask") for letter in "ohlc")
    rows = [
        f"{time},{','.join([bar.rsplit(',', 1)[0]] * 3)}"
        for time, bar in zip(hours(), BARS, strict=True)
    ]
    lines = [f"time,{names}", *rows]
    assert "symbol=bid" in refuse(tmp_path, lines)
    assert read(tmp_path, lines, layout=Layout(symbol="mid")).open[0] == 100.5


def test_the_real_volume_counts_where_there_is_one(tmp_path):
    rows = [
        f"{time},{bar.rsplit(',', 1)[0]},7,3,{k + 1}"
        for k, (time, bar) in enumerate(zip(hours(), BARS, strict=True))
    ]
    bars = read(tmp_path, ["time,open,high,low,close,tick_volume,spread,real_volume", *rows])
    assert bars.volume[4] == 5


def test_a_mark_before_the_first_line_changes_nothing(tmp_path):
    rows = [
        f"{START + timedelta(hours=k):%Y%m%d %H%M%S};{';'.join(bar.split(',')[:4])};0"
        for k, bar in enumerate(BARS)
    ]
    bars = read(tmp_path, b"\xef\xbb\xbf" + "\n".join(rows).encode())
    assert bars.zone == "-05:00" and len(bars.timestamp_us) == len(BARS)


def test_a_lone_comma_beside_numbers_with_dots_is_asked_for(tmp_path):
    rows = [f"{time};150,123;150,523;149,923;150,223;0.25" for time in hours()]
    lines = ["timestamp;open;high;low;close;rsi", *rows]
    told = refuse(tmp_path, lines)
    assert "decimal=comma" in told and "thousands=comma" in told
    assert read(tmp_path, lines, layout=Layout(decimal=",")).open[0] == 150.123
    assert read(tmp_path, lines, layout=Layout(thousands=",")).open[0] == 150_123


def test_of_two_volumes_the_one_in_money_comes_second(tmp_path):
    rows = [
        f"{time},{bar.rsplit(',', 1)[0]},0.0003,{k + 1}"
        for k, (time, bar) in enumerate(zip(hours(), BARS, strict=True))
    ]
    bars = read(tmp_path, ["time,open,high,low,close,Volume USD,Volume BTC", *rows])
    assert bars.volume[4] == 5


def test_a_number_of_rows_is_no_volume(tmp_path):
    rows = [
        f"{time},{bar.rsplit(',', 1)[0]},{k},{(k * 37) % 41 + 5}"
        for k, (time, bar) in enumerate(zip(hours(), BARS, strict=True))
    ]
    assert read(tmp_path, rows).volume[1] == 42


def test_numbers_at_which_bars_end_are_not_the_time(tmp_path):
    begins = [int((START + timedelta(hours=k)).timestamp()) for k in range(len(BARS))]
    for time in (hours(), begins):
        rows = [
            f"{begin * 1000 + 3_599_999},{each},{bar}"
            for begin, each, bar in zip(begins, time, BARS, strict=True)
        ]
        assert read(tmp_path, rows).timestamp_us[0] == START.timestamp() * 1_000_000


def test_names_behind_an_open_quote_are_not_passed_over(tmp_path):
    """By content open and close of this order would be taken for each other."""
    rows = [f"2024-01-{day:02d},10.5,11,10,10.2,{day}" for day in range(1, 29)]
    path = tmp_path / "prices.csv"
    path.write_text("\n".join(['"date,close,high,low,open,volume', *rows]) + "\n")
    with pytest.raises(DataError, match=r"prices.csv:1: .*quote that is not closed"):
        load_bars(str(path), (tmp_path,))
