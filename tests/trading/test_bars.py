import re

import numpy as np
import pandas as pd
import pytest

from evosearch.errors import DataError
from evosearch.trading.bars import Bars
from evosearch.trading.loading.load import load_bars
from evosearch.trading.reading.settings import Reading

HEADER = "timestamp,open,high,low,close,volume"
GOOD = [
    "2025-07-01 00:00:00,10,12,9,11,5",
    "2025-07-01 00:05:00,11,12,10,11,0",
    "2025-07-01 00:10:00,11,13,11,12.5,7.25",
    "2025-07-01 00:15:00,12,13,11,12,1",
]


def write(folder, lines, header=HEADER, newline="\n", name="bars.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes((newline.join([header, *lines]) + newline).encode(encoding))
    return path


def load(path, **options):
    return load_bars(str(path), (path.parent,), Reading(**options))


def test_a_good_file_is_read_exactly(tmp_path):
    bars = load(write(tmp_path, GOOD))
    assert bars.close.tolist() == [11, 11, 12.5, 12]
    assert bars.timestamp_us[1] - bars.timestamp_us[0] == 300_000_000
    assert str(np.datetime64(int(bars.timestamp_us[0]), "us")) == "2025-07-01T00:00:00.000000"
    assert bars.notes == ()


@pytest.mark.parametrize(
    "change",
    [
        {"newline": "\r\n"},
        {"encoding": "utf-8-sig"},
        {"header": " Timestamp,Open,HIGH,low,Close,Volume"},
    ],
)
def test_line_ends_byte_order_marks_and_capitals_do_not_matter(tmp_path, change):
    bars = load(write(tmp_path, GOOD, **change))
    assert bars.compute_hash() == load(write(tmp_path, GOOD, name="b.csv")).compute_hash()


def test_extra_columns_and_another_order_do_not_matter(tmp_path):
    lines = [",".join([*line.split(",")[::-1], "x"]) for line in GOOD]
    header = ",".join([*HEADER.split(",")[::-1], "note"])
    one = load(write(tmp_path, lines, header=header))
    assert one.compute_hash() == load(write(tmp_path, GOOD, name="b.csv")).compute_hash()


@pytest.mark.parametrize(
    ("factor", "unit"), [(1, "seconds"), (1000, "milliseconds"), (10**6, "microseconds"), (10**9, "nanoseconds")]
)  # fmt: skip
def test_epoch_times_are_recognised_by_their_size_and_said(tmp_path, factor, unit):
    lines = [f"{(1751328000 + 300 * k) * factor},10,12,9,11,5" for k in range(4)]
    bars = load(write(tmp_path, lines))
    assert str(np.datetime64(int(bars.timestamp_us[0]), "us"))[:16] == "2025-07-01T00:00"
    assert unit in bars.layout


@pytest.mark.parametrize("stamp", ["{}T{}Z", "{} {}+00:00", "{}T{}.000Z"])
def test_times_with_a_zone_are_utc(tmp_path, stamp):
    lines = [line.replace(line[:19], stamp.format(*line[:19].split(" "))) for line in GOOD]
    bars = load(write(tmp_path, lines))
    assert bars.compute_hash() == load(write(tmp_path, GOOD, name="b.csv")).compute_hash()


def test_parquet_and_csv_of_the_same_bars_have_the_same_hash(tmp_path):
    csv = write(tmp_path, GOOD)
    frame = pd.read_csv(csv, parse_dates=["timestamp"])
    hashes = {load(csv).compute_hash()}
    for number, convert in enumerate(
        [
            lambda f: f,
            lambda f: f.assign(timestamp=f.timestamp.dt.tz_localize("UTC")),
            lambda f: f.assign(timestamp=f.timestamp.astype("int64") // 1000),
            lambda f: f.assign(timestamp=f.timestamp.astype(str)),
        ]
    ):
        path = tmp_path / f"{number}.parquet"
        convert(frame.copy()).to_parquet(path)
        hashes.add(load(path).compute_hash())
    assert len(hashes) == 1


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("2025-07-01 00:20:00,10,12,9,11", "5 columns instead of 6"),
        ("2025-07-01 00:20:00,10,12,9,11,5,6", "7 columns instead of 6"),
        ("2025-07-01 00:20:00,ten,12,9,11,5", "'ten' is no number"),
        ("2025-07-01 00:20:00,,12,9,11,5", "open is missing"),
        ("2025-07-01 00:20:00,10,12,9,11,1\x002", "is no number"),
        ("yesterday,10,12,9,11,5", "'yesterday' is no time"),
        ("2025-07-01 00:20:00+02:00,10,12,9,11,5", "names its zone"),
        ("2025-07-01 00:15:00,10,12,9,11,5", "duplicate timestamp"),
        ("2025-07-01 00:01:00,10,12,9,11,5", "before the one above"),
        ("2025-07-01 00:20:00,nan,12,9,11,5", "open is missing"),
        ("2025-07-01 00:20:00,10,inf,9,11,5", "high is not a finite number"),
        ("2025-07-01 00:20:00,10,12,0,11,5", "low is not above 0"),
        ("2025-07-01 00:20:00,10,12,-9,11,5", "low is not above 0"),
        ("2025-07-01 00:20:00,10,10.5,9,11,5", "high below open or close"),
        ("2025-07-01 00:20:00,10,12,10.5,11,5", "low above open or close"),
        ("2025-07-01 00:20:00,10,12,9,11,-5", "negative volume"),
    ],
)
def test_each_fault_is_located_by_file_and_line(tmp_path, line, says):
    path = write(tmp_path, [*GOOD, line])
    with pytest.raises(DataError) as caught:
        load(path)
    assert says in str(caught.value)
    assert f"{path}:6" in str(caught.value)


def test_many_faults_are_listed_together_and_counted(tmp_path):
    lines = GOOD + [f"2025-07-02 00:{k:02d}:00,x,12,9,11,5" for k in range(20)] + ["a,b"]
    with pytest.raises(DataError) as caught:
        load(write(tmp_path, lines))
    text = str(caught.value)
    assert "21 faults" in text
    assert "... and 15 more: no number" in text
    assert "2 columns instead of 6" in text


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("timestamp,open,high,low,close", "names 5 columns, the rows below have 6"),
        ("timestamp,open,high,low,close,close", "the close: close (5), close (6)"),
        ("timestamp,open,high,low,volume,volume", "found: timestamp, open, high, low, volume"),
    ],
)
def test_wrong_columns_are_listed_with_what_was_found(tmp_path, header, says):
    with pytest.raises(DataError) as caught:
        load(write(tmp_path, GOOD, header=header))
    assert says in str(caught.value)


def test_files_that_are_none_say_so(tmp_path):
    cases = {
        "empty.csv": b"",
        "none.csv": (HEADER + "\n").encode(),
        "bin.csv": b"\xff\xfe\x00",
    }
    for name, content in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=name):
            load(tmp_path / name)
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and nothing more PAR1")
    with pytest.raises(DataError, match="Parquet"):
        load(tmp_path / "broken.parquet")
    with pytest.raises(DataError, match="is a folder"):
        load_bars(str(tmp_path), (tmp_path,))
    for head, says in ((b"PK\x03\x04", "damaged zip"), (b"\xd0\xcf\x11\xe0", "as CSV")):
        (tmp_path / "table.xlsx").write_bytes(head + bytes(60))
        with pytest.raises(DataError, match=says):
            load(tmp_path / "table.xlsx")
    with pytest.raises(DataError, match="Looked for"):
        load_bars("missing.csv", (tmp_path,))
    with pytest.raises(DataError, match=r"Did you mean empty\.csv\?"):
        load_bars("emty.csv", (tmp_path,))
    there = str(tmp_path / "missing.csv")  # said once
    with pytest.raises(DataError, match=rf"^No data file {re.escape(there)}\. Give one"):
        load_bars(there, (tmp_path,))
    with pytest.raises(DataError, match="Did you mean 'ibm-daily'"):
        load_bars("sample:ibm-dayly", (tmp_path,))


def test_sorting_is_done_only_when_asked_and_said(tmp_path):
    newer = GOOD[3].replace(",12,1", ",12,9")
    path = write(tmp_path, [GOOD[1], GOOD[0], GOOD[3], GOOD[2], newer])
    with pytest.raises(DataError):
        load(path)
    bars = load(path, unsorted="sort")
    assert bars.close.tolist() == [11, 11, 12.5, 12]
    assert bars.volume[-1] == 9  # the last of equal timestamps stays
    assert "1 duplicates were dropped" in bars.notes[0]


def test_gaps_are_kept_counted_and_located(tmp_path):
    lines = [line for line in GOOD[:2]] + [GOOD[3].replace("00:15", "01:00")]
    bars = load(write(tmp_path, lines)).choose()
    assert len(bars) == 3
    assert "10 bars are missing in 1 gaps" in bars.notes[0]
    assert "2025-07-01 00:05 UTC" in bars.notes[0]


def test_the_calendar_is_read_from_the_data(tmp_path):
    assert load_bars("sample:ibm-daily", ()).days_per_year == 252
    assert load_bars("sample:fair-5min", ()).days_per_year == 365


def test_a_sample_that_is_gone_names_its_successor():
    with pytest.raises(DataError, match="withdrawn.*sample:fair-5min"):
        load_bars("sample:synthetic-5min", ())


def test_the_newest_bars_are_the_last_ones():
    bars = load_bars("sample:ibm-daily", ())
    assert len(bars.choose(n_bars=100)) == 100
    np.testing.assert_array_equal(bars.choose(n_bars=100).close, bars.close[-100:])
    assert len(bars.choose(n_bars=10**9)) == len(bars)


def test_the_real_file_has_its_known_shape(btc_csv):
    bars = load_bars(btc_csv, (bars_folder(btc_csv),))
    assert len(bars) == 59_206
    assert bars.days_per_year == 365
    window = bars.choose(n_bars=30_000)
    assert str(np.datetime64(int(window.timestamp_us[0]), "us"))[:16] == "2025-10-10T09:50"
    assert "70 bars are missing" in window.notes[0]


def bars_folder(path):
    from pathlib import Path

    return Path(path).parent


def test_epoch_times_may_have_fractions(tmp_path):
    path = tmp_path / "bars.csv"
    lines = [f"{1_700_000_000 + 60 * k}.5,1,1,1,1,{k}" for k in range(5)]
    path.write_text("timestamp,open,high,low,close,volume\n" + "\n".join(lines) + "\n")
    bars = load_bars(str(path), (tmp_path,))
    assert bars.timestamp_us[0] == 1_700_000_000_500_000
    assert (np.diff(bars.timestamp_us) == 60_000_000).all()


def test_eight_digits_are_a_date_and_no_epoch(tmp_path):
    path = tmp_path / "bars.csv"
    lines = [f"202401{day:02d},1,1,1,1,{day}" for day in range(1, 6)]
    path.write_text("timestamp,open,high,low,close,volume\n" + "\n".join(lines) + "\n")
    bars = load_bars(str(path), (tmp_path,))
    assert str(np.datetime64(int(bars.timestamp_us[0]), "us"))[:10] == "2024-01-01"
    assert (np.diff(bars.timestamp_us) == 86_400_000_000).all()


def test_whole_numbers_that_are_dates_are_dates_in_parquet_too(tmp_path):
    path = tmp_path / "bars.parquet"
    ones = [1.0, 1.0]
    frame = {"timestamp": [20240101, 20240102], "open": ones, "high": ones, "low": ones}
    pd.DataFrame(frame | {"close": ones, "volume": ones}).to_parquet(path)
    bars = load_bars(str(path), (tmp_path,))
    assert str(np.datetime64(int(bars.timestamp_us[0]), "us"))[:10] == "2024-01-01"


@pytest.mark.parametrize("wild", ["99999999999999999999", "9e300"])
@pytest.mark.parametrize("place", [0, 2, 4])
def test_an_epoch_that_no_unit_explains_is_refused(tmp_path, wild, place):
    times = [str(1_700_000_000 + 60 * k) for k in range(5)]
    times[place] = wild
    path = tmp_path / "bars.csv"
    lines = [f"{time},1,1,1,1,1" for time in times]
    path.write_text("timestamp,open,high,low,close,volume\n" + "\n".join(lines) + "\n")
    with pytest.raises(DataError, match=f":{place + 2}: .*is no time"):
        load_bars(str(path), (tmp_path,))


@pytest.mark.parametrize("lines", [range(2, 5002), np.arange(5000)])
def test_a_small_window_does_not_keep_its_file_in_memory(lines):
    times = np.arange(5000, dtype=np.int64) * 60_000_000
    bars = Bars(times, *(np.arange(1.0, 5001.0) for _ in range(5)), "x", 365, lines=lines)
    chosen = bars.choose(n_bars=300)
    for column in (chosen.timestamp_us, *chosen.columns, chosen.lines):
        assert getattr(column, "base", None) is None
        assert len(column) == 300
    assert bars.choose().close is bars.close or bars.choose().close.base is bars.close
