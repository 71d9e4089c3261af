"""A series of OHLCV bars: its hash, its facts, and a window of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.errors import OptionError
from evosearch.trading.reading.tables import Finding
from evosearch.trading.series.calendar import EVERY_DAY, Calendar, describe_calendar, find_calendar
from evosearch.trading.series.gaps import Gaps, describe_gaps, find_gaps
from evosearch.trading.series.lengths import Length, find_length
from evosearch.trading.series.oddities import Series, find_oddities
from evosearch.trading.window import format_instant, instant_to_us, note_missing, write_moment

COLUMNS = ("timestamp", "open", "high", "low", "close", "volume")
# Fields that other processes get, and that are part of what a user's problem holds.
_KEPT = ("timestamp_us", *COLUMNS[1:], "source", "days_per_year", "notes")


@dataclass(frozen=True)
class Bars:
    """A series of bars, ascending in time.

    Attributes
    ----------
    timestamp_us : ndarray of int64, shape (n_bars,)
        Start of each bar, microseconds since 1970 UTC.
    open, high, low, close, volume : ndarray of float64, shape (n_bars,)
    source : str
        Where the bars came from, for people.
    days_per_year : int
        Days with bars a year, or bars a year where a bar is longer than a day. A window of less
        than four weeks has that of the whole file if it is a usual one.
    notes : tuple of str
        What was done while loading, and what is missing: sorting, gaps.
    layout : str
        How the file was read, in words.
    n_file_bars : int
        Of the whole file.
    path : Path or None
        The file, for this process alone: it stands in no shard.
    is_sample : bool
        The file comes with the package.
    zone : str
        Of the times in the file, in words.
    symbol : str
        The market, if the file names it.
    has_volume : bool
        False for a file without volume, which counts as 0.
    timeframe : str or None
        What the bars were formed to.
    findings : tuple of Finding
        What else was noticed: how the file was read, splits, prices that stand still.
    lines : sequence of int or None
        Where each bar stands in its file; None where bars were formed.
    given_per_year : int or None
        What a person said in place of the calendar that the bars show.
    """

    timestamp_us: NDArray[np.int64]
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.float64]
    source: str
    days_per_year: int
    notes: tuple[str, ...] = ()
    layout: str = ""
    n_file_bars: int = 0
    path: Path | None = None
    is_sample: bool = False
    zone: str = ""
    symbol: str = ""
    has_volume: bool = True
    timeframe: str | None = None
    findings: tuple[Finding, ...] = ()
    lines: Sequence[int] | NDArray[np.int64] | None = None
    given_per_year: int | None = None

    def __len__(self) -> int:
        return len(self.timestamp_us)

    def __getstate__(self) -> dict[str, Any]:
        # How a file was read does not change what a problem that keeps bars measures.
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name in _KEPT}

    @property
    def columns(self) -> tuple[NDArray[np.float64], ...]:
        """Open, high, low, close and volume."""
        return (self.open, self.high, self.low, self.close, self.volume)

    def compute_hash(self) -> str:
        """SHA-256 of the parsed columns: equal bars, equal hash, whatever file they came from."""
        digest = hashlib.sha256(self.timestamp_us.astype("<i8").tobytes())
        for column in self.columns:
            digest.update((column + 0.0).astype("<f8").tobytes())
        return digest.hexdigest()

    def summarise(self) -> dict[str, Any]:
        """The bars in a few plain facts, for people and for shards: no path."""
        times = self.timestamp_us
        first, last = (write_moment(t, "s").replace(" ", "T") + "Z" for t in times[[0, -1]])
        return {
            "source": self.source,
            "hash": self.compute_hash(),
            "n_bars": len(self),
            "n_file_bars": self.n_file_bars or None,
            "first_bar_utc": first,
            "last_bar_utc": last,
            "interval_s": self.length.us / 1e6 or None,
            "interval_share": round(self.length.share, 6),
            "days_per_year": self.days_per_year,
            "n_gaps": len(self.gaps.places),
            "n_missing": self.gaps.n_missing,
            "layout": self.layout,
            "zone": self.zone,
            "symbol": self.symbol,
            "has_volume": self.has_volume,
            "timeframe": self.timeframe,
            "is_sample": self.is_sample,
            "notes": [*self.notes, *(each.said for each in self.findings)],
        }

    @cached_property
    def length(self) -> Length:
        """How long a bar is."""
        return find_length(self.timestamp_us)

    @cached_property
    def gaps(self) -> Gaps:
        """Where bars are missing."""
        return find_gaps(self.timestamp_us, self.length)

    @property
    def series(self) -> Series:
        """As the functions of `series` take bars."""
        return Series(self.timestamp_us, self.columns, self.length, self.lines, self.has_volume)

    def choose(
        self, since: str | None = None, until: str | None = None, n_bars: int | None = None
    ) -> Bars:
        """The last `n_bars` bars of a window, with notes on what is missing in it.

        Parameters
        ----------
        since, until : str, optional
            As `settle_instant` writes them: included, and excluded.
        n_bars : int, optional
            All of them when None or when there are fewer.

        Raises
        ------
        OptionError
            There are none.
        """
        times = self.timestamp_us
        begin = 0 if since is None else int(np.searchsorted(times, instant_to_us(since)))
        end = len(self) if until is None else int(np.searchsorted(times, instant_to_us(until)))
        if begin >= end:
            raise OptionError([("since" if since else "until", self._explain_empty(since, until))])
        chosen = self._cut(max(begin, end - (n_bars or end)), end)
        calendar = find_calendar(chosen.timestamp_us, chosen.length)
        if not calendar.is_certain:
            # A count would differ with the ends of the file, though the bars are the same.
            whole = find_calendar(times, self.length)
            calendar = whole if whole.is_usual or whole.period != "day" else calendar
        return chosen._describe(self, calendar, (since, until))

    def _cut(self, begin: int, end: int) -> Bars:
        """A part; one that is small does not keep the rest in memory."""
        is_small = 2 * (end - begin) < len(self)

        def cut(values: NDArray[Any]) -> NDArray[Any]:
            part = values[begin:end]
            return part.copy() if is_small else np.ascontiguousarray(part)

        lines = self.lines
        if lines is not None:
            lines = cut(lines) if isinstance(lines, np.ndarray) else lines[begin:end]
        open_, high, low, close, volume = map(cut, self.columns)
        return replace(
            self, timestamp_us=cut(self.timestamp_us), open=open_, high=high, low=low, close=close,
            volume=volume, lines=lines,
        )  # fmt: skip

    def _describe(
        self, whole: Bars, calendar: Calendar, window: tuple[str | None, str | None]
    ) -> Bars:
        """With what is missing in the window, and what is odd in it."""
        given, times = self.given_per_year, whole.timestamp_us
        rests = calendar.period == "day" and calendar.per_year != EVERY_DAY
        missing = note_missing(int(times[0]), int(times[-1]), whole.length.us, rests, *window)
        gaps = describe_gaps(self.timestamp_us, self.gaps)
        said = describe_calendar(calendar, given)
        findings = [Finding("calendar", said)] if said else []
        if self.gaps.n_missing > len(self):
            text = f"more bars are missing ({self.gaps.n_missing:,}) than there are ({len(self):,})"
            findings.append(Finding("mostly_missing", text))
        described = replace(
            self,
            days_per_year=given or calendar.per_year,
            notes=(*self.notes, *missing, *gaps),
            findings=(*self.findings, *findings, *find_oddities(self.series)),
        )
        described.__dict__.update(length=self.length, gaps=self.gaps)  # need not be found again
        return described

    def _explain_empty(self, since: str | None, until: str | None) -> str:
        asked = [f"from {since}"] * (since is not None) + [f"until {until}"] * (until is not None)
        first, last = (format_instant(int(self.timestamp_us[place])) for place in (0, -1))
        return (
            f"no bar of {self.source} lies in the window {' '.join(asked)}: its "
            f"{len(self):,} bars go from {first} to {last}. Choose a window within these dates."
        )
