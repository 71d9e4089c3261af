"""What stands above and below the table of a ranking, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from evosearch.report.data import is_sample_data
from evosearch.report.sentences import say
from evosearch.texts import make_visible

_MAX_NAME = 40


def describe_searched(summary: object, language: str) -> list[str]:
    """Which bars there are, and which of them were searched; empty where there are no bars.

    Where the hold-out begins follows from its number of bars, so it is not exact to the day.

    Parameters
    ----------
    summary : mapping
        `Problem.data_summary`, as a shard of any evosearch holds it: nothing in it is trusted.
    language : str
    """
    if not isinstance(summary, Mapping):
        return []
    first, last = (_read_time(summary.get(key)) for key in ("first_bar_utc", "last_bar_utc"))
    names = ("interval_s", "n_bars", "n_holdout_bars")
    length, n_bars, n_unseen = (_read_number(summary.get(name)) for name in names)
    if first is None or last is None or not length or not n_bars:
        return []
    days = {"first": f"{first:%Y-%m-%d}", "last": f"{last:%Y-%m-%d}"}
    key = "dates"
    if 0 < n_unseen < n_bars:
        key, split = "dates_holdout", first + (last - first) * ((n_bars - n_unseen) / n_bars)
        days["split"] = f"{split:%Y-%m-%d}"
    bars = say("board.bars", language, file=_name_file(summary), length=length)
    return [bars, say(f"board.{key}", language, **days)]


def _name_file(summary: Mapping[str, object]) -> str:
    source = summary.get("source")
    name = make_visible(source) if isinstance(source, str) and source else "-"
    name = name.rsplit(".", 1)[0] if is_sample_data(summary) else name
    return name if len(name) <= _MAX_NAME else f"{name[: _MAX_NAME - 3]}..."


def _read_number(value: object) -> float:
    """A number above 0; 0 for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0.0
    return float(value) if 0 < value < 1e12 else 0.0


def _read_time(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
