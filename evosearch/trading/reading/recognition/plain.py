"""The usual file, known at a glance: names, times of a standard and plain numbers, commas between.

What is said of such a file is what the long way would say; it only takes less time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from evosearch.trading.reading.shape import Shape, TimeSpec

_HEADER = "timestamp,open,high,low,close,volume"
_NUMBER = r"[0-9]{1,15}(?:\.[0-9]{1,20})?"
_TIME = r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}Z?|1[0-9]{9}(?:000)?)"
_LINE = re.compile(rf"{_TIME}(?:,{_NUMBER}){{5}}")
_LEAST_ROWS = 5


def find_plain(lines: Sequence[str], tail: Sequence[str]) -> Shape | None:
    """The layout of a usual file; None for any other, and where its prices contradict its names.

    Parameters
    ----------
    lines, tail : sequence of str
        The first and the last lines of a text.
    """
    if len(lines) <= _LEAST_ROWS or lines[0] != _HEADER:
        return None
    for line in (*lines[1:], *(tail[1:] if tail[:1] == lines[:1] else tail)):
        if not _LINE.fullmatch(line):
            return None
        open_, high, low, close = map(float, line.split(",")[1:5])
        if not 0 < low <= min(open_, close) <= max(open_, close) <= high:
            return None
    return Shape(
        name="CSV with a header",
        times=TimeSpec((0,)),
        prices=(1, 2, 3, 4),
        volume=5,
        n_columns=6,
        header=tuple(_HEADER.split(",")),
    )
