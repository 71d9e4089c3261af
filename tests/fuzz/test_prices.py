"""Files of prices by the thousand: each is refused with its lines, or read as it stands."""

import contextlib
import csv
import io
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evosearch.errors import DataError
from evosearch.trading.loading.load import load_bars
from evosearch.trading.reading.files.containers import look_into
from evosearch.trading.reading.files.csv_lines import read_csv_by_line
from evosearch.trading.reading.files.numbers import MISSING
from evosearch.trading.reading.layout import Layout
from evosearch.trading.reading.parsing import find_shape, read_table
from evosearch.trading.reading.tables import Faults
from tests.fuzz.settings import damaged, fuzzing
from tests.trading.reading.files.making import assert_same

pytestmark = pytest.mark.slow

HEADER = "timestamp,open,high,low,close,volume\n"
DAYS = HEADER + "".join(f"2024-01-{d:02d},10,12.5,9,11.25,{100 * d}\n" for d in range(1, 29))
ZONED = HEADER + "".join(f"2024-01-01T00:{m:02d}:00Z,1,1,1,1,{m}\n" for m in range(30))
EPOCH = HEADER + "".join(f"{1_700_000_000 + 60 * m},1,1,1,1,{m}\n" for m in range(30))
TEXTS = [DAYS.encode(), ZONED.encode(), EPOCH.encode(), DAYS.replace("\n", "\r\n").encode()]
TOKENS = [b",", b";", b"\n", b"\r", b'"', b"'", b"\0", b"nan", b"inf", b"-1", b"1e400", b"1_0", b" ",
          b"\xd9\xa3", b"\xff", b"0x1", b"1.", b".5", b"+1", b"1e5", b"Z", b"+02:00", b"T", b"-",
          b"2024-01-05", b"20240105", b"2024-W01-1", b"-0", b"1d", b"TRUE", b"9" * 20]  # fmt: skip


def load(raw):
    with open("bars.csv", "wb") as file:
        file.write(raw)
    from pathlib import Path

    try:
        return load_bars("bars.csv", (Path(),)), Path("bars.csv")
    except DataError as error:
        assert "bars.csv" in str(error)
        return None, None


def assert_read_as_it_stands(bars, path):
    assert (np.diff(bars.timestamp_us) > 0).all()
    assert all(np.isfinite(column).all() for column in bars.columns)
    container = look_into(path)
    shape = find_shape(container, Layout())
    table = read_table(path, Layout(), Faults(path))
    # Line by line is another way of dividing lines, which must have seen the same.
    assert_same(read_csv_by_line(container, shape, False, Faults(path)), table)
    # And the cells of the file are these numbers: none lost, none made up.
    with contextlib.closing(container.open()) as stream:
        text = stream.read().decode("utf-8-sig")
    lines = io.StringIO(text, newline="")
    for _ in range(shape.first_line - 1):
        lines.readline()
    rows = [row for row in csv.reader(lines, delimiter=shape.separator) if any(row)]
    n_prices = [sum(is_price(row[place]) for place in shape.prices) for row in rows]
    rows = [row for row, n in zip(rows, n_prices, strict=True) if n]
    assert len(rows) == len(table)
    for place, column in zip(shape.prices, table.values[:4], strict=True):
        for row, value in zip(rows, column, strict=True):
            assert to_float(row[place]) == value


def is_price(cell):
    return cell.strip().lower() not in {each.lower() for each in MISSING}


def to_float(cell):
    assert cell.isascii()
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", cell.strip()):
        return float(cell.replace(",", ""))
    assert "_" not in cell  # Python alone would take 1_0 for ten
    return float(cell)


@fuzzing
@given(st.data())
def test_a_damaged_file_is_refused_or_read_as_it_stands(workspace, data):
    raw = data.draw(damaged(data.draw(st.sampled_from(TEXTS)), TOKENS))
    bars, path = load(raw)
    if bars is not None:
        assert_read_as_it_stands(bars, path)


CELLS = st.sampled_from(
    [
        "10",
        "10.5",
        "1e1",
        "",
        " ",
        "nan",
        "-1",
        "0",
        "ten",
        "1,5",
        '"10"',
        "1_0",
        "١٠",
        "0x10",
        "inf",
    ]
)
MOMENTS = st.sampled_from(
    ["2024-01-01", "2024-01-02 00:00", "2024-01-03T00:00:00Z", "2024-01-04T00:00:00+01:00",
     "1704067200", "1704067200.5", "1704067200000", "20240105", "2024-01-05T24:00", "",
     "2024-13-01", "99999999999999999999", "-1", "2024-01-06T00:00:00.123456789", "1e9", "0"]
)  # fmt: skip


@fuzzing
@given(st.lists(st.tuples(MOMENTS, CELLS, CELLS, CELLS, CELLS, CELLS), min_size=1, max_size=4))
def test_made_up_lines_are_refused_or_read_as_they_stand(workspace, lines):
    raw = (HEADER + "".join(",".join(line) + "\n" for line in lines)).encode()
    bars, path = load(raw)
    if bars is not None:
        assert_read_as_it_stands(bars, path)


@fuzzing
@given(st.binary(max_size=200))
def test_noise_is_refused(workspace, raw):
    bars, _ = load(raw)
    assert bars is None
