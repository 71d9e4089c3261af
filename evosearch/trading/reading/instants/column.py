"""What only a whole column of times can tell: day or month first, the zone, contradictions."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.reading.instants.autumn import to_utc
from evosearch.trading.reading.instants.calendar import DAY_US, count_days
from evosearch.trading.reading.instants.epochs import FORMS, is_date, read_clock
from evosearch.trading.reading.instants.texts import (
    BAD,
    EXACT,
    NAIVE,
    NAIVE_DATE,
    OPEN,
    OPEN_EXACT,
    OPEN_SPAN_US,
)
from evosearch.trading.reading.instants.zones import Zone

N_BAD_SHOWN = 1000
N_CHANGES_SHOWN = 10
ORDER_REMEDY = (
    '--set "problem.layout.time_format=day first" or --set "problem.layout.time_format=month first"'
)

CLOCKS = {4: "HHMM", 6: "HHMMSS", 9: "HHMMSSsss"}

Place = tuple[int, str]  # a row, and what stands there


@dataclass
class Column:
    """A column of times while it is read, and what was seen in it.

    Attributes
    ----------
    bad : list of (row, text, why)
        The first of them.
    n_bad : int
    findings : list of (kind, text, row or None)
    firsts : dict of str to (row, text)
        Where each sort of time was seen first: exact, naive, day, month, open.
    units : set of int
        Forms of numbers, as in `epochs.FORMS`.
    """

    bad: list[tuple[int, str, str]] = field(default_factory=list)
    n_bad: int = 0
    findings: list[tuple[str, str, int | None]] = field(default_factory=list)
    firsts: dict[str, Place] = field(default_factory=dict)
    units: set[int] = field(default_factory=set)
    _last_unit: int = 0
    _n_changes: int = 0

    def add_bad(self, row: int, text: str, why: str, n: int = 1) -> None:
        """Note a row that is no time, or `n` of which this is the first."""
        self.n_bad += n
        if len(self.bad) < N_BAD_SHOWN:
            self.bad.append((row, text, why))

    def note_units(self, forms: NDArray[np.uint8], first_row: int) -> None:
        """Note the units of numbers, and where the unit changes."""
        rows = np.flatnonzero(forms)
        if not len(rows):
            return
        found = forms[rows]
        changes = np.flatnonzero(found[1:] != found[:-1]) + 1
        if self._last_unit and found[0] != self._last_unit:
            changes = np.concatenate([[0], changes])
        for place in changes[:N_CHANGES_SHOWN].tolist():
            before = int(found[place - 1]) if place else self._last_unit
            self._note_change(before, int(found[place]), first_row + int(rows[place]))
        self._n_changes += len(changes[N_CHANGES_SHOWN:])
        self.units.update(np.unique(found).tolist())
        self._last_unit = int(found[-1])

    def _note_change(self, before: int, after: int, row: int) -> None:
        self._n_changes += 1
        if self._n_changes <= N_CHANGES_SHOWN and not (is_date(before) and is_date(after)):
            old, new = FORMS[before - 1], FORMS[after - 1]
            self.findings.append(("unit_changes", f"times change from {old} to {new}", row))

    def note_more_changes(self) -> None:
        """Say how many changes of unit are not listed."""
        more = self._n_changes - N_CHANGES_SHOWN
        if more > 0:
            self.findings.append(("unit_changes", f"the unit changes {more} more times", None))

    def note_orders(self, us: NDArray[np.int64], kinds: NDArray[np.uint8], first_row: int) -> None:
        """Look for a number above 12 in dates such as 01/02/2024."""
        if "day" in self.firsts and "month" in self.firsts:
            return
        rows = np.flatnonzero((kinds >= OPEN) & (kinds <= OPEN_EXACT))
        if not len(rows):
            return
        packed = us[rows] // OPEN_SPAN_US
        firsts = (("day", packed // 100 % 100), ("month", packed % 100))
        for name, numbers in firsts:
            above = np.flatnonzero((numbers > 12) & (numbers < 32))
            if len(above) and name not in self.firsts:
                place = int(above[0])
                self.firsts[name] = first_row + int(rows[place]), _write_open(int(packed[place]))
        self.firsts.setdefault("open", (first_row + int(rows[0]), _write_open(int(packed[0]))))

    def decide_order(self, us: NDArray[np.int64], kinds: NDArray[np.uint8]) -> None:
        """Decide for the whole column whether the day comes first, and read the dates so."""
        if "open" not in self.firsts:
            return
        day, month = self.firsts.get("day"), self.firsts.get("month")
        if day and month:
            self.add_bad(*day, f"has the day first, but the month is first in {month[1]}")
            self.add_bad(*month, f"has the month first, but the day is first in {day[1]}")
        elif not day and not month:
            row, text = self.firsts["open"]
            why = "may be day first or month first, and no row tells which: " + ORDER_REMEDY
            self.add_bad(row, text, why)
        elif day or month:
            row, text = day or month or (0, "")
            word = "day" if day else "month"
            told = f"dates are read with the {word} first, as {text} shows"
            self.findings.append(("day_order", told, row))
        rows = np.flatnonzero((kinds >= OPEN) & (kinds <= OPEN_EXACT))
        for start in range(0, len(rows), 65_536):
            self._unpack(us, kinds, rows[start : start + 65_536], day is not None)

    def _unpack(
        self, us: NDArray[np.int64], kinds: NDArray[np.uint8], rows: NDArray[np.intp],
        is_day_first: bool,
    ) -> None:  # fmt: skip
        packed, rest = np.divmod(us[rows], OPEN_SPAN_US)
        years, pair = np.divmod(packed, 10_000)
        first, second = np.divmod(pair, 100)
        days, months = (first, second) if is_day_first else (second, first)
        numbers, exists = count_days(years, months, days)
        us[rows] = numbers * DAY_US + rest - DAY_US
        became = np.array([NAIVE, NAIVE_DATE, EXACT], np.uint8)[kinds[rows] - OPEN]
        kinds[rows] = np.where(exists, became, np.uint8(BAD))
        if not ("day" in self.firsts and "month" in self.firsts):
            word = "day first" if is_day_first else "month first"
            for place in np.flatnonzero(~exists).tolist():
                text = _write_open(int(packed[place]))
                self.add_bad(int(rows[place]), text, f"is no date that exists ({word})")

    def read_clocks(
        self, us: NDArray[np.int64], kinds: NDArray[np.uint8], n_digits: int, first_row: int
    ) -> None:
        """Turn times of day written as numbers, such as 93000, into times.

        Parameters
        ----------
        us : ndarray of int64
            Midnights, to which the numbers as written are added.
        kinds : ndarray of uint8
        n_digits : int
            4, 6 or 9, as `count_digits` tells.
        first_row : int
        """
        rows = np.flatnonzero(kinds)
        numbers = us[rows] % DAY_US
        clock, exists = read_clock(numbers, min(n_digits, 6), 3 if n_digits == 9 else 0)
        us[rows] += clock - numbers
        for place in np.flatnonzero(~exists).tolist():
            why = f"is no time of day ({CLOCKS[n_digits]})"
            self.add_bad(first_row + int(rows[place]), str(numbers[place]), why)
        kinds[rows[~exists]] = BAD

    def apply_zone(self, us: NDArray[np.int64], kinds: NDArray[np.uint8], zone: Zone) -> None:
        """Turn times without a zone into instants."""
        is_naive = (kinds == NAIVE) | (kinds == NAIVE_DATE)
        if zone.name == "UTC" or not is_naive.any():
            return
        rows = None if is_naive.all() else np.flatnonzero(is_naive)
        naive = us if rows is None else us[rows]
        is_day = kinds == NAIVE_DATE if rows is None else kinds[rows] == NAIVE_DATE
        if not (naive % DAY_US).any():
            is_day[:] = True  # midnights alone are dates, as Parquet has them
        found = to_utc(naive, zone, is_day)
        turned = f"clocks of {zone.name} were turned"
        twice = (
            f"came twice: {turned} back, and the rows do not tell which it is. "
            "Check problem.layout.timezone, or write the times in UTC"
        )
        missing = (
            f"does not exist: {turned} forward over it. Check problem.layout.timezone; without "
            "summer time a zone is written UTC-5"
        )
        for places, why in ((found.missing, missing), (found.unclear, twice)):
            for place in places.tolist():
                text = str(np.datetime64(int(naive[place]), "us"))[:19].replace("T", " ")
                self.add_bad(int(place if rows is None else rows[place]), text, why)
            kinds[places if rows is None else rows[places]] = BAD
        if found.n_twice:
            told = (
                f"{found.n_twice} times of hours that came twice ({zone.name}) told apart by order"
            )
            self.findings.append(("autumn_hours", told, None))
        us[slice(None) if rows is None else rows] = found.us


def count_digits(fewest: int, most: int, largest: int) -> int:
    """How many digits times of day have, where leading zeros may be lost.

    Parameters
    ----------
    fewest, most : int
        Digits as written.
    largest : int
        The largest of the numbers.
    """
    if fewest == most and most in CLOCKS:
        return most
    # With 2400, which is refused: as HHMMSS it would be a time that is not meant.
    return 4 if largest <= 2400 else 6 if largest <= 240_000 else 9


def _write_open(packed: int) -> str:
    return f"{packed // 100 % 100:02d}/{packed % 100:02d}/{packed // 10_000}"
