"""Load OHLCV bars and refuse those that cannot be trusted.

Every fault in a file is named with its place; nothing is repaired or filled in silently. Times
become microseconds since 1970 UTC; a time without a zone is taken as UTC.
"""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.errors import DataError, OptionError, did_you_mean
from evosearch.profiles.toml_source import show_escapes
from evosearch.system.typed_paths import expand_path
from evosearch.trading.reading.parsing import read_table
from evosearch.trading.reading.tables import Faults, Table
from evosearch.trading.window import format_instant, instant_to_us, note_missing, write_moment

COLUMNS = ("timestamp", "open", "high", "low", "close", "volume")
SAMPLE_FOLDER = Path(__file__).parent / "samples"
# Samples that are gone, and why: a profile, a run or a shard may still name one.
_FORMER = {
    "synthetic-5min": "It was withdrawn: its stops were filled better than a real path allows. "
    "Use sample:fair-5min."
}
DAY_US = 86_400_000_000
_SUFFIXES = (".csv", ".parquet")
_MONDAY_US = 4 * DAY_US  # 1970-01-05 was the first Monday


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

    def __len__(self) -> int:
        return len(self.timestamp_us)

    def __getstate__(self) -> dict[str, Any]:
        # The path, and how a file was read, do not change what a problem that keeps bars measures.
        here = ("layout", "n_file_bars", "path")
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
            "is_sample": self.path is not None and self.path.parent == SAMPLE_FOLDER,
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
        gaps = _describe_gaps(times[cut], self.days_per_year)
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


def load_bars(reference: str, folders: tuple[Path, ...], unsorted: str = "refuse") -> Bars:
    """Load bars from a CSV or Parquet file, or a sample that comes with the package.

    Parameters
    ----------
    reference : str
        A path, or ``sample:<name>``.
    folders : tuple of Path
        Where a relative path is looked for, first match wins.
    unsorted : "refuse" or "sort"
        Sorting also keeps the last of bars that share a timestamp.

    Returns
    -------
    Bars

    Raises
    ------
    DataError
        With every fault found and its place; the first five of a kind, and how many more.
    """
    path = _find(reference, folders)
    faults = Faults(path)
    table = read_table(path, COLUMNS, faults)
    notes: list[str] = []
    if unsorted == "sort":
        table = _sort(table, notes)
    _check(table, faults)
    faults.raise_if_any()
    weekday = (table.timestamp_us - _MONDAY_US) // DAY_US % 7
    days_per_year = 365 if (weekday >= 5).any() else 252
    open_, high, low, close, volume = table.values
    return Bars(
        table.timestamp_us, open_, high, low, close, volume, path.name, days_per_year, tuple(notes),
        table.layout, len(table.timestamp_us), path,
    )  # fmt: skip


def is_sample(reference: object) -> bool:
    """Whether these are prices that come with the package, for a try-out."""
    return isinstance(reference, str) and reference.startswith("sample:")


def _find(reference: str, folders: tuple[Path, ...]) -> Path:
    if is_sample(reference):
        name = reference.removeprefix("sample:")
        samples = {item.stem: item for item in sorted(SAMPLE_FOLDER.glob("*.parquet"))}
        if name in samples:  # never joined to a path: a shard may name a sample, too
            return samples[name]
        advice = _FORMER.get(name) or did_you_mean(name[:80], samples)
        raise DataError(f"No sample named {name[:80]!r}. {advice}")
    # A text that no system takes for a name (too long, NUL bytes, an unknown home) is no file;
    # pathlib raises for some of them.
    tried = [folder / expand_path(reference) for folder in folders]
    for path in tried:
        if os.path.isfile(path):  # noqa: PTH113
            return path
        if os.path.isdir(path):  # noqa: PTH112
            raise DataError(f"{path} is a folder; name a CSV or Parquet file in it.")
        if os.path.exists(path):  # noqa: PTH110
            raise DataError(f"{path} is not a regular file.")
    looked = list(dict.fromkeys(str(path.absolute()) for path in tried))
    where = f" Looked for {show_escapes(', '.join(looked))}." if looked != [reference] else ""
    raise DataError(
        f"No data file {show_escapes(reference)}.{where}{_suggest(tried[:1])} Give one with "
        "--data FILE, or use --data sample:ibm-daily."
    )


def _suggest(tried: list[Path]) -> str:
    """A file of prices beside the first place that was tried, when its name is nearly the same."""
    for path in tried:
        with contextlib.suppress(OSError, ValueError):
            files = [each for each in path.parent.iterdir() if each.suffix.lower() in _SUFFIXES]
            stems = {each.stem.lower(): each.name for each in files}
            near = difflib.get_close_matches(path.stem.lower(), stems, n=1)
            return f" Did you mean {show_escapes(stems[near[0]])}?" if near else ""
    return ""


def _sort(table: Table, notes: list[str]) -> Table:
    """Sort by time and keep the last of equal timestamps, saying how many of each."""
    order = np.argsort(table.timestamp_us, kind="stable")
    n_moved = int(np.count_nonzero(order != np.arange(len(order))))
    times = table.timestamp_us[order]
    is_last = np.append(times[1:] != times[:-1], True)[: len(times)]
    order = order[is_last]
    n_dropped = len(times) - len(order)
    if n_moved or n_dropped:
        notes.append(f"{n_moved} bars were out of order and {n_dropped} duplicates were dropped")
    return table.take(order)


def _check(table: Table, faults: Faults) -> None:
    times = table.timestamp_us
    prices = dict(zip(COLUMNS[1:], table.values, strict=True))
    if not len(times):
        faults.add("too short", "no bars, only column names")
    step = np.diff(times)
    faults.add_rows("duplicate timestamp", table, np.flatnonzero(step == 0) + 1)
    faults.add_rows("timestamp before the one above it", table, np.flatnonzero(step < 0) + 1)
    if (step <= 0).any():
        faults.advice.append(
            'With unsorted = "sort" in [problem], or --set problem.unsorted=sort, bars are '
            "sorted and the last of equal times is kept."
        )
    for name, column in prices.items():
        is_finite = np.isfinite(column)
        faults.add_rows(f"{name} is not a finite number", table, np.flatnonzero(~is_finite))
        if name == "volume":
            faults.add_rows("negative volume", table, np.flatnonzero(column < 0))
        else:
            faults.add_rows(f"{name} is not above 0", table, np.flatnonzero(column <= 0))
    top = np.maximum(prices["open"], prices["close"])
    bottom = np.minimum(prices["open"], prices["close"])
    faults.add_rows("high below open or close", table, np.flatnonzero(prices["high"] < top))
    faults.add_rows("low above open or close", table, np.flatnonzero(prices["low"] > bottom))


def _describe_gaps(times: NDArray[np.int64], days_per_year: int) -> list[str]:
    """Missing bars in words: counted and reported, never filled."""
    step = np.diff(times)
    if not len(step):
        return []
    steps, counts = np.unique(step, return_counts=True)
    interval = int(steps[np.argmax(counts)])
    day, is_weekly = times // DAY_US, days_per_year == 252
    expected = np.rint(step / interval).astype(np.int64)
    if is_weekly and interval == DAY_US:
        dates = day.astype("datetime64[D]")
        expected = np.busday_count(dates[:-1], dates[1:])
    missing = np.maximum(expected - 1, 0)
    if is_weekly and interval < DAY_US:  # nights and weekends are no gaps
        missing = np.where(day[1:] == day[:-1], missing, 0)
    gaps = np.flatnonzero(missing)
    if not len(gaps):
        return []
    largest = gaps[np.argmax(missing[gaps])]
    return [
        f"{int(missing.sum())} bars are missing in {len(gaps)} gaps, the largest "
        f"({int(missing[largest])} bars) after {write_moment(times[largest], 'm')} UTC"
    ]
