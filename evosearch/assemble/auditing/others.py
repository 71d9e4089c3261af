"""Audits of problems without evidence: their leaders are measured again, and that is all.

A problem of evosearch is made from what the shards state, checked anew. A person's own problem
comes from a profile of this machine that is called as the run's was, never from a shard.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.assemble.audit_records import Check, Fact
from evosearch.assemble.auditing.rows import find_difference, find_tolerance, split
from evosearch.assemble.measure import measure
from evosearch.assemble.searching.recorded import parse_recorded
from evosearch.assemble.settings.loading import check_draft, load_profile
from evosearch.errors import UsageError
from evosearch.problems.loading import BUILT_IN, plain_name
from evosearch.profiles.files import Draft, list_profiles
from evosearch.profiles.loaded import LoadedProfile
from evosearch.texts import make_visible

if TYPE_CHECKING:
    from evosearch.shards.format.metadata import ShardMetadata
    from evosearch.shards.reading.ranked import Ranked

NAME = "same_numbers"


def measure_again(ranked: Ranked, rows: Sequence[Mapping[str, Any]]) -> list[Check]:
    """Whether each row is what its genome measures here.

    Raises
    ------
    UsageError
        The problem cannot be made here.
    """
    profile = find_profile(ranked.metadata)
    pairs = [split(ranked, row) for row in rows]
    measured = measure(profile, [params for _, params in pairs]).rows
    return [
        _compare(metrics, again, find_tolerance(ranked.metadata, row))
        for row, (metrics, _), again in zip(rows, pairs, measured, strict=True)
    ]


def find_profile(metadata: ShardMetadata) -> LoadedProfile:
    """A profile of this machine that makes the problem of a ranking.

    Raises
    ------
    UsageError
    """
    facts = metadata.problem
    if facts.name in BUILT_IN:
        options = facts.plain.get("options")
        problem = {"name": facts.name, **(options if isinstance(options, Mapping) else {})}
        return check_draft(Draft("audit", {"name": "audit", "problem": problem}, {}, (Path(),)))
    known = list_profiles()
    runs = {run.profile_name: run for _, run in sorted(metadata.sources.items())}
    for name in sorted(runs.keys() & known.keys()):
        recorded = parse_recorded(metadata.profiles.get(runs[name].profile))
        found = load_profile(str(known[name]))
        named = None if recorded is None else plain_name(recorded.problem["name"])
        if named == plain_name(found.problem["name"]):
            return found
    raise UsageError(
        f"This ranking is of a problem that is not part of evosearch "
        f"({make_visible(facts.name[:80])}). What comes from elsewhere may not say what is loaded "
        "here: a profile of this machine with that problem must be called "
        f"{make_visible(min(runs)[:64])!r}. See: evosearch profiles list"
    )


def _compare(metrics: Mapping[str, Any], again: Mapping[str, Any], tolerance: float) -> Check:
    if again["status"] != "ok":
        return Check(NAME, False, None, {"first": "status", "measured": str(again["status"])})
    differences = {
        name: find_difference(value, again["metrics"].get(name)) for name, value in metrics.items()
    }
    worst = max(differences.values(), default=0.0)
    first = next((name for name, found in differences.items() if found > tolerance), None)
    facts: dict[str, Fact] = {"limit": tolerance, "first": first}
    value = worst if math.isfinite(worst) else None
    return Check(NAME, worst <= tolerance, value, facts)
