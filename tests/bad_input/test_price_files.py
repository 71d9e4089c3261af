"""Layouts, containers and rows as people have them (see `test_prices.py`)."""

import bz2
import gzip
import io
import lzma
import re
import zipfile

import numpy as np
import pyarrow as pa
import pytest

from evosearch.errors import DataError
from tests.bad_input.prices import HEADER, NAIVE, csv, hours, replaced
from tests.trading.reading.exports import as_feather, as_parquet
from tests.trading.reading.loading import assert_same, assert_short, list_advice, load, refuse, said
from tests.trading.reading.pieces import fixed, make_bars, texts

pytestmark = pytest.mark.slow

H60 = hours(60)
ROWS = texts(H60, NAIVE)
PLAIN = csv(ROWS)
DAYS = make_bars(hours(60, "2024-01-01", 86_400).us)


NO_VOLUME = H60.without_volume()


def load_or_refuse(data, wanted, suffix=".csv", *options):
    """True when read as wanted; what is refused is refused briefly."""
    try:
        bars = load(data, suffix, *options)
    except DataError as error:
        assert_short(str(error))
        return False
    assert_same(bars, wanted)
    return True


# K4: what a file is made of.

SAME = {
    "Excel says its separator": b"sep=;\n" + PLAIN.replace(b",", b";"),
    "spaces after commas": PLAIN.replace(b",", b", "),
    "quoted cells": "\n".join(
        ",".join(f'"{cell}"' for cell in line.split(",")) for line in PLAIN.decode().splitlines()
    ).encode(),
    "a mark of its encoding and CRLF": b"\xef\xbb\xbf" + PLAIN.replace(b"\n", b"\r\n"),
    "lines of an old Mac": PLAIN.replace(b"\n", b"\r"),
    "UTF-16 with its mark": PLAIN.decode().encode("utf-16"),
    "UTF-16 of the other order": b"\xfe\xff" + PLAIN.decode().encode("utf-16-be"),
    "no line end at the end": PLAIN.rstrip(b"\n"),
    "empty lines at the end": PLAIN + b"\n\n\n",
    "empty lines in the middle": PLAIN.replace(b"\n", b"\n\n", 20),
    "trailing commas on rows": csv([(*row, "") for row in ROWS]),
    "trailing commas everywhere": csv([(*row, "") for row in ROWS], HEADER + ","),
    "two trailing commas": csv([(*row, "", "") for row in ROWS], HEADER + ",,"),
    "lines of comment": b"# made by a program\n# on a day\n" + PLAIN,
    "a title and an empty line": b"BTC/USD hourly\n\n" + PLAIN,
    "close before open": csv([(r[0], r[4], r[1], r[2], r[3], r[5]) for r in ROWS],
                             "Date,Close,Open,High,Low,Volume"),
    "last in place of close": PLAIN.replace(b"close", b"last"),
    "prices with signs": csv([(r[0], *(f"${c}" for c in r[1:5]), r[5]) for r in ROWS]),
    "e-notation": csv(texts(H60, NAIVE, lambda x: f"{x:.12e}")),
    "twelve-hour clock": csv(texts(H60, "%Y-%m-%d %I:%M:%S %p")),
    "names of months": csv(texts(H60, "%d-%b-%Y %H:%M")),
    "time with a T and no seconds": csv(texts(H60, "%Y-%m-%dT%H:%M")),
    "slashes, year first": csv(texts(H60, "%Y/%m/%d %H:%M:%S")),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(SAME))
def test_the_same_bars_written_otherwise_are_the_same_bars(name, workspace):
    assert_same(load(SAME[name]), H60)


# Read right or refused: what is not understood must not be taken for something else.
HARD = {
    "comma for the point between commas": csv(
        [(r[0], *(c.replace(".", ",") for c in r[1:])) for r in ROWS]
    ),
    "comma for the point, quoted": csv(
        [(r[0], *('"' + c.replace(".", ",") + '"' for c in r[1:])) for r in ROWS]
    ),
    "spaces between cells": PLAIN.replace(b",", b" "),
    "thousands with apostrophes": csv(texts(H60, NAIVE, lambda x: f"{x:,.2f}".replace(",", "'"))),
    "thousands with spaces": csv(texts(H60, NAIVE, lambda x: f"{x:,.2f}".replace(",", " "))),
    "thousands with hard spaces": csv(
        texts(H60, NAIVE, lambda x: f"{x:,.2f}".replace(",", "\u202f"))
    ),
    "rupees": csv(texts(H60, NAIVE, lambda x: f"\u20b9{x:.2f}")),
    "euros behind": csv(texts(H60, NAIVE, lambda x: f"{x:.2f} \u20ac")),
    "Latin-1": "Fecha,M\xe1ximo,M\xednimo,Apertura,Cierre,Volumen\n".encode("latin-1")
    + csv([(r[0], r[2], r[3], r[1], r[4], r[5]) for r in ROWS], ""),
    "Chinese names": csv(ROWS, "时间,开盘,最高,最低,收盘,成交量"),
    "UTF-16 without its mark": PLAIN.decode().encode("utf-16-le"),
    "UTF-32": PLAIN.decode().encode("utf-32"),
    "closes twice": csv([(*r, r[4]) for r in ROWS], HEADER + ",Close"),
    "adjusted first": csv([(r[0], "1.5", *r[1:]) for r in ROWS],
                          "Date,Adj Close,Open,High,Low,Close,Volume"),
    "bid and ask": csv(
        [(*r[:5], *r[1:5], r[5]) for r in ROWS],
        "DateTime,BidOpen,BidHigh,BidLow,BidClose,AskOpen,AskHigh,AskLow,AskClose,Volume",
    ),
    "open time and close time": csv(
        [(r[0], r[0][:14] + "59:59", *r[1:]) for r in ROWS],
        "Open Time,Close Time,Open,High,Low,Close,Volume",
    ),
    "time of day alone": csv([(r[0][11:], *r[1:]) for r in ROWS], "time,open,high,low,close,volume"),
    "no names, index first": csv([(k, *r) for k, r in enumerate(ROWS)], ""),
    "no names, volume before prices": csv([(r[0], r[5], *r[1:5]) for r in ROWS], ""),
    "no names, open low high close": csv([(r[0], r[1], r[3], r[2], r[4], r[5]) for r in ROWS], ""),
    "no names, Bitfinex": csv([(r[0], r[1], r[4], r[2], r[3], r[5]) for r in ROWS], ""),
    "no names, Coinbase": csv([(r[0], r[3], r[2], r[1], r[4], r[5]) for r in ROWS], ""),
    "no names, close first": csv([(r[0], r[4], r[2], r[3], r[1], r[5]) for r in ROWS], ""),
    "no names, no volume": csv([r[:5] for r in ROWS], ""),
    "names of another line": csv(ROWS, "a,b,c,d,e,f"),
    "high and low exchanged in the names": PLAIN.replace(b"high,low", b"low,high"),
    "separators of two kinds": PLAIN.replace(b",", b";", 60),
    "a column without a name": csv([(r[0], "7", *r[1:]) for r in ROWS],
                                   "timestamp,,open,high,low,close,volume"),
    "Datum as words": csv([(f"Friday {r[0]}", *r[1:]) for r in ROWS]),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(HARD))
def test_what_is_not_understood_is_refused_and_never_taken_for_something_else(name, workspace):
    data, wanted = HARD[name], NO_VOLUME if name == "no names, no volume" else H60
    if not load_or_refuse(data, wanted):
        message = refuse(data)
        assert "Allowed:" not in message
        for each in list_advice(message):
            load_or_refuse(data, wanted, ".csv", each)


def test_days_and_months_are_told_apart_by_a_day_above_12_or_asked_for(workspace):
    for form in ("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y"):
        assert load_or_refuse(csv(texts(DAYS, form)), DAYS), form
    for form in ("%d/%m/%y", "%m/%d/%y"):  # a year of two digits may be asked for
        data = csv(texts(DAYS, form))
        if not load_or_refuse(data, DAYS):
            assert "time_format" in refuse(data)
            assert load_or_refuse(data, DAYS, ".csv", f"problem.layout.time_format={form}")
    some = DAYS.take(slice(0, 12))  # 1 to 12 January: also the first of each month
    data = csv(texts(some, "%d/%m/%Y"))
    message = refuse(data)
    asked = list_advice(message)
    assert len(asked) == 2, message
    found = [load(data, ".csv", each).timestamp_us for each in asked]
    assert any((each == some.us).all() for each in found)
    assert not (found[0] == found[1]).all()
    months = make_bars([int(np.datetime64(f"2024-{m:02d}-01", "us").astype(int))
                        for m in range(1, 13)])  # fmt: skip
    assert len(list_advice(refuse(csv(texts(months, "%m/%d/%Y"))))) == 2


def test_dates_with_dots_and_the_year_at_the_end_are_day_first(workspace):
    some = DAYS.take(slice(0, 12))
    load_or_refuse(csv(texts(some, "%d.%m.%Y")), some)
    load_or_refuse(csv(texts(DAYS, "%d.%m.%Y")), DAYS)


def test_options_say_what_a_file_does_not(workspace):
    data = csv([(r[5], r[4], r[3], r[2], r[1], r[0]) for r in ROWS], "")
    options = [f"problem.layout.columns.{name}={place}" for name, place in
               (("open", 5), ("high", 4), ("low", 3), ("close", 2), ("volume", 1))]  # fmt: skip
    options += ["problem.layout.time_columns=[6]", "problem.layout.header=false"]
    assert_same(load(data, ".csv", *options), H60)
    data = b"x\ny\n" + PLAIN.replace(b",", b";").replace(b".", b",")
    options = ["problem.layout.skip_rows=2", 'problem.layout.separator=";"',
               'problem.layout.decimal=","']  # fmt: skip
    assert_same(load(data, ".csv", *options), H60)
    odd = csv(texts(H60, "%H.%M %d/%m/%Y"), "wann,a,b,c,d,e")
    options = ['problem.layout.time_columns=["wann"]', "problem.layout.time_format=%H.%M %d/%m/%Y"]
    options += [f"problem.layout.columns.{n}={c}" for n, c in
                zip(("open", "high", "low", "close", "volume"), "abcde", strict=True)]  # fmt: skip
    assert_same(load(odd, ".csv", *options), H60)
    wrong = assert_short(_message(odd, *options[:-1], "problem.layout.columns.volume=nope"))
    assert "nope" in wrong
    assert "found" in wrong.lower()


def _message(data, *options):
    with pytest.raises(DataError) as caught:
        load(data, ".csv", *options)
    return str(caught.value)


# K5: containers.


def packed(*members, **options):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", **options) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


TABLE = pa.table({"timestamp": pa.array(H60.us, pa.timestamp("us", "UTC")), "open": H60.open,
                  "high": H60.high, "low": H60.low, "close": H60.close, "volume": H60.volume})  # fmt: skip
WRAPPED = {
    "gzip named csv": gzip.compress(PLAIN),
    "gzip in two parts": gzip.compress(PLAIN[:500]) + gzip.compress(PLAIN[500:]),
    "zip named csv": packed(("a.csv", PLAIN)),
    "zip with a folder": packed(("data/", b""), ("data/a.csv", PLAIN)),
    "zip of a Mac": packed(("a.csv", PLAIN), ("__MACOSX/._a.csv", b"\0\5\x16\7" + bytes(99))),
    "Parquet named csv": as_parquet(TABLE),
    "feather named csv": as_feather(TABLE),
    "gzip of UTF-16": gzip.compress(PLAIN.decode().encode("utf-16")),
    "zip of Parquet": packed(("a.parquet", as_parquet(TABLE))),
    "zip of feather": packed(("a.feather", as_feather(TABLE))),
}


@pytest.mark.parametrize("name", sorted(WRAPPED))
def test_the_content_says_what_a_file_is_and_not_its_name(name, workspace):
    data = WRAPPED[name]
    is_read = load_or_refuse(data, H60)
    assert is_read or name in ("gzip of UTF-16", "zip of Parquet", "zip of feather")


BROKEN = {
    "two members": (packed(("a.csv", PLAIN), ("b.csv", PLAIN)), ["a.csv", "b.csv"]),
    "no member": (packed(), ["zip"]),
    "many members": (packed(*((f"{k}.csv", PLAIN) for k in range(300))), ["300"]),
    "gzip cut": (gzip.compress(PLAIN)[:-200], ["cut"]),
    "gzip with a wrong sum": (gzip.compress(PLAIN)[:-8] + bytes(8), ["damaged"]),
    "zip cut": (packed(("a.csv", PLAIN))[:-100], ["zip"]),
    "gzip of nothing": (gzip.compress(b""), ["empty"]),
    "bz2": (bz2.compress(PLAIN), ["bz"]),
    "xz": (lzma.compress(PLAIN), ["xz"]),
    "xlsx": (packed(("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>")), ["Excel"]),
    "JSON of lists": (b"[[1709251200000,1,2,0.5,1,3],[1709254800000,1,2,0.5,1,3]]", ["JSON"]),
    "JSON of records": (b'[{"t": 1709251200000, "o": 1}]', ["JSON"]),
    "JSON with line ends": (b'\n  {"a":\n [1]}\n', ["JSON"]),
    "Parquet cut": (as_parquet(TABLE)[:-300], ["Parquet"]),
    "Parquet of other things": (as_parquet(pa.table({"a": [1, 2], "b": ["x", "y"]})), ["a", "b"]),
    "feather cut": (as_feather(TABLE)[:-300], []),
    "zip of a picture": (packed(("a.png", b"\x89PNG\r\n\x1a\n" + bytes(64))), []),
    "bytes": (bytes(range(256)) * 9, []),
    "NUL bytes": (bytes(5000), []),
    "one line of a megabyte": (b"1," * 500_000, []),
    "a name of colours": (PLAIN.replace(b"open", b"\x1b[31mopen", 1), []),
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_what_cannot_be_read_is_named_in_a_few_lines(name, workspace):
    data, words = BROKEN[name]
    message = refuse(data)
    for word in words:
        assert word.lower() in message.lower(), message
    assert "\x1b" not in message
    assert "Save it as UTF-8" not in message


def test_a_bomb_is_refused_before_it_goes_off(workspace):
    bomb = packed(("a.csv", bytes(200_000_000)), compression=zipfile.ZIP_DEFLATED)
    refuse(bomb)
    refuse(gzip.compress(bytes(200_000_000), 1))


# K6: bad rows.


def test_a_rounding_of_high_and_low_is_clipped_and_counted(workspace):
    rows = [list(row) for row in ROWS]
    for k in range(0, 50, 2):
        top = max(float(rows[k][1]), float(rows[k][4]))
        rows[k][2] = repr(top * (1 - 3e-15))
        bottom = min(float(rows[k][1]), float(rows[k][4]))
        rows[k][3] = repr(bottom * (1 + 5e-10))
    bars = load(csv(rows))
    assert (bars.high >= np.maximum(bars.open, bars.close)).all()
    assert (bars.low <= np.minimum(bars.open, bars.close)).all()
    assert "25" in said(bars)
    top = max(float(ROWS[7][1]), float(ROWS[7][4]))
    message = refuse(csv(replaced(ROWS, 7, high=repr(top * (1 - 1e-6)))))
    assert ":9" in message
    assert repr(top * (1 - 1e-6))[:8] in message


LACKING = {
    "an open of 0": dict(open="0"),
    "an open of 0.0000": dict(open="0.0000"),
    "an empty close": dict(close=""),
    "nan in low": dict(low="NaN"),
    "null in high": dict(high="null"),
    "N/A": dict(high="N/A"),
    "#N/A": dict(high="#N/A"),
    "none": dict(low="None"),
    "a dash": dict(open="-"),
}


@pytest.mark.parametrize("name", sorted(LACKING))
def test_a_row_that_lacks_a_price_is_refused_or_dropped_on_request(name, workspace):
    data = csv(replaced(ROWS, 20, **LACKING[name]))
    message = refuse(data)
    assert ":22" in message
    assert message.count(":22") == 1, message
    assert ROWS[20][4 if "close" not in LACKING[name] else 1] in message  # its other values
    assert "problem.incomplete=drop" in list_advice(message)
    bars = load(data, ".csv", "problem.incomplete=drop")
    assert_same(bars, H60.take(np.delete(np.arange(60), 20)))
    assert "1" in said(bars)


def test_a_row_without_any_price_is_dropped_and_said(workspace):
    for cell in ("", "NaN", "null"):
        cells = dict.fromkeys(("open", "high", "low", "close"), cell)
        for volume in (cell, "0", "0.0"):
            bars = load(csv(replaced(ROWS, 20, **cells, volume=volume)))
            assert_same(bars, H60.take(np.delete(np.arange(60), 20)))
            assert "without" in said(bars) or "price" in said(bars)


def test_a_missing_volume_counts_as_none_and_is_said(workspace):
    for cell in ("", "NaN", "null", "N/A"):
        bars = load(csv(replaced(replaced(ROWS, 20, volume=cell), 21, volume=cell)))
        assert bars.volume[20] == bars.volume[21] == 0
        np.testing.assert_array_equal(bars.close, H60.close)
        assert "2" in said(bars)


WRONG = {
    "a negative price": (dict(low="-5"), "-5"),
    "an infinite price": (dict(high="inf"), "inf"),
    "a negative volume": (dict(volume="-3"), "-3"),
    "a word": (dict(open="ten"), "ten"),
    "a word as volume": (dict(volume="lots"), "lots"),
    "two points": (dict(open="6.1.2"), "6.1.2"),
    "high below low": (dict(high="1", low="2"), "1"),
    "a time of a day that is none": (dict(timestamp="2024-02-30 04:00:00"), "2024-02-30"),
    "no time": (dict(timestamp=""), ""),
    "Arabic digits": (dict(open="\u0661\u0662"), ""),
    "hexadecimal": (dict(open="0x1f"), "0x1f"),
    "a very long cell": (dict(open="9" * 20_000), "inf"),
    "escapes": (dict(open="\x1b[2Jx"), ""),
    "a huge price": (dict(high="1e400"), ""),
}


@pytest.mark.parametrize("name", sorted(WRONG))
def test_a_wrong_cell_is_refused_with_its_line_and_value(name, workspace):
    cells, shown = WRONG[name]
    message = refuse(csv(replaced(ROWS, 20, **cells)))
    assert ":22" in message
    assert shown in message
    assert "\x1b" not in message


LINES = {
    "a footer": (60, "Downloaded from Barchart.com as of 03-03-2024"),
    "a footer with quotes": (60, '"Total rows: 60"'),
    "a row that is too short": (20, "2024-03-01 20:00:00,1,2"),
    "a row that is too long": (20, ",".join([*ROWS[20], "5", "6", "7"])),
    "a row of commas": (20, ",,,,,"),
    "the header again": (30, HEADER),
    "a sum": (60, "Average,5,5,5,5,5"),
    "an open quote": (20, '"2024-03-01 20:00:00,1,2,3,4,5'),
}


@pytest.mark.parametrize("name", sorted(LINES))
def test_a_line_that_is_no_bar_is_refused_with_its_number_or_left_out(name, workspace):
    at, line = LINES[name]
    lines = PLAIN.decode().splitlines()
    lines.insert(at + 1, line)
    data = ("\n".join(lines) + "\n").encode()
    if not load_or_refuse(data, H60):
        message = refuse(data)
        assert re.search(rf":{at + 2}\b|line {at + 2}\b", message), message


def test_names_in_another_order_further_down_are_never_advised_away(workspace):
    later = [(r[0], r[4], r[2], r[3], r[1], r[5]) for r in texts(hours(60, "2024-03-10"), NAIVE)]
    message = refuse(PLAIN + csv(later, "timestamp,close,high,low,open,volume"))
    assert ":62" in message
    assert "another order" in message
    assert "emove this line" not in message
    again = refuse(PLAIN + csv(texts(hours(60, "2024-03-10"), NAIVE)))
    assert "emove this line" in again


def test_ten_thousand_faults_are_told_in_twenty_lines(workspace):
    bars = hours(10_000)
    rows = texts(bars, NAIVE)
    for change in (
        lambda r: (r[0], "x", *r[2:]),
        lambda r: (r[0], "0", *r[2:]),
        lambda r: (r[0], r[1], "1", "2", *r[4:]),
        lambda r: ("soon", *r[1:]),
        lambda r: (r[0], "", "x", "-1", "inf", "y"),
        lambda r: (r[0], *r[1:3]),
    ):
        refuse(csv(map(change, rows)))


def test_prices_are_read_to_the_last_digit(workspace):
    rng = np.random.default_rng(3)
    for write in (repr, "{:.17g}".format, "{:.20f}".format, "{:.25e}".format):
        base = make_bars(H60.us)
        closes = rng.uniform(1, 2, 60) * 10.0 ** rng.integers(-8, 8)
        bars = type(base)(base.us, closes, closes * 1.5, closes / 1.7, closes, closes * 3)
        rows = texts(bars, NAIVE, write, write)
        wanted = [np.array([float(row[k]) for row in rows]) for k in range(1, 6)]
        assert_same(load(csv(rows)), type(base)(base.us, *wanted))


def test_small_prices_keep_their_digits_with_a_comma_for_the_point(workspace):
    bars = make_bars(H60.us, 8, 2, 0.00001234)
    rows = [[cell.replace(".", ",") for cell in row] for row in texts(bars, NAIVE, fixed(8))]
    data = ("timestamp;open;high;low;close;volume\n" + "\n".join(map(";".join, rows))).encode()
    assert_same(load(data), bars)
    whole = make_bars(H60.us, 0, 0, 61_234.0)  # 61.234 may be either
    rows = [(r[0], *(f"{float(c):,.0f}".replace(",", ".") for c in r[1:5]), r[5][:-2])
            for r in texts(whole, NAIVE)]  # fmt: skip
    data = ("timestamp;open;high;low;close;volume\n" + "\n".join(map(";".join, rows))).encode()
    thousandth = type(whole)(whole.us, *(c / 1000 for c in whole.columns[:4]), whole.volume)
    try:
        bars = load(data)
    except DataError as error:
        assert_short(str(error))
    else:
        is_dot = np.allclose(bars.close, thousandth.close)
        assert is_dot or (bars.close == whole.close).all()
