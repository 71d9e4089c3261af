"""What the data of a problem say without any search: buy and hold of both parts, and their days.

Writers may state them under ``problem.data``, where a problem of a user may state anything: what
is not as expected counts as not recorded, never as damage.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from evosearch.days import Days
from evosearch.shards.format.fields import Fields
from evosearch.shards.format.limits import MAX_NAME

# What a column can be evidence of.
ROLES = ("sharpe", "skew", "kurtosis", "n_days", "return_frac", "exposure")
# Keys under ``problem.data``, and the parts in each.
HOLD, DAYS = "hold", "days"
SEARCHED, UNSEEN = "in", "oos"
_MAX_DAYS = 10**7
_LARGEST = 1e12


class Figures(NamedTuple):
    """Daily returns of buy and hold over one part; None where a figure is not defined."""

    sharpe: float | None
    skew: float | None
    kurtosis: float | None
    n_days: int | None
    return_frac: float | None


class Hold(NamedTuple):
    """Buy and hold of what was searched, and of the hold-out; None without one."""

    searched: Figures
    unseen: Figures | None


class DaysOfParts(NamedTuple):
    """The days of what was searched, and of the hold-out; None without one."""

    searched: Days
    unseen: Days | None


def read_evidence(fields: Fields) -> dict[str, str] | None:
    """The ``evidence`` of a problem in metadata: names of columns by role; None if none is stated.

    Raises
    ------
    MetadataFault
    """
    if fields.lacks("evidence"):
        return None
    stated = fields.table("evidence")
    found = {role: stated.text(role, limit=MAX_NAME) for role in ROLES}
    found["behaviour"] = stated.text("behaviour", "", limit=MAX_NAME)
    stated.finish()
    return found


def parse_hold(data: Any, evidence: Mapping[str, str] | None) -> Hold | None:
    """Buy and hold as a problem's data state it; None if they do not.

    Parameters
    ----------
    data : object
        ``problem.data`` of metadata.
    evidence : mapping of str to str, or None
        ``problem.evidence``: by its names the figures are found.
    """
    parts = _take_parts(data, HOLD)
    if parts is None or evidence is None:
        return None
    searched, unseen = (_parse_figures(part, evidence) for part in parts)
    if searched is None or (unseen is None) != (parts[1] is None):
        return None
    return Hold(searched, unseen)


def parse_days(data: Any) -> DaysOfParts | None:
    """The days of both parts as a problem's data state them; None if they do not."""
    parts = _take_parts(data, DAYS)
    if parts is None:
        return None
    searched, unseen = (Days.parse(part) for part in parts)
    if searched is None or (unseen is None) != (parts[1] is None):
        return None
    return DaysOfParts(searched, unseen)


def _take_parts(data: Any, key: str) -> tuple[Any, Any] | None:
    value = data.get(key) if isinstance(data, Mapping) else None
    if not isinstance(value, Mapping) or {*value} != {SEARCHED, UNSEEN}:
        return None
    return value[SEARCHED], value[UNSEEN]


def _parse_figures(value: Any, evidence: Mapping[str, str]) -> Figures | None:
    if not isinstance(value, Mapping):
        return None
    names = [evidence.get(name, "") for name in ("sharpe", "skew", "kurtosis", "return_frac")]
    figures = [value.get(name) for name in names]
    n_days = value.get(evidence.get("n_days", ""))
    if any(each is not None and not _is_figure(each) for each in figures):
        return None
    if n_days is not None and not (type(n_days) is int and 0 <= n_days <= _MAX_DAYS):
        return None
    sharpe, skew, kurtosis, return_frac = (
        None if each is None else float(each) for each in figures
    )
    return Figures(sharpe, skew, kurtosis, n_days, return_frac)


def _is_figure(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= _LARGEST and math.isfinite(value)
