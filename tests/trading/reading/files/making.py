"""Texts of prices, and their reading with a layout that is given."""

from __future__ import annotations

import numpy as np

from evosearch.trading.reading.files.containers import look_into
from evosearch.trading.reading.files.csv_fast import NotDividedError, read_csv
from evosearch.trading.reading.files.csv_lines import read_csv_by_line
from evosearch.trading.reading.shape import Shape, TimeSpec
from evosearch.trading.reading.tables import Faults

HEADER = "time,open,high,low,close,volume"
NAMES = tuple(HEADER.split(","))
SHAPE = Shape("a test", TimeSpec((0,)), (1, 2, 3, 4), 5, 6, header=NAMES)


def make_lines(n=28, **replaced):
    """A header and n lines, some replaced by their number, counted from 1 as the header is."""
    lines = [HEADER, *(f"2024-01-{day:02d},10,12.5,9,11.25,{day}" for day in range(1, n + 1))]
    for key, line in replaced.items():
        lines[int(key[1:]) - 1] = line
    return lines


def make_text(n=28, **replaced):
    return "".join(line + "\n" for line in make_lines(n, **replaced))


def read(folder, content, shape=SHAPE, is_asked=False, by_line=None):
    """The table of a text and its faults; by_line: None as the product does, else that way."""
    path = folder / "bars.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    container, faults = look_into(path), Faults(path)
    if by_line:
        return read_csv_by_line(container, shape, is_asked, faults), faults
    try:
        return read_csv(container, shape, is_asked, faults), faults
    except NotDividedError:
        if by_line is False:
            raise
        faults = Faults(path)
        return read_csv_by_line(container, shape, is_asked, faults), faults


def list_faults(faults):
    return [(found.line, found.text) for found in faults.findings]


def assert_same(table, other):
    np.testing.assert_array_equal(table.timestamp_us, other.timestamp_us)
    np.testing.assert_array_equal(table.lines, other.lines)
    for mine, theirs in zip(table.values, other.values, strict=True):
        np.testing.assert_array_equal(mine.view(np.int64), theirs.view(np.int64))
