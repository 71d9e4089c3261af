"""Built-in problems in words, from plain data alone.

A shard names its problem and options; that is enough to describe a row without loading data or
running anyone's code. A user's own problem is never imported for a shard: it is described by its
parameters, and those of its metrics that are called as a built-in problem's are shown alike.
"""

from __future__ import annotations

import functools
import pkgutil
from collections.abc import Mapping
from typing import Any

from evosearch.errors import OptionError
from evosearch.problems.base import Problem
from evosearch.problems.evidence import SharpeEvidence
from evosearch.problems.loading import BUILT_IN
from evosearch.problems.metric import TWIN, Metric
from evosearch.statements import Statement


def find_built_in(name: str) -> type[Problem]:
    """The built-in problem of this name, or the base class of all."""
    found: type[Problem] = pkgutil.resolve_name(BUILT_IN[name]) if name in BUILT_IN else Problem
    return found


@functools.cache
def known_metrics() -> Mapping[str, Metric]:
    """The records of all built-in problems by name; those of the first where two share a name."""
    records = [record for name in BUILT_IN for record in find_built_in(name).metric_records]
    return {record.name: record for record in reversed(records)}


def find_metric(column: str) -> Metric:
    """The record of a column, which may be a metric's twin; a plain one when none is declared."""
    name = column.removesuffix(TWIN)
    return known_metrics().get(name) or Metric(name)


def list_leading(field: str) -> list[Metric]:
    """The metrics with a place ``in_line`` or ``in_table``, in that order."""
    leading = [metric for metric in known_metrics().values() if getattr(metric, field)]
    return sorted(leading, key=lambda metric: getattr(metric, field))


def list_summarised() -> frozenset[str]:
    """The metrics whose extremes shards keep."""
    return frozenset(metric.name for metric in known_metrics().values() if metric.is_summarised)


def find_evidence(problem: Mapping[str, Any]) -> SharpeEvidence | None:
    """The columns of a shard that are evidence: as its problem says, or as the shard states them.

    What files state of a built-in problem decides nothing: one that names other columns would
    change what the rows of all others mean.

    Parameters
    ----------
    problem : mapping
        The ``problem`` entry of a shard's metadata, checked; older ones state none.
    """
    stated = problem.get("evidence")
    if stated is None or problem["name"] in BUILT_IN:
        return find_built_in(problem["name"]).evidence
    known = {role: stated[role] for role in SharpeEvidence.__dataclass_fields__ if role in stated}
    return SharpeEvidence(**known)


def name_evidence(problem: Mapping[str, Any]) -> dict[str, str] | None:
    """The same as plain names by role, as metadata state them."""
    found = find_evidence(problem)
    return None if found is None else found.to_plain()


def is_wide(problem_name: str, space: Mapping[str, Any]) -> bool:
    """Whether a space is wide, from what a shard states; True for any problem of a user.

    Parameters
    ----------
    problem_name : str
    space : mapping
        One of the ``spaces`` of a shard's metadata.
    """
    try:
        return find_built_in(problem_name).is_wide_space(space)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return True  # another version wrote it


# What options and rows that another version wrote may raise.
_FOREIGN = (OptionError, ValueError, KeyError, TypeError, OverflowError)


def state_row(problem: Mapping[str, Any], params: Mapping[str, Any]) -> list[Statement]:
    """What one row of a shard does, as statements.

    Parameters
    ----------
    problem : mapping
        The ``problem`` entry of a shard's metadata.
    params : mapping
        Its genes by name.
    """
    data = problem.get("data")
    try:
        return find_built_in(problem["name"]).state_row(
            params, problem.get("options", {}), data if isinstance(data, Mapping) else {}
        )
    except _FOREIGN:
        # Its parameters still speak for themselves.
        return Problem.state_row(params, {}, {})


def list_doubts(problem: Mapping[str, Any], row: Mapping[str, Any]) -> list[Statement]:
    """What speaks against one row of a shard, by its metrics."""
    try:
        return find_built_in(problem["name"]).list_doubts(row)
    except _FOREIGN:
        return []
