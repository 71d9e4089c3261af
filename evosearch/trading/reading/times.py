"""Read a column of times, batch by batch, into microseconds since 1970 UTC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.errors import OptionError
from evosearch.trading.reading.instants.arrays import TimeBatch, read_arrays, write_rows
from evosearch.trading.reading.instants.calendar import DAY_US
from evosearch.trading.reading.instants.column import (
    CLOCKS,
    N_BAD_SHOWN,
    Column,
    count_digits,
)
from evosearch.trading.reading.instants.epochs import FORMS, NANOSECONDS, is_date
from evosearch.trading.reading.instants.formats import Format, parse_format
from evosearch.trading.reading.instants.reasons import add_advice, explain
from evosearch.trading.reading.instants.texts import (
    BAD,
    EXACT,
    OPEN_EXACT,
    ROUNDED,
    TextReader,
)
from evosearch.trading.reading.instants.zones import (
    Zone,
    describe_zone,
    list_changes,
    parse_zone,
    write_offset,
)
from evosearch.trading.reading.shape import TimeSpec

_N_OFFSETS_SHOWN = 4
_NAMES_NONE = "names no zone, but others do or count from 1970. Write all times in one way"
_NAMES_ONE = "names its zone or counts from 1970, but others name none. Write all times in one way"
# Ticks of 100 ns since the year 1, of 1980 to 2060, taken for nanoseconds: 1989-10 to 1990-08.
_TICKS_US = (624_511_296_000_000, 649_756_512_000_000)
_TICKS = (
    "is of 1989 or 1990 as nanoseconds since 1970, and of our days as ticks of .NET, which count "
    "100 ns since the year 1. Write the times as dates"
)
_METATRADER = (
    "is written as MetaTrader does: in the time of the broker's server. Name its zone: "
    "--set problem.layout.timezone=America/New_York+7 (most brokers), or =UTC-5 (HistData)"
)


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

    Raises
    ------
    OptionError
        There is no such zone, or no such format.
    """

    def __init__(self, spec: TimeSpec) -> None:
        self.spec = spec
        faults = []
        self._format, self._zone = Format(), Zone("UTC")
        abbreviations: dict[str, int] = {}
        try:
            self._format = parse_format(spec.format)
        except ValueError as error:
            faults.append(("layout.time_format", str(error)))
        try:
            self._zone = self._zone if spec.zone is None else parse_zone(spec.zone)
            abbreviations = list_changes(self._zone).abbreviations
        except ValueError as error:
            faults.append(("layout.timezone", str(error)))
        if faults:
            raise OptionError(faults)
        self._reader = TextReader(self._format, abbreviations)
        self._column = Column()
        self._n_rows = 0
        self._has_lost = False
        self._us: list[NDArray[np.int64]] = []
        self._kinds: list[NDArray[np.uint8]] = []
        self._digits: list[tuple[int, int, tuple[int, int, int]]] = []

    def add(self, columns: Sequence[Any]) -> None:
        """Read one batch.

        Parameters
        ----------
        columns : sequence of pyarrow.Array
            One of times, or one of dates and one of times of day: texts, numbers, timestamps.
        """
        batch = read_arrays(columns, self._reader)
        first, n = self._n_rows, len(batch.us)
        kinds, column = batch.kinds, self._column
        is_rounded = kinds == ROUNDED
        if self._reader.resolution_s > 1 and is_rounded.any():
            # Texts such as 1.70407E+12 have lost digits, unless all are whole minutes.
            self._has_lost |= bool((is_rounded & (batch.us % 60_000_000 != 0)).any())
            if self._has_lost:
                kinds[is_rounded] = BAD
        kinds[kinds == ROUNDED] = EXACT
        column.note_units(np.where(kinds == BAD, 0, batch.forms).astype(np.uint8), first)
        column.note_orders(batch.us, kinds, first)
        self._note_firsts(batch)
        rows = np.flatnonzero(kinds == BAD)
        shown = rows[: max(N_BAD_SHOWN - len(column.bad), 0)]
        for row, text in zip(shown.tolist(), write_rows(batch.shown, shown), strict=True):
            column.add_bad(first + row, text, explain(text, self._reader, self.spec.zone))
        column.n_bad += len(rows) - len(shown)
        if batch.digits is not None:
            self._digits.append((first, first + n, batch.digits))
        self._us.append(batch.us)
        self._kinds.append(kinds)
        self._n_rows += n

    def _note_firsts(self, batch: TimeBatch) -> None:
        """Note where times with and without a zone of their own are seen first."""
        firsts = self._column.firsts
        is_exact = (batch.kinds == EXACT) | (batch.kinds == OPEN_EXACT)
        for name, mask in (("exact", is_exact), ("naive", (batch.kinds != BAD) & ~is_exact)):
            if name not in firsts and mask.any():
                row = np.flatnonzero(mask)[:1]
                firsts[name] = self._n_rows + int(row[0]), write_rows(batch.shown, row)[0]

    def finish(self) -> Times:
        """The times of everything that was added."""
        column, firsts = self._column, self._column.firsts
        us, kinds = _take_all(self._us, np.int64), _take_all(self._kinds, np.uint8)
        self._read_clocks(us, kinds)
        column.decide_order(us, kinds)
        if "exact" in firsts and "naive" in firsts:
            column.add_bad(*firsts["naive"], _NAMES_NONE)
            column.add_bad(*firsts["exact"], _NAMES_ONE)
        elif self._reader.is_dotted and self.spec.zone is None and (us % DAY_US).any():
            column.add_bad(*firsts["naive"], _METATRADER)
        if self._has_ticks(us, kinds):
            column.add_bad(*firsts["exact"], _TICKS)
        column.apply_zone(us, kinds, self._zone)
        us[kinds == BAD] = 0
        column.note_more_changes()
        self._note_rest()
        is_naive = "naive" in firsts
        words, zone = self._describe()
        bad = tuple(
            add_advice(sorted(column.bad)[:N_BAD_SHOWN], int(np.count_nonzero(kinds != BAD)))
        )
        return Times(us, bad, column.n_bad, words, zone, tuple(column.findings), is_naive)

    def _has_ticks(self, us: NDArray[np.int64], kinds: NDArray[np.uint8]) -> bool:
        """Whether all times are numbers that .NET's ticks have, too: as such they are likelier."""
        if self._column.units != {NANOSECONDS} or "naive" in self._column.firsts:
            return False
        found = us[kinds != BAD]
        return bool(len(found) and found.min() >= _TICKS_US[0] and found.max() < _TICKS_US[1])

    def _read_clocks(self, us: NDArray[np.int64], kinds: NDArray[np.uint8]) -> None:
        if not self._digits:
            return
        fewest, most, largest = zip(*(digits for _, _, digits in self._digits), strict=True)
        n_digits = count_digits(min(fewest), max(most), max(largest))
        for begin, end, _ in self._digits:
            self._column.read_clocks(us[begin:end], kinds[begin:end], n_digits, begin)
        if max(largest):
            told = f"times of day such as {max(largest)} are read as {CLOCKS[n_digits]}"
            self._column.findings.append(("clock_numbers", told, None))

    def _note_rest(self) -> None:
        column, reader = self._column, self._reader
        dates = [FORMS[form - 1] for form in sorted(column.units) if is_date(form)]
        if dates:
            told = f"whole numbers are read as dates ({', '.join(dates)})"
            column.findings.append(("dates_as_numbers", told, None))
        if reader.n_cut:
            told = f"nanoseconds are cut to microseconds, in {reader.n_cut} of the times"
            column.findings.append(("nanoseconds", told, None))
        is_used = "naive" in column.firsts or reader.has_names
        if self.spec.zone is not None and "exact" in column.firsts and not is_used:
            told = f"timezone={self.spec.zone} changes nothing: the times say their own"
            column.findings.append(("zone_unused", told, None))

    def _describe(self) -> tuple[str, str]:
        """How the times were read, in words, and their zone."""
        firsts, offsets = self._column.firsts, sorted(self._reader.offsets_s)
        if "naive" in firsts or "exact" not in firsts:
            words = describe_zone(self._zone)
            if self._format.serials:
                system = "1904" if self._format.serials.endswith("1904") else "1900"
                words = f"serial dates of a spreadsheet ({system} system), {words}"
            return words, self._zone.name
        units = [FORMS[form - 1] for form in sorted(self._column.units) if not is_date(form)]
        parts = []
        if units:
            parts.append(f"times in {' and '.join(units)} since 1970")
        if offsets == [0]:
            parts.append("times in UTC")
        elif len(offsets) == 1:
            parts.append(f"times at UTC{write_offset(offsets[0])}")
        elif offsets:
            listed = ", ".join(write_offset(offset) for offset in offsets[:_N_OFFSETS_SHOWN])
            more = ", ..." if len(offsets) > _N_OFFSETS_SHOWN else ""
            parts.append(f"times with their own offsets ({listed}{more})")
        zones = [write_offset(offset) for offset in offsets[:_N_OFFSETS_SHOWN]]
        is_utc = bool(units) or not any(offsets)
        return " and ".join(parts), "UTC" if is_utc else ", ".join(zones)


def _take_all(parts: list[NDArray[Any]], dtype: Any) -> NDArray[Any]:
    """One array of all parts, which are let go: a whole file need not be held twice for long."""
    whole = np.concatenate(parts) if parts else np.empty(0, dtype)
    parts.clear()
    return whole
