"""What the data of a problem say without any search: buy and hold of both parts, and their days.

Writers may state them under ``problem.data``, where a problem of a user may state anything: what
is not as expected counts as not recorded, never as damage.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from evosearch.days import Days, join_days
from evosearch.shards.format.fields import Fields, fault
from evosearch.shards.format.limits import MAX_NAME
from evosearch.shards.format.schema import is_metric

# What a column can be evidence of.
ROLES = ("sharpe", "skew", "kurtosis", "n_days", "return_frac", "exposure")
BEHAVIOUR = "behaviour"
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
    found[BEHAVIOUR] = stated.text(BEHAVIOUR, "", limit=MAX_NAME)
    stated.finish()
    for role, name in found.items():
        if not is_metric(name):  # others hold no numbers
            raise fault(stated.name(role), "the name of a metric", name)
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


def part_stated(problem: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A problem without what only newer versions state of it, and that: ``evidence`` and data."""
    plain, stated = dict(problem), {}
    if "evidence" in plain:
        stated["evidence"] = plain.pop("evidence")
    if isinstance(data := problem.get("data"), Mapping):
        plain["data"] = {key: value for key, value in data.items() if key not in (HOLD, DAYS)}
        stated |= {key: data[key] for key in (HOLD, DAYS) if key in data}
    return plain, stated


def join_stated(stated: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """For each key the first value in the order of their texts, of those that can be read.

    One that has a hold-out comes before one without, and of days all are kept: a file that states
    others of the same bars hides neither looks nor trials. The order and grouping of files do not
    matter. It does not look at the names of evidence: what one file has no names for, another may
    have.
    """
    found = {}
    for key in ("evidence", HOLD, DAYS):
        values = [each[key] for each in stated if key in each]
        if values:
            found[key] = min(values, key=lambda value: _by_strictness(key, value))
            known = [each for value in values if (each := parse_days({DAYS: value}))]
            if key == DAYS and known:
                found[key] = _join_days(known)
    return found


def _by_strictness(key: str, value: Any) -> tuple[bool, bool, str]:
    is_readable = _is_readable(key, value)
    return not is_readable, is_readable and key == HOLD and value[UNSEEN] is None, _text(value)


def _join_days(known: Sequence[DaysOfParts]) -> dict[str, Any]:
    unseen = [each.unseen for each in known if each.unseen is not None]
    return {
        SEARCHED: join_days([each.searched for each in known]).to_plain(),
        UNSEEN: join_days(unseen).to_plain() if unseen else None,
    }


def add_stated(problem: Mapping[str, Any], stated: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse of `part_stated`."""
    found = dict(problem)
    if "evidence" in stated:
        found["evidence"] = stated["evidence"]
    data = {key: stated[key] for key in (HOLD, DAYS) if key in stated}
    if data:
        found["data"] = {**found["data"], **data}
    return found


def _is_readable(key: str, value: Any) -> bool:
    if key == DAYS:
        return parse_days({DAYS: value}) is not None
    if key != HOLD:
        return True  # a file whose evidence cannot be read is damaged
    parts = _take_parts({HOLD: value}, HOLD)
    return parts is not None and all(
        isinstance(part, Mapping)
        and all(each is None or _is_figure(each) for each in part.values())
        for part in parts
        if part is not None
    )


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


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
