"""Parsed rows with their places in the file, and what was found in them.

A finding is one thing worth saying about a file; a fault is a finding that refuses it.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.errors import DataError
from evosearch.texts import make_visible
from evosearch.trading.window import write_moment

N_SHOWN = 5
MAX_KEPT = 1_000  # faults of one kind that are kept with their places; the rest is counted
MAX_LINES, MAX_WIDTH = 20, 193  # with "error: " in front at most 200 letters
PRICES = ("open", "high", "low", "close")
COLUMNS = (*PRICES, "volume")


@dataclass(frozen=True)
class Finding:
    """One thing that was found in a file.

    Attributes
    ----------
    kind : str
        A stable key, such as "gap", "split" or "unit_changes".
    text : str
        One sentence for people.
    line : int or None
        Where, counted from 1; None if it is about the whole file.
    is_fault : bool
        The file is refused for it.
    n : int
        How many rows it tells of.
    """

    kind: str
    text: str
    line: int | None = None
    is_fault: bool = False
    n: int = 1

    @property
    def said(self) -> str:
        """The sentence, with its line."""
        if self.line is None or "line " in self.text:
            return self.text
        return f"{self.text} (line {self.line:,})"


@dataclass(frozen=True)
class Table:
    """Parsed rows.

    Attributes
    ----------
    timestamp_us : ndarray of int64, shape (n,)
    values : tuple of ndarray of float64, shape (n,)
        Open, high, low, close and volume; NaN where the file has no number.
    lines : ndarray of int64, shape (n,)
        Where each row stands in the file, counted from 1.
    layout : str
        How the file was read, in words.
    zone : str
        Of its times, in words: "UTC", "-05:00", "America/New_York".
    has_volume : bool
        False for a file without volume: it counts as 0.
    findings : tuple of Finding
        What was noticed while reading. No fault is among them.
    symbol : str
        The market whose rows these are, if the file names it.
    is_naive : bool
        The times have no zone of their own.
    """

    timestamp_us: NDArray[np.int64]
    values: tuple[NDArray[np.float64], ...]
    lines: NDArray[np.int64]
    layout: str = ""
    zone: str = "UTC"
    has_volume: bool = True
    findings: tuple[Finding, ...] = ()
    symbol: str = ""
    is_naive: bool = False

    def __len__(self) -> int:
        return len(self.timestamp_us)

    def take(self, rows: NDArray[np.intp]) -> Table:
        """The chosen rows."""
        values = tuple(column[rows] for column in self.values)
        return replace(
            self, timestamp_us=self.timestamp_us[rows], values=values, lines=self.lines[rows]
        )

    def describe_row(self, row: int) -> str:
        """The values of a row in words: ``open 10, high 12, low 9, close 11, volume -``."""
        cells = (float(column[row]) for column in self.values)
        words = (f"{cell:.10g}" if not math.isnan(cell) else "-" for cell in cells)
        return ", ".join(f"{name} {word}" for name, word in zip(COLUMNS, words, strict=False))


@dataclass
class _Kind:
    """Faults of one kind: how many there are, and the places of the first."""

    count: int = 0
    places: list[tuple[int | None, str]] = field(default_factory=list)


class Faults:
    """Collects what is wrong with a file; one line is shown for a row, whatever is wrong in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.advice: list[str] = []  # shown after the faults
        self._kinds: dict[str, _Kind] = {}

    def __len__(self) -> int:
        """How many there are, of all kinds."""
        return sum(kind.count for kind in self._kinds.values())

    def add(self, kind: str, text: str, line: int | None = None) -> None:
        """Note one fault, of a line or of the whole file."""
        kept = self._kinds.setdefault(kind, _Kind())
        kept.count += 1
        if len(kept.places) < MAX_KEPT:
            kept.places.append((line, text))

    def add_rows(self, kind: str, table: Table, rows: NDArray[Any]) -> None:
        """Note a fault at each of the given rows of a table."""
        if not len(rows):
            return
        kept = self._kinds.setdefault(kind, _Kind())
        kept.count += len(rows)
        for row in rows[: MAX_KEPT - len(kept.places)]:
            moment = write_moment(table.timestamp_us[row], "s")
            text = f"{kind} ({moment}): {table.describe_row(int(row))}"
            kept.places.append((int(table.lines[row]), text))

    def count(self, kind: str, n_more: int) -> None:
        """Count faults of a kind that are not kept."""
        if n_more > 0:
            self._kinds.setdefault(kind, _Kind()).count += n_more

    def advise(self, text: str) -> None:
        """A remedy, shown once below the faults."""
        if text not in self.advice:
            self.advice.append(text)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that are kept, in the order of the file; the first have no line."""
        found = [
            Finding(kind.replace(" ", "_"), make_visible(text)[:MAX_WIDTH], line, is_fault=True)
            for kind, kept in self._kinds.items()
            for line, text in kept.places
        ]
        return tuple(sorted(found, key=lambda finding: finding.line or 0))

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each kind."""
        return {kind.replace(" ", "_"): kept.count for kind, kept in self._kinds.items()}

    def raise_if_any(self) -> None:
        """Raise a DataError that lists everything noted, in at most 20 lines."""
        if not self._kinds:
            return
        total = len(self)
        head = f"{self.path} cannot be used: {total:,} fault{'s' if total > 1 else ''}."
        advice = [line for text in self.advice for line in wrap_lines(text)]
        room = max(MAX_LINES - 1 - len(advice), 3)
        for n_shown in range(N_SHOWN, 0, -1):
            lines = self._list(n_shown)
            if len(lines) <= room:
                break
        else:
            lines = [*lines[: room - 1], f"... and {len(lines) - room + 1:,} lines more"]
        raise DataError("\n".join([*bound_lines([head, *lines]), *advice]))

    def _list(self, n_shown: int) -> list[str]:
        """The first places of each kind; what else is wrong in a line stands in that line."""
        entries: dict[object, list[str]] = {}
        rests = []
        for kind, kept in self._kinds.items():
            n_listed = 0
            for line, text in kept.places:
                if line is not None and line in entries:
                    entries[line].append(kind)
                elif n_listed < n_shown:
                    entries[object() if line is None else line] = [text]
                else:
                    break
                n_listed += 1
            if kept.count > n_listed:
                rests.append(f"... and {kept.count - n_listed:,} more: {kind}")
        name = str(self.path) if len(str(self.path)) <= MAX_WIDTH // 2 else self.path.name
        lines = []
        for place, (text, *others) in entries.items():
            where = f"{name}:{place}:" if isinstance(place, int) else f"{name}:"
            lines.append(f"{where} {'; '.join([*dict.fromkeys(others), text])}")
        return [*lines, *rests]


def bound_lines(lines: Sequence[str]) -> list[str]:
    """Lines of a message: harmless, and cut where they are too long."""
    plain = (make_visible(line) for line in lines)
    return [line if len(line) <= MAX_WIDTH else f"{line[: MAX_WIDTH - 3]}..." for line in plain]


def wrap_lines(text: str) -> list[str]:
    """An advice in lines that are not too long, of which nothing is lost."""
    return [
        part
        for line in text.splitlines()
        for part in textwrap.wrap(line, MAX_WIDTH, break_long_words=False, break_on_hyphens=False)
    ]
