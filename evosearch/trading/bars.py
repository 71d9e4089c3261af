"""A series of OHLCV bars: its hash, its facts, and a window of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.errors import OptionError
from evosearch.trading.series.gaps import describe_gaps
from evosearch.trading.window import format_instant, instant_to_us, note_missing, write_moment

COLUMNS = ("timestamp", "open", "high", "low", "close", "volume")


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
        365 for a market that is open at weekends, 252 otherwise; taken from the whole file.
    notes : tuple of str
        What was noticed while loading: gaps, epoch units, sorting.
    layout : str
        How the file was read, in words.
    n_file_bars : int
        Of the whole file.
    path : Path or None
        The file, for this process alone: it stands in no shard.
    is_sample : bool
        The file comes with the package.
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

    def __len__(self) -> int:
        return len(self.timestamp_us)

    def __getstate__(self) -> dict[str, Any]:
        # The path, and how a file was read, do not change what a problem that keeps bars measures.
        here = ("layout", "n_file_bars", "path", "is_sample")
        return {name: value for name, value in vars(self).items() if name not in here}

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
            "interval_s": float(np.median(np.diff(times))) / 1e6 if len(times) > 1 else None,
            "days_per_year": self.days_per_year,
            "layout": self.layout,
            "is_sample": self.is_sample,
            "notes": list(self.notes),
        }

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
        cut = slice(max(begin, end - (n_bars or end)), end)
        open_, high, low, close, volume = (np.ascontiguousarray(c[cut]) for c in self.columns)
        step_us = int(np.median(np.diff(times))) if len(times) > 1 else 0
        missing = note_missing(
            int(times[0]), int(times[-1]), step_us, self.days_per_year == 252, since, until
        )
        gaps = describe_gaps(times[cut], self.days_per_year)
        return replace(
            self, timestamp_us=times[cut], open=open_, high=high, low=low, close=close,
            volume=volume, notes=(*self.notes, *missing, *gaps),
        )  # fmt: skip

    def _explain_empty(self, since: str | None, until: str | None) -> str:
        asked = [f"from {since}"] * (since is not None) + [f"until {until}"] * (until is not None)
        first, last = (format_instant(int(self.timestamp_us[place])) for place in (0, -1))
        return (
            f"no bar of {self.source} lies in the window {' '.join(asked)}: its "
            f"{len(self):,} bars go from {first} to {last}. Choose a window within these dates."
        )
