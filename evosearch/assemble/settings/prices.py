"""Whose prices a run is measured on, and where bars that were measured on are now.

    --data  >  the profile  >  EVOSEARCH_DATA  >  `evosearch data use FILE`  >  the bundled sample

Every file of prices that is loaded here is remembered by the hash of its bars, so that a run is
continued from any folder. A shard only tells the hash: what is opened are files that this machine
has read before.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evosearch.errors import DataError, EvosearchError, OptionError
from evosearch.problems.base import Problem
from evosearch.problems.loading import BUILT_IN, check_options, find_maker
from evosearch.profiles import known_data
from evosearch.profiles.files import Draft
from evosearch.profiles.loaded import LoadedProfile
from evosearch.system.typed_paths import write_out
from evosearch.trading.bars import Bars
from evosearch.trading.loading.find import SAMPLE_FOLDER, is_sample
from evosearch.trading.loading.load import load_bars
from evosearch.trading.problem import Trading
from evosearch.trading.reading.settings import Reading
from evosearch.trading.window import format_instant, us_to_instant

VARIABLE, SETTING = "EVOSEARCH_DATA", "evosearch data use"
_ADVICE = (
    f"`{SETTING}` has set this file for this machine. Set another:  {known_data.SET_COMMAND}   "
    f"or none:  {known_data.REMOVE_COMMAND}"
)
# Earlier readings of a file that are compared with what it holds now.
_MAX_COMPARED = 8


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
    """

    state: str
    data: str = ""
    since: str | None = None
    until: str | None = None

    @property
    def is_here(self) -> bool:
        """Whether the bars can be loaded."""
        return self.state in ("here", "sample")


def choose_data(draft: Draft) -> None:
    """Give a problem that reads prices what the environment or this machine says, if nothing does.

    Raises
    ------
    UsageError
        The machine's own setting cannot be read.
    """
    problem = draft.values.get("problem")
    if not isinstance(problem, dict) or "data" in problem:
        return
    default = find_default()
    if default is not None and reads_prices(problem.get("name"), draft.folders):
        draft.set("problem.data", *default)


def find_default() -> tuple[str, str] | None:
    """The prices of a profile that names none, and what says so."""
    named = os.environ.get(VARIABLE)
    if named:
        return (named if is_sample(named) else write_out(named)), VARIABLE
    found = known_data.read_setting()
    return None if found is None else (found, SETTING)


def use_data(file: str | None) -> tuple[str | None, dict[str, Any]]:
    """Set the file of prices of this machine, or look at what is set.

    Returns
    -------
    data : str or None
        What is set now.
    summary : dict
        What it holds.

    Raises
    ------
    DataError
        The file cannot be used.
    UsageError, EnvironmentFailed
        The setting cannot be read, or not be written.
    """
    data = known_data.read_setting() if file is None else file
    if data is None:
        return None, {}
    data = data if is_sample(data) else write_out(data)
    try:
        summary = load_bars(data, (Path(),)).summarise()
    except DataError as error:
        raise error if file is not None else DataError(f"{error}\n{_ADVICE}") from error
    if file is not None:
        known_data.write_setting(data)
    return data, summary


def reads_prices(name: object, folders: tuple[Path, ...]) -> bool:
    """Whether the problem of this name takes a file of prices as its option ``data``."""
    if not isinstance(name, str) or name in BUILT_IN:
        return name == "trading"  # without its code, which takes long to load
    try:
        maker = find_maker(name, folders)
    except EvosearchError:
        return False  # reported where the profile is checked
    if not (isinstance(maker, type) and issubclass(maker, Problem) and maker.reads_prices):
        return False
    return all(key != "data" for key, _ in check_options(maker, {"data": "sample:ibm-daily"}))


def explain_origin(profile: LoadedProfile) -> str:
    """What named the prices, if neither the profile nor the command did; else empty."""
    with contextlib.suppress(EvosearchError):
        data, origin = find_default() or ("", "")
        if origin and data == profile.problem.get("data"):
            return _ADVICE if origin == SETTING else f"The variable {VARIABLE} names it."
    return ""


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
    span = (now.first_us, now.last_us)
    changed = [each for each in before if (each.first_us, each.last_us) == span]
    others = [each for each in before if each not in changed]
    # An unchanged file was compared with these before.
    if others and (known[0].size, known[0].mtime_ns) != (now.size, now.mtime_ns):
        everything = _load(now.path)
        changed += [each for each in others if not _holds(everything, each)]
    return changed


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
        if _is_untouched(seen) or _holds(_load(seen.path), seen):
            return Place("here", seen.path, *_window(seen))
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
    name = f"sample:{Path(source).stem}"
    bars, n_bars = _load(name), summary.get("n_bars")
    if bars is None or type(n_bars) is not int or n_bars < 1:
        return Place("unknown")
    since, until = summary.get("since"), summary.get("until")
    with contextlib.suppress(EvosearchError, ValueError, TypeError, OverflowError):
        if bars.choose(since, until, n_bars).compute_hash() == digest:
            return Place("sample", name, since, until)
    return Place("unknown")


def _load(data: str) -> Bars | None:
    """All bars of a file, in order; None where they cannot be read."""
    with contextlib.suppress(DataError, OSError):
        return load_bars(data, (Path(),), Reading(unsorted="sort"))
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
