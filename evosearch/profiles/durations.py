"""How long something lasts, as a person writes it."""

from __future__ import annotations

import re

_UNITS_S = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(d|h|min|m|s)\s*")


def parse_duration(text: str | float) -> float:
    """Seconds from ``90``, ``"90s"``, ``"45m"``, ``"2h"``, ``"1h30m"`` or ``"2d"``.

    Raises
    ------
    ValueError
        It is none of these, or not positive.

    Examples
    --------
    >>> parse_duration("1h30m"), parse_duration(90)
    (5400.0, 90.0)
    """
    stripped = str(text).strip().lower()
    parts = _PART.findall(stripped)
    if parts and not _PART.sub("", stripped):
        seconds = sum(float(number) * _UNITS_S[unit[0]] for number, unit in parts)
    else:
        seconds = float(stripped)
    if not 0 < seconds < 1e10:
        raise ValueError("a duration is more than nothing")
    return seconds
