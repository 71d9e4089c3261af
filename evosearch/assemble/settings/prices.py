"""Where bars that were measured on are on this machine.

Every file of prices that is loaded here is remembered by the hash of its bars, with the options
that it was read with, so that a run is continued from any folder. A shard only tells the hash:
what is opened are files that this machine has read before.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from evosearch.errors import DataError, EvosearchError, OptionError
from evosearch.problems.base import Problem
from evosearch.profiles import known_data
from evosearch.system.typed_paths import write_out
from evosearch.trading.bars import Bars
from evosearch.trading.loading.find import SAMPLE_FOLDER
from evosearch.trading.loading.load import load_bars
from evosearch.trading.options import READING
from evosearch.trading.problem import Trading
from evosearch.trading.reading.settings import Reading
from evosearch.trading.window import format_instant, us_to_instant

# Not how bars are read but how they are counted: a problem keeps its own.
OF_THE_PROBLEM = ("days_per_year",)
# How a file is read: that belongs to the file.
WAYS = tuple(key for key in READING if key not in OF_THE_PROBLEM)
# Earlier readings of a file that are compared with what it holds now.
_MAX_COMPARED = 8


def keep_calendar(problem: dict[str, Any], summary: object) -> None:
    """Let a run from before calendars were counted keep the days a year that it began with.

    Parameters
    ----------
    problem : dict
        Its options, changed in place.
    summary : mapping
        Its data, as it states them.
    """
    if problem.get("name") != "trading" or not isinstance(summary, Mapping):
        return
    stated = summary.get("days_per_year")
    if "interval_share" not in summary and type(stated) is int and stated in (252, 365):
        problem.setdefault("days_per_year", stated)


@dataclass(frozen=True)
class Place:
    """Where bars are on this machine.

    Attributes
    ----------
    state : str
        ``"here"``, ``"sample"`` (they come with evosearch), ``"changed"`` (the file holds other
        bars now), ``"gone"`` or ``"unknown"``.
    data : str
        The file, or ``sample:NAME``; empty for unknown.
    since, until : str or None
        The window that gives exactly these bars, also after the file has grown.
    reading : dict
        The options that the file is read with, as `Reading.to_plain` writes them.
    """

    state: str
    data: str = ""
    since: str | None = None
    until: str | None = None
    reading: dict[str, Any] = field(default_factory=dict)

    @property
    def options(self) -> dict[str, Any]:
        """Options of a problem that load these bars."""
        found = {"data": self.data, "since": self.since, "until": self.until}
        reading = {key: v for key, v in self.reading.items() if key not in OF_THE_PROBLEM}
        return {key: value for key, value in found.items() if value is not None} | reading

    @property
    def is_here(self) -> bool:
        """Whether the bars can be loaded."""
        return self.state in ("here", "sample")


def remember_bars(problem: Problem) -> tuple[str, ...]:
    """Note where this problem's bars were read; what a person must know of their file.

    Only the main process does so, after it has loaded them.
    """
    if not (isinstance(problem, Trading) and problem.reads_prices and problem.bars.path):
        return ()
    bars, path = problem.bars, Path(write_out(problem.bars.path))
    if problem.data_summary()["is_sample"]:
        return ()
    with contextlib.suppress(OSError):
        about = path.stat()
        seen = known_data.Sighting(
            bars.compute_hash(), str(path), about.st_size, about.st_mtime_ns,
            int(bars.timestamp_us[0]), int(bars.timestamp_us[-1]), len(bars), time.time_ns(),
            reading=problem.options.reading.to_plain(),
        )  # fmt: skip
        changed = _find_changed(seen)
        for each in changed:
            known_data.mark_changed(each)
        known_data.remember(seen)
        return (_describe_change(changed[0]),) if changed else ()
    return ()


def _find_changed(now: known_data.Sighting) -> list[known_data.Sighting]:
    """Earlier readings of the same file whose bars it no longer holds."""
    known = known_data.recall_path(now.path)[:_MAX_COMPARED]
    before = [each for each in known if not each.is_changed and each.digest != now.digest]
    # Read in another way, a file has other bars and is the same.
    span = (now.first_us, now.last_us, _key(now.reading))
    changed = [e for e in before if (e.first_us, e.last_us, _key(e.reading)) == span]
    others = [each for each in before if each not in changed]
    # An unchanged file was compared with these before.
    if others and (known[0].size, known[0].mtime_ns) != (now.size, now.mtime_ns):
        readings = {_key(each.reading): each.reading for each in others}
        loaded = {key: _load(now.path, reading) for key, reading in readings.items()}
        changed += [each for each in others if not _holds(loaded[_key(each.reading)], each)]
    return changed


def _key(reading: Mapping[str, Any]) -> str:
    """What decides which bars a file has."""
    aside = (*OF_THE_PROBLEM, "unsorted")  # bars that are known are sorted in any case
    kept = {key: value for key, value in reading.items() if key not in aside}
    return json.dumps(kept, sort_keys=True)


def _describe_change(before: known_data.Sighting) -> str:
    first, last = format_instant(before.first_us), format_instant(before.last_us)
    return (
        f"{Path(before.path).name} has changed since {format_instant(before.seen_ns // 1000)[:10]}:"
        f" its bars from {first} to {last} are others now, so runs on them cannot be continued or "
        "merged with runs from now on"
    )


def find_bars(summary: object) -> Place:
    """Where the bars of a summary are on this machine; a file that was written to is read again.

    Parameters
    ----------
    summary : mapping
        `Problem.data_summary`. A foreign one may say anything: only its hash and the name of a
        bundled sample are used.
    """
    if not isinstance(summary, Mapping):
        return Place("unknown")
    digest, source = summary.get("hash"), summary.get("source")
    best = Place("unknown")
    for seen in known_data.recall(digest):
        if Reading.parse(seen.reading) is None:
            continue
        if _is_untouched(seen) or _holds(_load(seen.path, seen.reading), seen):
            return Place("here", seen.path, *_window(seen), seen.reading)
        if not best.data:
            is_there = os.path.isfile(seen.path)  # noqa: PTH113
            best = Place("changed" if is_there else "gone", seen.path)
    if not best.data and isinstance(source, str) and isinstance(digest, str):
        return _find_sample(source, digest, summary)
    return best


def is_sample_file(source: object) -> bool:
    """Whether a file that comes with evosearch is called so."""
    return source in [item.name for item in SAMPLE_FOLDER.glob("*.parquet")]


def _find_sample(source: str, digest: str, summary: Mapping[str, Any]) -> Place:
    if not is_sample_file(source):
        return Place("unknown")
    name, n_bars = f"sample:{Path(source).stem}", summary.get("n_bars")
    timeframe = summary.get("timeframe")
    reading = {} if timeframe is None else {"timeframe": timeframe}
    bars = _load(name, reading)
    if bars is None or type(n_bars) is not int or n_bars < 1:
        return Place("unknown")
    since, until = summary.get("since"), summary.get("until")
    with contextlib.suppress(EvosearchError, ValueError, TypeError, OverflowError):
        if bars.choose(since, until, n_bars).compute_hash() == digest:
            return Place("sample", name, since, until, reading)
    return Place("unknown")


def _load(data: str, plain: Mapping[str, Any]) -> Bars | None:
    """All bars of a file, in order; None where they cannot be read."""
    reading = Reading.parse(dict(plain))
    if reading is not None:
        with contextlib.suppress(DataError, OptionError, OSError):
            return load_bars(data, (Path(),), replace(reading, unsorted="sort"))
    return None


def _is_untouched(seen: known_data.Sighting) -> bool:
    """Whether a file has the size and the time that it had when its bars were read."""
    with contextlib.suppress(OSError):
        about = Path(seen.path).stat()
        return (about.st_size, about.st_mtime_ns) == (seen.size, seen.mtime_ns)
    return False


def _holds(bars: Bars | None, seen: known_data.Sighting) -> bool:
    """Whether a file still has the bars that were seen in it; it may have others too."""
    if bars is None:
        return False
    try:
        return bars.choose(*_window(seen)).compute_hash() == seen.digest
    except (OptionError, ValueError):  # a registry may name instants that no calendar has
        return False


def _window(seen: known_data.Sighting) -> tuple[str, str]:
    """From the first bar until just after the last."""
    return us_to_instant(seen.first_us), us_to_instant(seen.last_us + 1)


def describe_place(place: Place) -> str:
    """Where bars are on this machine, in words."""
    data, gone = place.data, "not on this machine any more:"
    words = {
        "here": f"on this machine: {data}",
        "sample": "they come with evosearch",
        "changed": f"{gone} {Path(data).name} has changed since ({data})",
        "gone": f"{gone} {data} is gone",
    }
    return words.get(place.state, "not on this machine")
