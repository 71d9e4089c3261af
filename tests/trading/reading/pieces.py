"""Bars made up for tests, and the small parts of which exports are written.

Prices have as many decimals as the vendor prints, so that a text holds each number exactly.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

HOUR, DAY = 3_600, 86_400
NEW_YORK = ZoneInfo("America/New_York")


@dataclass(frozen=True)
class Series:
    """Bars as arrays: microseconds since 1970 UTC, and five columns of numbers."""

    us: np.ndarray
    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    volume: np.ndarray

    def __len__(self):
        return len(self.us)

    @property
    def columns(self):
        return (self.open, self.high, self.low, self.close, self.volume)

    def moved(self, us):
        return replace(self, us=np.asarray(us, dtype=np.int64))

    def without_volume(self):
        return replace(self, volume=np.zeros(len(self)))

    def take(self, rows):
        return Series(self.us[rows], *(column[rows] for column in self.columns))

    def plain(self) -> bytes:
        """The plain file of these bars, which has always been read."""
        text = "timestamp,open,high,low,close,volume\n"
        for us, *numbers in zip(self.us.tolist(), *(c.tolist() for c in self.columns), strict=True):
            text += ",".join([utc(us).isoformat().replace("+00:00", "Z"), *map(repr, numbers)])
            text += "\n"
        return text.encode()


@dataclass(frozen=True)
class Export:
    """A file as a vendor writes it, and what must come of it.

    Attributes
    ----------
    data : bytes
    suffix : str
    bars : Series
        What the file holds, in UTC.
    needs : tuple of str or None
        Options (KEY=VALUE) without which it must be refused; None: it loads as it is.
    note : str
        Words that the description of the layout must hold, in any case.
    rows : tuple of rows of str or None
        The cells of a text file, lines above the bars included.
    n_above : int
        How many lines stand above the bars; the last of them names the columns.
    pack : callable or None
        Makes the file of other rows.
    local_us : ndarray or None
        What the clock of the file says, where it has no zone of its own.
    """

    data: bytes
    suffix: str
    bars: Series
    needs: tuple[str, ...] | None = None
    note: str = ""
    rows: tuple[tuple[str, ...], ...] | None = None
    n_above: int = 0
    pack: Callable[[Iterable[Iterable[str]]], bytes] | None = None
    local_us: np.ndarray | None = None


def utc(us: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(us))


def to_us(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=moment.tzinfo and UTC)) // timedelta(
        microseconds=1
    )


def make_bars(us, decimals=2, volume_decimals=3, start=61_234.5, seed=7) -> Series:
    """A walk of prices: each open differs from the close before it, no bar is flat."""
    rng, n, one = np.random.default_rng(seed), len(us), 10.0**-decimals
    unit = np.maximum(start * 0.002, 20 * one)
    close = start + np.cumsum(rng.normal(0, unit, n))
    opens = np.concatenate([[start], close[:-1]]) + rng.choice([-1, 1], n) * one
    high = np.maximum(opens, close) + rng.uniform(0.1, 1, n) * unit + 2 * one
    low = np.minimum(opens, close) - rng.uniform(0.1, 1, n) * unit - 2 * one
    volume = rng.uniform(1, 900, n) + 1
    prices = [np.array([float(f"{x:.{decimals}f}") for x in c]) for c in (opens, high, low, close)]
    volume = np.array([float(f"{x:.{volume_decimals}f}") for x in volume])
    return Series(np.asarray(us, dtype=np.int64), *prices, volume)


def every(n, step_s, start="2024-03-01"):
    begin = to_us(datetime.fromisoformat(start))
    return begin + np.arange(n, dtype=np.int64) * step_s * 1_000_000


def business_days(n, start="2024-02-20"):
    days = np.busday_offset(start, np.arange(n), roll="forward")
    return days.astype("datetime64[us]").astype(np.int64)


def in_zone(us, zone=NEW_YORK):
    """Instants of what the clock of a zone shows, and the moments themselves."""
    moments = [utc(each).replace(tzinfo=zone) for each in us]
    return np.array([to_us(moment) for moment in moments], dtype=np.int64), moments


def of_broker(local_us, zone="America/New_York", hours=7):
    """Instants of a broker's clock that is some hours ahead of a zone, summer and winter."""
    shifted = np.asarray(local_us) - hours * HOUR * 1_000_000
    return np.array([to_us(utc(each).replace(tzinfo=ZoneInfo(zone))) for each in shifted.tolist()])


def fixed(decimals):
    return lambda x: f"{x:.{decimals}f}"


def whole(number):
    return str(int(number))


def texts(bars: Series, when: str | Callable[[int], str], price=repr, volume=repr):
    """Cells of each bar: time, open, high, low, close, volume."""
    write = when if callable(when) else lambda us: utc(us).strftime(when)
    columns = [map(price, c.tolist()) for c in bars.columns[:4]]
    return list(
        zip(map(write, bars.us.tolist()), *columns, map(volume, bars.volume.tolist()), strict=True)
    )


def packer(separator=",", end="\n", encoding="utf-8", quoting=csv.QUOTE_MINIMAL, wrap=None):
    def pack(rows):
        out = io.StringIO()
        csv.writer(out, delimiter=separator, lineterminator=end, quoting=quoting).writerows(rows)
        data = out.getvalue().encode(encoding)
        return wrap(data) if wrap else data

    return pack


def table(bars, rows, header="", suffix=".csv", above=(), pack=None, **more: Any) -> Export:
    """An export of text: lines above, names of columns, rows."""
    lines = [*above, *([header.split(",")] if header else []), *rows]
    lines = tuple(tuple(map(str, line)) for line in lines)
    pack = pack or packer()
    n_above = len(lines) - len(rows)
    return Export(pack(lines), suffix, bars, rows=lines, n_above=n_above, pack=pack, **more)


def seconds(unit=1):
    """Epochs: 1 for seconds, 1,000 for milliseconds, ..."""
    return lambda us: str(us * unit // 1_000_000)
