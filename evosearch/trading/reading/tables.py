"""Parsed rows with their places in the file, and the faults found in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.errors import DataError
from evosearch.trading.window import write_moment

N_SHOWN = 5
CSV = "CSV with a header, separated by commas"
_NANOSECONDS = (2.0**63, "nanoseconds", 0)  # until the year 2262; divided, not multiplied
_EPOCH_UNITS = (
    (1e11, "seconds", 1_000_000),
    (1e14, "milliseconds", 1000),
    (1e17, "microseconds", 1),
)


@dataclass(frozen=True)
class Table:
    """Parsed rows.

    Attributes
    ----------
    timestamp_us : ndarray of int64, shape (n,)
    values : tuple of ndarray of float64, shape (n,)
        In the order asked for; NaN where the file has no number.
    lines : ndarray of int64, shape (n,)
        Where each row stands in the file, counted from 1.
    layout : str
        How the file was read, in words.
    """

    timestamp_us: NDArray[np.int64]
    values: tuple[NDArray[np.float64], ...]
    lines: NDArray[np.int64]
    layout: str = ""

    def take(self, rows: NDArray[np.intp]) -> Table:
        """The chosen rows."""
        values = tuple(column[rows] for column in self.values)
        return Table(self.timestamp_us[rows], values, self.lines[rows], self.layout)


class Faults:
    """Collects what is wrong with a file, the first five of each kind with their places."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._texts: dict[str, list[str]] = {}
        self._counts: dict[str, int] = {}
        self.advice: list[str] = []  # shown after the faults

    def add(self, kind: str, text: str, line: int | None = None) -> None:
        """Note one fault, of a line or of the whole file."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        texts = self._texts.setdefault(kind, [])
        if len(texts) < N_SHOWN:
            place = "" if line is None else f"{line}:"
            texts.append(f"{self.path}:{place} {text}")

    def add_rows(self, kind: str, table: Table, rows: NDArray[np.intp]) -> None:
        """Note a fault at each of the given rows of a table."""
        if len(rows):
            self._counts[kind] = len(rows)
            shown = table.take(rows[:N_SHOWN])
            self._texts[kind] = [
                f"{self.path}:{line}: {kind} ({write_moment(moment, 's')})"
                for line, moment in zip(shown.lines, shown.timestamp_us, strict=True)
            ]

    def raise_if_any(self) -> None:
        """Raise a DataError that lists everything noted."""
        if not self._counts:
            return
        lines = []
        for kind, texts in self._texts.items():
            lines += texts
            n_more = self._counts[kind] - len(texts)
            if n_more:
                lines.append(f"... and {n_more} more: {kind}")
        total = sum(self._counts.values())
        head = f"{self.path} cannot be used: {total} fault{'s' if total > 1 else ''}."
        raise DataError("\n".join([head, *lines, *self.advice]))


def parses(text: str) -> bool:
    """Whether a text is a number, as every reader of CSV files would agree."""
    if "_" in text or not text.isascii():
        return False  # Python alone would take 1_0 for ten
    try:
        float(text)
    except ValueError:
        return False
    return True


def describe_zone(zone: str) -> str:
    """How times of a zone were read, in words; the zone as ``+0100``, empty for none."""
    if not zone:
        return "times without a zone, taken as UTC"
    return "times in UTC" if not zone.strip("+-0") else f"times at UTC{zone[:3]}:{zone[3:5]}"


def scale_epoch(numbers: Any) -> tuple[NDArray[np.int64], str]:
    """Epoch times as microseconds, their unit taken from their size, and the unit in words.

    Raises
    ------
    ValueError
        Some of them cannot be times in that unit.
    """
    plain: NDArray[Any] = np.asarray(numbers)
    sizes = np.abs(plain.astype(np.float64))
    size = float(np.median(sizes)) if len(plain) else 0.0
    limit, unit, factor = next((each for each in _EPOCH_UNITS if size < each[0]), _NANOSECONDS)
    if (sizes >= limit).any():
        worst = plain[np.argmax(sizes)]
        raise ValueError(f"{worst} cannot be a time in the unit of the others, or in any")
    scaled = plain * factor if factor else plain // 1000
    if scaled.dtype.kind == "f":
        scaled = np.rint(scaled)
    return scaled.astype(np.int64), f"times in {unit} since 1970"
