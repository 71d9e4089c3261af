"""The data of a run in words, from the summary in its shards.

A summary may come from a stranger. Every value is checked before it is shown. Missing or invalid
values are left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from evosearch.profiles.known_data import is_sample_data
from evosearch.texts import make_visible

__all__ = ["describe_bar_length", "describe_data", "is_sample_data", "name_data"]

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_MAX_SHOWN = 80
# The least and most days from one bar to the next; calendars make some differ.
_CALENDAR = (
    (1, 1, "daily"), (7, 7, "weekly"), (27.5, 31.5, "monthly"), (89, 93, "quarterly"),
    (360, 370, "yearly"),
)  # fmt: skip


def describe_data(summary: object) -> str:
    """The data of a run in one line; empty when there is nothing to say.

    Parameters
    ----------
    summary : mapping
        `Problem.data_summary`, as a shard of any evosearch holds it.

    Examples
    --------
    >>> describe_data({"source": "btc.csv", "hash": "9046b474" * 8, "interval_s": 300.0,
    ...     "n_bars": 30_000, "n_file_bars": 59_206, "n_holdout_bars": 9_000,
    ...     "first_bar_utc": "2025-10-10T10:50:00Z", "last_bar_utc": "2026-01-22T14:45:00Z"})
    'btc.csv (9046b474), 5-minute bars, 30,000 of 59,206, 2025-10-10 to 2026-01-22, 9,000 held out'
    """
    if not isinstance(summary, Mapping) or not summary:
        return ""
    n_bars = _count(summary.get("n_bars"))
    if n_bars is None:
        shown = [(key, _show(value)) for key, value in list(summary.items())[:8]]
        return _shorten(", ".join(f"{key} {text}" for key, text in shown if text is not None))
    pieces = [name_data(summary), describe_bar_length(summary.get("interval_s"))]
    n_all = _count(summary.get("n_file_bars"))
    if n_all is None or n_all < n_bars:
        pieces.append(f"{n_bars:,} of them")
    else:
        pieces.append(f"all {n_bars:,}" if n_all == n_bars else f"{n_bars:,} of {n_all:,}")
    dates = [_date(summary.get(key)) for key in ("first_bar_utc", "last_bar_utc")]
    pieces += [f"{dates[0]} to {dates[1]}"] if all(dates) else []
    n_held_out = _count(summary.get("n_holdout_bars"))
    pieces += [f"{n_held_out:,} held out"] if n_held_out is not None else []
    return ", ".join(pieces)


def name_data(summary: Mapping[str, Any]) -> str:
    """The file and the beginning of its bars' hash: ``btc.csv (9046b474)``."""
    source, digest = summary.get("source"), summary.get("hash")
    name = _shorten(source) if isinstance(source, str) and source else "a file without a name"
    if is_sample_data(summary):
        name = f"the bundled sample {name.rsplit('.', 1)[0]}"
    if isinstance(digest, str) and re.fullmatch(r"[0-9a-f]{64}", digest):
        name += f" ({digest[:8]})"
    return name


def describe_bar_length(interval_s: object) -> str:
    """The length of a bar in words: ``5-minute bars``, ``daily bars``."""
    if isinstance(interval_s, bool) or not isinstance(interval_s, (int, float)):
        return "bars"
    if not 0 < interval_s < 1e12:
        return "bars"
    for low, high, word in _CALENDAR:
        if low <= interval_s / _DAY <= high:
            return f"{word} bars"
    for unit_s, word in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute"), (1, "second")):
        if interval_s >= unit_s and interval_s % unit_s == 0:
            return f"{interval_s / unit_s:,.0f}-{word} bars"
    return f"bars of {interval_s:,.6g} s"


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


def _shorten(text: str) -> str:
    shown = make_visible(text)
    return shown if len(shown) <= _MAX_SHOWN else f"{shown[: _MAX_SHOWN - 3]}..."
