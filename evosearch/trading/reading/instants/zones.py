"""Zones of times that are written without one: names, fixed offsets, and names that are shifted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import numpy as np
from numpy.typing import NDArray

from evosearch.errors import did_you_mean
from evosearch.trading.reading.instants.calendar import bound_times

_FIXED = re.compile(r"(?i:(utc|gmt)?)\s*([-+])(\d{1,2})(?::?(\d\d))?")
_SHIFTED = re.compile(r"([A-Za-z_]+(?:/[\w+-]+?)+)\s*([-+])(\d{1,2})(?::?(\d\d))?")
_NAME = re.compile(r"[A-Z][A-Za-z]*(?:/[A-Z][A-Za-z_-]*)+")
_MOST_S = 15 * 3600
_TEN_YEARS_S = 3660 * 86_400
_STEP_S = 6 * 86_400  # no two changes of a zone since 1980 are nearer to one another
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Zone:
    """A zone as a layout names it.

    Attributes
    ----------
    name : str
        As people write it: ``UTC``, ``-05:00``, ``America/New_York``, ``America/New_York+7``.
    key : str
        Its name in the zone database; empty for a fixed offset.
    shift_s : int
        What is added to the offset of `key`, or the fixed offset itself.
    """

    name: str
    key: str = ""
    shift_s: int = 0


def write_offset(offset_s: int) -> str:
    """An offset as people write it: ``-05:00``."""
    sign, size = "-" if offset_s < 0 else "+", abs(offset_s)
    seconds = f":{size % 60:02d}" if size % 60 else ""
    return f"{sign}{size // 3600:02d}:{size // 60 % 60:02d}{seconds}"


def parse_zone(text: str) -> Zone:
    """A zone from a name, ``UTC-5``, ``+02:00`` or a shifted name.

    Raises
    ------
    ValueError
        There is no such zone; the message names the nearest.

    Examples
    --------
    >>> parse_zone("utc-5").name, parse_zone("America/New_York+7").shift_s
    ('-05:00', 25200)
    """
    plain = text.strip()
    if plain.upper() in {"UTC", "Z", "GMT", "ETC/UTC"}:
        return Zone("UTC")
    fixed = _FIXED.fullmatch(plain)
    if fixed:
        offset_s = _read_offset(fixed, 2)
        return Zone(write_offset(offset_s) if offset_s else "UTC", "", offset_s)
    if _is_name(plain):
        return Zone(plain, plain)
    names = _list_names()
    lower = {name.lower(): name for name in names}
    key = lower.get(plain.lower().replace(" ", "_"))
    if key is not None:
        return Zone(key, key)
    shifted = _SHIFTED.fullmatch(plain)
    if shifted and shifted[1].lower() in lower:
        key, shift_s = lower[shifted[1].lower()], _read_offset(shifted, 2)
        hours = f"{abs(shift_s) // 3600}" + (f":{abs(shift_s) // 60 % 60:02d}" * bool(shifted[4]))
        return Zone(f"{key}{shifted[2]}{hours}", key, shift_s)
    if not names:
        raise ValueError(
            f"{plain[:60]!r} cannot be looked up: this computer has no database of time zones. "
            "Install the package tzdata, or write a fixed offset such as UTC-5."
        )
    raise ValueError(
        f"there is no time zone {plain[:60]!r}. {_suggest(plain, names)} "
        "A fixed offset is written UTC-5 or +02:00."
    )


def _is_name(text: str) -> bool:
    """Whether a text is a name as the database has it: seen without listing all of them."""
    if not _NAME.fullmatch(text):
        return False
    try:
        return ZoneInfo(text).key == text
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _suggest(text: str, names: frozenset[str]) -> str:
    places = {name.rpartition("/")[2].lower(): name for name in sorted(names)}
    city = text.rpartition("/")[2].lower().replace(" ", "_")
    if city in places:
        return f"Did you mean {places[city]!r}?"
    near = did_you_mean(text, names)
    if near.startswith("Did you mean"):
        return near
    near = did_you_mean(city, places)
    if near.startswith("Did you mean"):
        return f"Did you mean {places[near.split(chr(39))[1]]!r}?"
    return "A zone is written as Europe/Athens or America/New_York."


def _read_offset(match: re.Match[str], first: int) -> int:
    seconds = int(match[first + 1]) * 3600 + int(match[first + 2] or 0) * 60
    if seconds > _MOST_S or int(match[first + 2] or 0) > 59:
        raise ValueError(f"{match[0][:60]!r} is no offset: expected -15:00 to +15:00.")
    return -seconds if match[first] == "-" else seconds


@cache
def _list_names() -> frozenset[str]:
    return frozenset(available_timezones())


@dataclass(frozen=True)
class Changes:
    """The offsets of a zone over a span.

    Attributes
    ----------
    starts_us : ndarray of int64, shape (n,)
        When each offset begins, microseconds since 1970 UTC; the first from ever.
    offsets_us : ndarray of int64, shape (n,)
    abbreviations : dict of str to int
        What the zone calls its times, with the offsets in seconds; those of one meaning.
    """

    starts_us: NDArray[np.int64]
    offsets_us: NDArray[np.int64]
    abbreviations: dict[str, int]


@cache
def list_changes(zone: Zone) -> Changes:
    """The offsets of a zone over the plausible years.

    Raises
    ------
    ValueError
        Its data cannot be read.
    """
    if not zone.key:
        fixed = np.array([zone.shift_s * 1_000_000], np.int64)
        return Changes(np.array([np.iinfo(np.int64).min // 2]), fixed, {})
    try:
        info = ZoneInfo(zone.key)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(
            f"{zone.key!r} cannot be looked up: this computer has no data of that time zone. "
            "Install the package tzdata, or write a fixed offset such as UTC-5."
        ) from error
    first, end = (us // 1_000_000 for us in bound_times())
    begin, stop = first - 2 * 86_400, end + 2 * 86_400
    starts, offsets = [begin - _TEN_YEARS_S], [_offset_at(info, begin)]
    meanings: dict[str, set[int]] = {}
    for moment in range(begin + _STEP_S, stop + _STEP_S, _STEP_S):
        local = (_EPOCH + timedelta(seconds=moment)).astimezone(info)
        after = _read_seconds(local)
        meanings.setdefault((local.tzname() or "").upper(), set()).add(after)
        if after == offsets[-1]:
            continue
        low, high = moment - _STEP_S, moment
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if _offset_at(info, middle) == after else (middle, high)
        starts.append(high)
        offsets.append(after)
    known = {
        name: next(iter(found)) + zone.shift_s
        for name, found in meanings.items()
        if len(found) == 1 and name.isalpha() and not zone.shift_s
    }
    scaled = np.array(offsets, np.int64) + zone.shift_s
    return Changes(np.array(starts, np.int64) * 1_000_000, scaled * 1_000_000, known)


def _offset_at(info: ZoneInfo, moment_s: int) -> int:
    return _read_seconds((_EPOCH + timedelta(seconds=moment_s)).astimezone(info))


def _read_seconds(local: datetime) -> int:
    offset = local.utcoffset()
    assert offset is not None
    return round(offset.total_seconds())


def describe_zone(zone: Zone) -> str:
    """How times without a zone were taken, in words."""
    if zone.name == "UTC":
        return "times without a zone, taken as UTC"
    return f"times of {zone.name}" if zone.key else f"times at UTC{zone.name}"
