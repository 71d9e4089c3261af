"""Files of prices with the faults that people meet, made line by line."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np

from tests.trading.reading.pieces import HOUR, Series, every, make_bars, texts, utc

HEADER = "timestamp,open,high,low,close,volume"
NAIVE = "%Y-%m-%d %H:%M:%S"


def csv(rows, header=HEADER) -> bytes:
    lines = [header] * bool(header) + [",".join(map(str, row)) for row in rows]
    return ("\n".join(lines) + "\n").encode()


def epochs(bars, *parts):
    """Bars with epochs whose unit changes: (how many rows, units a second), ..."""
    units = [unit for n, unit in parts for _ in range(n)]
    return [
        (us * unit // 1_000_000, *row[1:])
        for us, unit, row in zip(bars.us.tolist(), units, texts(bars, ""), strict=True)
    ]


def hours(n, begin="2024-03-01", step_s=HOUR, **more) -> Series:
    return make_bars(every(n, step_s, begin), **more)


def wall(bars, zone="America/New_York", form=NAIVE):
    """Rows with the clock of a zone and no offset."""
    where = ZoneInfo(zone)
    return texts(bars, lambda us: utc(us).astimezone(where).strftime(form))


def with_offset(bars, zone):
    where = ZoneInfo(zone)
    return texts(bars, lambda us: utc(us).astimezone(where).isoformat(" "))


def replaced(rows, at, **cells):
    """Rows of which one has other cells, named as in the header."""
    names = HEADER.split(",")
    rows = [list(row) for row in rows]
    for name, text in cells.items():
        rows[at][names.index(name)] = text
    return rows


def open_hours(start, days, zone, keeps, step_s=HOUR):
    """Instants at which a market trades: `keeps` is asked with the local time."""
    where, instants = ZoneInfo(zone), every(days * 86_400 // step_s, step_s, start)
    kept = [keeps(utc(us).astimezone(where)) for us in instants.tolist()]
    return make_bars(instants[kept])


def is_fx(t):
    """From Sunday 17:00 to Friday 17:00, New York."""
    minutes = t.weekday() * 1440 + t.hour * 60 + t.minute
    return minutes < 4 * 1440 + 17 * 60 or minutes >= 6 * 1440 + 17 * 60


def is_us_extended(t):
    return t.weekday() < 5 and 4 <= t.hour < 20


def local_days(zone, first, last, weekdays=range(5)):
    """Midnights of a zone on the days of the week on which it trades."""
    where, day = ZoneInfo(zone), utc(0).replace(tzinfo=None)
    begin = (np.datetime64(first) - np.datetime64("1970-01-01")).astype(int)
    end = (np.datetime64(last) - np.datetime64("1970-01-01")).astype(int)
    moments = [day + timedelta(days=int(k)) for k in range(begin, end)]
    kept = [m.replace(tzinfo=where) for m in moments if m.weekday() in weekdays]
    return make_bars(np.array([round(m.timestamp()) * 1_000_000 for m in kept]))
