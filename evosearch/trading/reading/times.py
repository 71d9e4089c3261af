"""Read a column of times, batch by batch, into microseconds since 1970 UTC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.reading.shape import TimeSpec


@dataclass(frozen=True)
class Times:
    """Times of a whole file.

    Attributes
    ----------
    us : ndarray of int64, shape (n,)
        Microseconds since 1970 UTC; 0 where bad.
    bad : tuple of (row, text, why)
        The first 1,000 rows that are no time, counted from 0, with the reason.
    n_bad : int
    words : str
        How the times were read, for people: "times in milliseconds since 1970".
    zone : str
        "UTC", "-05:00" or "America/New_York".
    findings : tuple of (kind, text, row or None)
        What was noticed and read all the same.
    is_naive : bool
        Whether the times name no zone of their own.
    """

    us: NDArray[np.int64]
    bad: tuple[tuple[int, str, str], ...] = ()
    n_bad: int = 0
    words: str = ""
    zone: str = "UTC"
    findings: tuple[tuple[str, str, int | None], ...] = ()
    is_naive: bool = False


class TimeReader:
    """Collects the times of a file and reads them as one column.

    Parameters
    ----------
    spec : TimeSpec
        Columns, format and zone.
    """

    def __init__(self, spec: TimeSpec) -> None:
        self.spec = spec
        self._parts: list[NDArray[np.int64]] = []

    def add(self, columns: Sequence[Any]) -> None:
        """Read one batch: an array of times, or one of dates and one of times of day."""
        import pyarrow as pa

        array = columns[0]
        if pa.types.is_string(array.type):
            first = array[0].as_py() if len(array) else ""
            if first.isdigit() and len(first) > 8:
                array = array.cast(pa.int64())
            else:
                zone = "UTC" if first.endswith("Z") else None
                array = array.cast(pa.timestamp("us", zone))
        if pa.types.is_temporal(array.type):
            array = array.cast(pa.timestamp("us", getattr(array.type, "tz", None)), safe=False)
        numbers = np.asarray(array.cast(pa.int64()).to_numpy(zero_copy_only=False))
        if not pa.types.is_temporal(array.type):
            size = int(np.median(numbers)) if len(numbers) else 0
            numbers = numbers * (1_000_000 if size < 10**11 else 1000 if size < 10**14 else 1)
        self._parts.append(numbers.astype(np.int64))

    def finish(self) -> Times:
        """The times of everything that was added."""
        us = np.concatenate([np.empty(0, np.int64), *self._parts])
        return Times(us, words="times without a zone, taken as UTC")
