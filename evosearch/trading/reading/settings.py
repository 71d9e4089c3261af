"""How a file of prices is read: its layout, and what is done with rows that are not as usual."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any

from pydantic import ValidationError

from evosearch.trading.reading.layout import Layout
from evosearch.trading.window import parse_timeframe


@dataclass(frozen=True)
class Reading:
    """How a file is read; no part of a fingerprint, which knows the bars themselves.

    Attributes
    ----------
    layout : Layout
    unsorted : "refuse" or "sort"
        Sorting also keeps the last of bars that share a time.
    incomplete : "refuse" or "drop"
        Rows that lack one of the four prices.
    drop_last : bool
        Drop a last bar that is off the grid, unfinished or of the same day.
    lengths : "refuse" or "newest"
        Of two bar lengths in one file, use the newest stretch.
    timeframe : str or None
        Form longer bars by the UTC clock, such as ``1h``.
    days_per_year : int or None
        In place of the calendar that the bars show.
    """

    layout: Layout = field(default_factory=Layout)
    unsorted: str = "refuse"
    incomplete: str = "refuse"
    drop_last: bool = False
    lengths: str = "refuse"
    timeframe: str | None = None
    days_per_year: int | None = None

    def to_plain(self) -> dict[str, Any]:
        """What differs from the default, as tables, texts and numbers."""
        usual = Reading()
        plain: dict[str, Any] = {}
        for each in fields(self):
            value = getattr(self, each.name)
            if value != getattr(usual, each.name):
                plain[each.name] = value.to_plain() if isinstance(value, Layout) else value
        return plain

    @staticmethod
    def parse(plain: object) -> Reading | None:
        """The reverse of `to_plain`; None for what it never writes."""
        if not isinstance(plain, dict) or not plain.keys() <= _CHECKS.keys():
            return None
        if not all(_CHECKS[key](value) for key, value in plain.items()):
            return None
        values = dict(plain)
        if "layout" in values:
            try:
                values["layout"] = Layout.model_validate(values["layout"])
            except ValidationError:
                return None
        return Reading(**values)


def _is_timeframe(value: object) -> bool:
    try:
        return isinstance(value, str) and parse_timeframe(value) > 0
    except ValueError:
        return False


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "layout": lambda value: isinstance(value, dict),
    "unsorted": lambda value: value in ("refuse", "sort"),
    "incomplete": lambda value: value in ("refuse", "drop"),
    "drop_last": lambda value: isinstance(value, bool),
    "lengths": lambda value: value in ("refuse", "newest"),
    "timeframe": _is_timeframe,
    "days_per_year": lambda value: type(value) is int and 1 <= value <= 366,
}
