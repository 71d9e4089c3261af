"""Candles, and the one place where the answer of an exchange becomes numbers.

An answer is a stranger's: it may be unordered, repeat itself, hold texts, nulls, NaN or candles of
another step. What can be trusted is taken exactly as printed. All else makes the answer bad, and a
bad answer is asked for again; nothing in it is dropped in silence, as that would be a hole.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evosearch.texts import make_visible
from evosearch.trading.fetching.windows import FIRST_US, LAST_US, Step, Window
from evosearch.trading.window import write_moment

COLUMNS = ("timestamp", "open", "high", "low", "close", "volume")
# More than any exchange sends at once.
MOST_ROWS = 100_000
_MOST = 1e18
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", re.ASCII)
_LONGEST = 60
# So many candles that are all on a coarser grid are longer ones, and not those that traded.
_LEAST_APART = 20
_MS_US = 1000


class BadAnswer(Exception):
    """An answer that cannot be used: cut, no JSON, or not the candles that were asked for."""


class Misplaced(BadAnswer):
    """Candles that begin elsewhere, such as weeks from Thursday on, or that are longer ones."""


@dataclass(frozen=True)
class Candles:
    """Candles, ascending in time.

    Attributes
    ----------
    timestamp_us : ndarray of int64, shape (n,)
        Begin of each, microseconds since 1970 UTC.
    values : ndarray of float64, shape (n, 5)
        Open, high, low, close and volume.
    """

    timestamp_us: NDArray[np.int64]
    values: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.timestamp_us)

    def take(self, which: NDArray[np.bool_]) -> Candles:
        """Some of them."""
        return Candles(self.timestamp_us[which], self.values[which])

    def within(self, begin_us: int, end_us: int) -> Candles:
        """Those that begin in a stretch of time."""
        times = self.timestamp_us
        return self.take((times >= begin_us) & (times < end_us))

    def compute_hash(self) -> str:
        """SHA-256 of the rows: the hash of the data that a run on all of them prints."""
        digest = hashlib.sha256(self.timestamp_us.astype("<i8").tobytes())
        for column in self.values.T:
            digest.update((column + 0.0).astype("<f8").tobytes())
        return digest.hexdigest()


@dataclass(frozen=True)
class Answer:
    """What a source said of one window.

    Attributes
    ----------
    candles : Candles
        Of the window, also an unfinished one.
    is_complete : bool
        Whether the source could have known all of the window, were it past.
    n_empty : int
        Slots that were listed without any price.
    checksum : str
        SHA-256 of the file at the source, if it is one.
    as_of_us : int
        What the clock of the source said; candles that end later are unfinished.
    """

    candles: Candles
    is_complete: bool = True
    n_empty: int = 0
    checksum: str = ""
    as_of_us: int = LAST_US


def no_candles() -> Candles:
    """Candles of length 0."""
    return Candles(np.empty(0, np.int64), np.empty((0, 5), np.float64))


def join(parts: Sequence[Candles]) -> Candles:
    """Candles of several windows in one, ascending; of equal times the first part's is kept."""
    if not parts:
        return no_candles()
    times = np.concatenate([part.timestamp_us for part in parts])
    values = np.concatenate([part.values for part in parts])
    times, places = np.unique(times, return_index=True)
    return Candles(times, values[places])


def parse_rows(rows: object, window: Window, step: Step) -> Answer:
    """Candles of a window from an answer's rows.

    Parameters
    ----------
    rows : list of list
        Milliseconds since 1970, open, high, low, close, volume: numbers, or texts of numbers.
    window : Window
        Rows outside it are left out; some exchanges send what lies before or behind.
    step : Step

    Returns
    -------
    Answer
        Complete, unless rows came and none of them lies in the window: an exchange that cannot go
        back that far sends what it has.

    Raises
    ------
    BadAnswer
        With the row and its values.
    """
    if not isinstance(rows, list) or len(rows) > MOST_ROWS:
        raise BadAnswer("the answer is no list of candles")
    found: dict[int, tuple[float, ...]] = {}
    n_empty = 0
    for row in rows:
        if not isinstance(row, (list, tuple)) or len(row) < len(COLUMNS):
            raise BadAnswer(f"a candle has other columns: {_show(row)}")
        moment_us = _read_time(row)
        if not window.begin_us <= moment_us < window.end_us:
            continue
        if not step.holds(moment_us):
            raise Misplaced(f"a candle begins between two of step {step.word}: {_show(row)}")
        values = _read_values(row)
        if values is None:
            n_empty += 1
            continue
        if found.setdefault(moment_us, values) != values:
            raise BadAnswer(
                f"two candles of {write_moment(moment_us, 's')} differ: {_show(values)} and "
                f"{_show(found[moment_us])}"
            )
    times = sorted(found)
    if len(times) >= _LEAST_APART:
        apart = int(np.gcd.reduce(np.diff(times))) // step.us
        if apart > 1:
            raise Misplaced(f"its candles are {apart} times as far apart as those of {step.word}")
    table = np.array([found[each] for each in times], np.float64).reshape(len(times), 5)
    is_complete = not rows or bool(found) or n_empty > 0
    return Answer(Candles(np.array(times, np.int64), table), is_complete, n_empty)


def _read_time(row: Sequence[object]) -> int:
    number = _read_number(row[0], row)
    moment_us = number * _MS_US
    if not FIRST_US <= moment_us < LAST_US or moment_us != int(moment_us):
        raise BadAnswer(f"a candle has no plausible time: {_show(row)}")
    return int(moment_us)


def _read_values(row: Sequence[object]) -> tuple[float, ...] | None:
    """The five numbers of a candle; None for a slot without any price."""
    prices = [_read_number(each, row) for each in row[1:5]]
    if all(math.isnan(each) or each == 0 for each in prices):
        return None
    if not all(each > 0 for each in prices):
        raise BadAnswer(f"a candle lacks a price: {_show(row)}")
    volume = _read_number(row[5], row)
    if volume < 0:
        raise BadAnswer(f"a candle has a negative volume: {_show(row)}")
    return (*prices, 0.0 if math.isnan(volume) else volume)


def _read_number(value: object, row: object) -> float:
    """A number as it is printed; NaN for null or an empty text."""
    number = math.nan
    if isinstance(value, str):
        text = value.strip()
        if text and (len(text) > _LONGEST or not _NUMBER.fullmatch(text)):
            raise BadAnswer(f"a candle has no number: {_show(row)}")
        number = float(text) if text else number
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        number = math.inf if abs(value) >= _MOST else float(value)
    elif value is not None:
        raise BadAnswer(f"a candle has no number: {_show(row)}")
    if abs(number) >= _MOST:
        raise BadAnswer(f"a candle has a number that is too large: {_show(row)}")
    return number


def _show(row: object) -> str:
    """A row for a message, bounded: a number of a stranger may have a million digits."""
    cells = list(row)[:8] if isinstance(row, (list, tuple)) else [row]
    return ", ".join(_show_cell(each) for each in cells)[:160]


def _show_cell(cell: object) -> str:
    if isinstance(cell, int) and abs(cell) >= _MOST:
        return "a huge number"
    if isinstance(cell, (str, int, float)):
        return make_visible(str(cell)[:30])
    return "null" if cell is None else type(cell).__name__
