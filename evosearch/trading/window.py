"""The window of a search: from one instant until another, the same bars on every machine."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from evosearch.texts import make_visible

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_US = 86_400_000_000
_UNITS = {"s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": DAY_US, "w": 7 * DAY_US}
_TIMEFRAME = re.compile(r"([1-9][0-9]{0,5})([smhdw])")


def settle_instant(value: Any) -> str:
    """A date or an instant as ISO 8601 with a Z; a date is its first instant, naive is UTC.

    Parameters
    ----------
    value : str, date or datetime

    Raises
    ------
    ValueError
        It is neither.

    Examples
    --------
    >>> settle_instant("2026-01-22"), settle_instant("2026-01-22T15:30:00+01:00")
    ('2026-01-22T00:00:00Z', '2026-01-22T14:30:00Z')
    """
    expected = "expected a date or an instant, such as 2026-01-22 or 2026-01-22T14:30:00Z"
    try:
        moment = datetime.fromisoformat(value.strip()) if isinstance(value, str) else value
        if isinstance(moment, date) and not isinstance(moment, datetime):
            moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
        if not isinstance(moment, datetime):
            raise TypeError
        moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        shown = value if isinstance(value, str) else str(value)
        raise ValueError(f"{expected}, got {shown[:60]!r}.") from None
    return moment.isoformat().removesuffix("+00:00") + "Z"


def instant_to_us(text: str) -> int:
    """Microseconds since 1970 of an instant as `settle_instant` writes it."""
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1)


def us_to_instant(moment_us: int) -> str:
    """The reverse of `instant_to_us`; ValueError for what no calendar has."""
    try:
        return settle_instant(_EPOCH + timedelta(microseconds=moment_us))
    except OverflowError as error:
        raise ValueError(str(error)) from error


def write_moment(moment_us: int | np.int64, unit: str) -> str:
    """An instant to the day (D), minute (m) or second (s), with a blank before the time."""
    text = str(np.datetime64(int(moment_us), "us").astype(f"datetime64[{unit}]"))
    return text.replace("T", " ")


def format_instant(moment_us: int) -> str:
    """An instant for a person: only a date where it is the first instant of one."""
    if moment_us % DAY_US == 0:
        return write_moment(moment_us, "D")
    return f"{write_moment(moment_us, 'm' if moment_us % 60_000_000 == 0 else 's')} UTC"


def parse_timeframe(text: str) -> int:
    """The length of a timeframe in microseconds.

    Parameters
    ----------
    text : str
        A number and s, m, h, d or w: a length that divides a day, or one day, or one week.

    Raises
    ------
    ValueError
        It is none.

    Examples
    --------
    >>> parse_timeframe("15m") // 60_000_000
    15
    """
    found = _TIMEFRAME.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        advice = ""
        if isinstance(text, str) and re.fullmatch(r"[1-9][0-9]{0,5}[SHDW]", text.strip()):
            advice = f" Did you mean {text.strip().lower()!r}?"
        raise ValueError(
            "expected a length such as '15m', '1h', '4h', '1d' or '1w', "
            f"got {make_visible(str(text)[:60])!r}.{advice}"
        )
    length_us = int(found[1]) * _UNITS[found[2]]
    if DAY_US % length_us and length_us != 7 * DAY_US:
        raise ValueError(
            f"{text} does not divide a day, so the clock does not say where its bars begin. "
            "Choose such as '15m', '1h', '4h', '1d', or '1w' for weeks from Monday."
        )
    return length_us


def write_length(length_us: int) -> str:
    """A length as `parse_timeframe` takes it: ``5m``, ``1h``, ``1d``; odd ones in seconds."""
    for unit in ("w", "d", "h", "m"):
        if length_us >= _UNITS[unit] and length_us % _UNITS[unit] == 0:
            return f"{length_us // _UNITS[unit]}{unit}"
    return f"{length_us / 1_000_000:g}s"


def note_missing(
    first_us: int, last_us: int, step_us: int, is_weekly: bool, since: str | None, until: str | None
) -> list[str]:
    """What the window asks for and a file does not have, in words.

    Parameters
    ----------
    first_us, last_us : int
        First and last bar of the file.
    step_us : int
        From one bar to the next.
    is_weekly : bool
        The market rests at weekends: days without trading are not missing.
    since, until : str, optional
        As `settle_instant` writes them.
    """
    by_days = is_weekly and step_us <= DAY_US
    notes = []
    if since is not None:
        begin, before_us = instant_to_us(since), first_us - max(step_us, 1)
        late = _count_weekdays(begin, first_us) > 0 if by_days else before_us >= begin
        if late:
            notes.append(
                f"the window begins at {format_instant(begin)}, "
                f"the file only at {format_instant(first_us)}"
            )
    if until is not None:
        end = instant_to_us(until)
        next_us = (last_us // DAY_US + 1) * DAY_US if by_days else last_us + max(step_us, 1)
        short = _count_weekdays(next_us, end) > 0 if by_days else next_us < end
        if short:
            notes.append(
                f"the window ends at {format_instant(end)}, "
                f"the file's last bar is of {format_instant(last_us)}: a machine whose file goes "
                "further searches other bars"
            )
    return notes


def _count_weekdays(begin_us: int, end_us: int) -> int:
    """Whole weekdays from one instant to another."""
    if end_us <= begin_us:
        return 0
    days = [np.datetime64(-(-begin_us // DAY_US), "D"), np.datetime64(end_us // DAY_US, "D")]
    return int(np.busday_count(days[0], days[1]))
