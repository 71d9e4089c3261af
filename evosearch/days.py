"""The days of a series of bars as short hashes, so that two files can be seen to share some.

Two parts of two series share history if one day of both has the very same bars. A file that grows
by a day keeps the hashes of all the others, so it is known to hold the same history.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

# The newest so many; months go on where days end.
MAX_DAYS = MAX_MONTHS = 4000
_BYTES = 4
_DAY_US = 86_400_000_000
_CHUNK_BARS = 65_536


@dataclass(frozen=True)
class Days:
    """The UTC days and months of one part of a series, each as 4 bytes of the SHA-256 of its bars.

    Attributes
    ----------
    days : bytes
        In the order of time, the newest `MAX_DAYS` at most; never empty.
    months : bytes
        The same of months.
    """

    days: bytes
    months: bytes

    @classmethod
    def of_text(cls, text: str) -> Self:
        """A single made-up day, for what has no days of its own."""
        digest = hashlib.sha256(text.encode()).digest()[:_BYTES]
        return cls(digest, digest)

    @classmethod
    def parse(cls, plain: Any) -> Self | None:
        """The inverse of `to_plain`; None for whatever else, it never raises."""
        if not isinstance(plain, Mapping) or {*plain} != {"days", "months"}:
            return None
        days = _decode(plain["days"], MAX_DAYS)
        months = _decode(plain["months"], MAX_MONTHS)
        return cls(days, months) if days and months else None

    def to_plain(self) -> dict[str, str]:
        """As metadata state it: base64."""
        return {"days": _encode(self.days), "months": _encode(self.months)}

    def shares(self, other: Days) -> bool:
        """Whether both have a day or a month with the same bars."""
        return not (
            self._day_set.isdisjoint(other._day_set)
            and self._month_set.isdisjoint(other._month_set)
        )

    @cached_property
    def key(self) -> str:
        """A digest of all of them, 16 hexadecimal digits."""
        return hashlib.sha256(self.days + b"|" + self.months).hexdigest()[:16]

    @cached_property
    def _day_set(self) -> frozenset[int]:
        return frozenset(np.frombuffer(self.days, "<u4").tolist())

    @cached_property
    def _month_set(self) -> frozenset[int]:
        return frozenset(np.frombuffer(self.months, "<u4").tolist())


def join_days(known: Sequence[Days]) -> Days:
    """One that shares a day with whatever one of them does, within the limits of one.

    Parameters
    ----------
    known : sequence of Days
        At least one. If all are equal, that; else each hash once, the smallest first, so that
        their order, repetition and grouping do not matter.
    """
    first = known[0]
    if all(each == first for each in known):
        return first
    return Days(
        _unite([each.days for each in known], MAX_DAYS),
        _unite([each.months for each in known], MAX_MONTHS),
    )


def _unite(hashes: Sequence[bytes], limit: int) -> bytes:
    return np.unique(np.frombuffer(b"".join(hashes), ">u4"))[:limit].tobytes()


def hash_days(
    timestamp_us: NDArray[np.int64],
    columns: Sequence[NDArray[np.float64]],
    parts: Sequence[tuple[int, int]],
) -> list[Days]:
    """The days of parts of a series.

    A day that is cut by the border of two parts belongs to both, with all of its bars.

    Parameters
    ----------
    timestamp_us : ndarray of int64, shape (n_bars,)
        Start of each bar, microseconds since 1970 UTC, ascending.
    columns : sequence of ndarray of float64, shape (n_bars,)
        What a bar is besides its time.
    parts : sequence of (int, int)
        First bar of each part, and the one after its last; never empty.

    Returns
    -------
    list of Days
        One for each part.
    """
    day = timestamp_us // _DAY_US
    starts = np.flatnonzero(np.append(True, day[1:] != day[:-1]))
    bounds = np.append(starts, len(day)).tolist()
    digests = _hash_slices(timestamp_us, columns, bounds)
    # Day numbers are dates; a month is hashed from the hashes of its days.
    month = day[starts].astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    month_starts = np.flatnonzero(np.append(True, month[1:] != month[:-1]))
    month_bounds = np.append(month_starts, len(starts)).tolist()
    month_digests = [
        hashlib.sha256(b"".join(digests[begin:end])).digest()
        for begin, end in itertools.pairwise(month_bounds)
    ]
    found = []
    for begin, end in parts:
        first = int(np.searchsorted(starts, begin, "right")) - 1
        last = int(np.searchsorted(starts, end - 1, "right"))
        from_month = int(np.searchsorted(month_starts, first, "right")) - 1
        to_month = int(np.searchsorted(month_starts, last - 1, "right"))
        found.append(
            Days(
                _join(digests[first:last], MAX_DAYS),
                _join(month_digests[from_month:to_month], MAX_MONTHS),
            )
        )
    return found


def _hash_slices(
    timestamp_us: NDArray[np.int64], columns: Sequence[NDArray[np.float64]], bounds: list[int]
) -> list[bytes]:
    """The SHA-256 of the bars between neighbouring bounds: row by row, 8 bytes a number."""
    found: list[bytes] = []
    first = 0
    while first < len(bounds) - 1:
        last = first + 1
        while last < len(bounds) - 1 and bounds[last + 1] - bounds[first] <= _CHUNK_BARS:
            last += 1
        begin, end = bounds[first], bounds[last]
        rows = np.empty((end - begin, 1 + len(columns)), "<i8")
        rows[:, 0] = timestamp_us[begin:end]
        for place, column in enumerate(columns, 1):
            rows[:, place] = (column[begin:end] + 0.0).astype("<f8").view("<i8")  # no -0.0
        for place in range(first, last):
            day = rows[bounds[place] - begin : bounds[place + 1] - begin]
            found.append(hashlib.sha256(day.tobytes()).digest())
        first = last
    return found


def _join(digests: Sequence[bytes], limit: int) -> bytes:
    return b"".join(digest[:_BYTES] for digest in digests[-limit:])


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _decode(text: Any, limit: int) -> bytes | None:
    if not isinstance(text, str) or len(text) > _BYTES * (limit * _BYTES // 3 + 1):
        return None
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    is_whole = 0 < len(raw) <= limit * _BYTES and len(raw) % _BYTES == 0
    return raw if is_whole and _encode(raw) == text else None
