"""The data of a run in words, from the summary in its shards.

A summary may come from a stranger. Every value is checked before it is shown. Missing or invalid
values are left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from evosearch.profiles.known_data import is_sample_data
from evosearch.report.sentences import say, show_value
from evosearch.texts import find_unit, make_visible, measure_bar_length

__all__ = [
    "describe_data",
    "is_sample_data",
    "list_data",
    "list_notes",
    "name_data",
    "read_facts",
]

_MAX_SHOWN, _MAX_LAYOUT = 80, 200
# Years of markets that are open every day, or on weekdays. All others are said.
_USUAL_YEARS = (365, 252)
# From this share on, the length of a bar is said without it.
_NEARLY_ALL = 0.995


def describe_data(summary: object, language: str = "en") -> str:
    """The data of a run in one line; empty when there is nothing to say.

    Parameters
    ----------
    summary : mapping
        `Problem.data_summary`, as a shard of any evosearch holds it.

    Examples
    --------
    >>> describe_data({"source": "btc.csv", "hash": "9046b474" * 8, "interval_s": 300.0,
    ...     "n_bars": 30_000, "n_file_bars": 30_000, "n_gaps": 2, "n_missing": 70,
    ...     "first_bar_utc": "2025-10-10T10:50:00Z", "last_bar_utc": "2026-01-22T14:45:00Z"})
    'btc.csv (9046b474), 5-minute bars, all 30,000, 2025-10-10 to 2026-01-22, 70 missing in 2 gaps'
    """
    if not isinstance(summary, Mapping) or not summary:
        return ""
    n_bars = _count(summary.get("n_bars"))
    if n_bars is None:
        shown = [(key, _show(value)) for key, value in list(summary.items())[:8]]
        return _shorten(", ".join(f"{key} {text}" for key, text in shown if text is not None))
    pieces = [
        name_data(summary, language),
        _describe_bars(summary, language),
        _describe_count(summary, n_bars, language),
    ]
    first, last = (_date(summary.get(key)) for key in ("first_bar_utc", "last_bar_utc"))
    if first and last:
        pieces.append(say("data.dates", language, first=first, last=last))
    n_held_out = _count(summary.get("n_holdout_bars"))
    if n_held_out is not None:
        pieces.append(say("data.held_out", language, n=n_held_out))
    n_gaps, n_missing = (_count(summary.get(key)) for key in ("n_gaps", "n_missing"))
    if n_gaps == 0:
        pieces.append(say("data.no_gaps", language))
    elif n_gaps is not None and n_missing is not None:
        pieces.append(say("data.gaps", language, n=n_missing, gaps=n_gaps))
    return ", ".join(pieces)


def list_data(summary: object, has_notes: bool = False, language: str = "en") -> list[str]:
    """The data of a run in at most three lines: the line of `describe_data`, then the rest.

    The second line says how the file was read. The third one says what is unusual: window,
    symbol, calendar, a file without volume. Lines with nothing to say are left out.

    Parameters
    ----------
    summary : mapping
        As `describe_data` takes it.
    has_notes : bool
        Its notes are shown below: what they say of the calendar is not said twice.
    language : str
    """
    line = describe_data(summary, language)
    if not line or not isinstance(summary, Mapping):
        return []
    is_said = has_notes and any(note.startswith("calendar: ") for note in list_notes(summary))
    more = (_describe_layout(summary, language), _list_unusual(summary, is_said, language))
    return [line, *filter(None, more)]


def list_notes(summary: object) -> list[str]:
    """What a summary notes about its data; anything but texts is left out."""
    notes = summary.get("notes") if isinstance(summary, Mapping) else None
    listed = notes if isinstance(notes, (list, tuple)) else []
    return [make_visible(note) for note in listed if isinstance(note, str)]


def name_data(summary: Mapping[str, Any], language: str = "en") -> str:
    """The file and the beginning of its bars' hash: ``btc.csv (9046b474)``."""
    source, digest = summary.get("source"), summary.get("hash")
    is_named = isinstance(source, str) and source
    name = _shorten(str(source)) if is_named else say("data.nameless", language)
    if is_sample_data(summary):
        name = say("data.sample", language, name=name.rsplit(".", 1)[0])
    if isinstance(digest, str) and re.fullmatch(r"[0-9a-f]{64}", digest):
        name += f" ({digest[:8]})"
    return name


def read_facts(summary: object) -> dict[str, Any]:
    """The facts of a summary that can be shown, each of its type; others are left out.

    Returns
    -------
    dict
        ``source``, ``symbol``, ``layout``, ``hash``: texts. ``first``, ``last``: dates.
        ``interval_s``: seconds. ``n_bars``, ``n_holdout_bars``, ``n_gaps``, ``n_missing``.

    Examples
    --------
    >>> read_facts({"n_bars": 30_000, "n_gaps": -1, "first_bar_utc": "2025-10-10T10:50:00Z"})
    {'n_bars': 30000, 'first': '2025-10-10'}
    """
    stated = summary if isinstance(summary, Mapping) else {}
    found: dict[str, Any] = {}
    for key in ("source", "symbol", "layout", "hash"):
        text = stated.get(key)
        if isinstance(text, str) and text:
            found[key] = _shorten(text, _MAX_LAYOUT)
    for key in ("n_bars", "n_holdout_bars", "n_gaps", "n_missing"):
        n = _count(stated.get(key))
        found |= {} if n is None else {key: n}
    for key in ("first", "last"):
        date = _date(stated.get(f"{key}_bar_utc"))
        found |= {} if date is None else {key: date}
    length = stated.get("interval_s")
    if isinstance(length, (int, float)) and not isinstance(length, bool) and 0 < length < 1e9:
        found["interval_s"] = length
    return found


def _describe_bars(summary: Mapping[str, Any], language: str) -> str:
    """The length of a bar, with the share of bars that have it where it is not nearly all."""
    (word, n), share = measure_bar_length(summary.get("interval_s")), summary.get("interval_share")
    if not word:
        return say("data.bars", language)
    shown = show_value(n, language)
    bars = say(f"data.bars_{word}", language, **{} if n is None else {"n": shown})
    if isinstance(share, float) and 0 < share < _NEARLY_ALL:
        return say("data.share", language, bars=bars, share=f"{100 * share:.0f}")
    return bars


def _describe_count(summary: Mapping[str, Any], n_bars: int, language: str) -> str:
    n_all = _count(summary.get("n_file_bars"))
    if n_all is None or n_all < n_bars:
        return say("data.some", language, n=n_bars)
    if n_all == n_bars:
        return say("data.all", language, n=n_bars)
    key = "data.part" if summary.get("until") else "data.newest"
    return say(key, language, n=n_bars, all=n_all)


def _describe_layout(summary: Mapping[str, Any], language: str) -> str:
    layout, zone = (summary.get(key) for key in ("layout", "zone"))
    if not isinstance(layout, str) or not layout:
        return ""
    shown = _shorten(layout, _MAX_LAYOUT)
    if isinstance(zone, str) and zone and zone not in layout:
        return say("data.layout_zone", language, layout=shown, zone=_shorten(zone))
    return say("data.layout", language, layout=shown)


def _list_unusual(summary: Mapping[str, Any], is_calendar_said: bool, language: str) -> str:
    found = []
    texts = {key: summary.get(key) for key in ("since", "until", "timeframe", "symbol")}
    shown = {key: _shorten(at) for key, at in texts.items() if isinstance(at, str) and at}
    window = {key: shown.pop(key) for key in ("since", "until") if key in shown}
    if window:
        found.append(say(f"data.{'_'.join(window)}", language, **window))
    found += [say(f"data.{key}", language, **{key: text}) for key, text in shown.items()]
    calendar = "" if is_calendar_said else _describe_calendar(summary, language)
    found += [calendar] if calendar else []
    if summary.get("has_volume") is False:
        found.append(say("data.no_volume", language))
    return "; ".join(found)


def _describe_calendar(summary: Mapping[str, Any], language: str) -> str:
    """What a year of these data has, unless it is one of the usual years."""
    year = summary.get("days_per_year")
    is_year = isinstance(year, (int, float)) and not isinstance(year, bool) and 1 <= year <= 366
    if not is_year or year is None:
        return ""
    unit = find_unit(summary)
    shown = show_value(year, language)
    if unit != "day":
        named = say(f"data.unit_{unit}", language)
        return say("data.returns", language, unit=named, year=shown)
    return "" if year in _USUAL_YEARS else say("data.year", language, year=shown)


def _show(value: object) -> str | None:
    """A number or a text of a problem's own summary."""
    if isinstance(value, int) and not -(10**15) < value < 10**15:
        return None
    return str(value) if isinstance(value, (str, int, float)) else None


def _count(value: object) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**15
    return value if is_count and isinstance(value, int) else None


def _date(value: object) -> str | None:
    is_date = isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d(?!\d)", value, re.ASCII)
    return value[:10] if is_date and isinstance(value, str) else None


def _shorten(text: str, most: int = _MAX_SHOWN) -> str:
    shown = make_visible(text)
    return shown if len(shown) <= most else f"{shown[: most - 3]}..."
