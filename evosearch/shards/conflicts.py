"""Genomes that were measured differently: what is remembered of them, and what is reported.

A merged file keeps one row per genome, so of those that had several values it remembers the
lowest and the highest, each with the first run in the alphabet that measured it. Lowest, highest
and first are the same in any order, whatever was merged before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

# Relative difference beyond which two fitness values of one genome contradict each other.
TOLERANCE = 1e-9
# How many are remembered and listed, the first by id; of smaller differences as many again.
MAX_CONFLICTS = 1000
# After the name of a run that contradicts itself.
AGAIN = " again"

Conflicts = dict[str, dict[str, float]]
Extremes = tuple[tuple[float, str], tuple[float, str]]
# Genome id -> (lowest fitness, run) and (highest fitness, run).
Measured = dict[str, Extremes]


def read_measured(metadata: Mapping[str, Any]) -> Measured:
    """What a merged file remembers; nothing for a shard."""
    return {
        genome_id: ((low[0], low[1]), (high[0], high[1]))
        for genome_id, (low, high) in metadata.get("measured", {}).items()
    }


def add_measured(known: Measured, genome_id: str, low: tuple[float, str], high: Any = None) -> None:
    """Remember a value and the run that measured it, or two."""
    high = high or low
    if genome_id in known:
        old_low, old_high = known[genome_id]
        low = min(low, old_low)
        high = min(high, old_high, key=lambda item: (-item[0], item[1]))
    known[genome_id] = (low, high)


def join_measured(parts: Iterable[Measured]) -> Measured:
    """The union of several memories."""
    joined: Measured = {}
    for part in parts:
        for genome_id, (low, high) in part.items():
            add_measured(joined, genome_id, low, high)
    return joined


def is_conflict(low: Any, high: Any) -> Any:
    """Whether two values, or arrays of them, low <= high, differ by more than rounding."""
    larger = abs(low) * (abs(low) >= abs(high)) + abs(high) * (abs(low) < abs(high))
    return high - low > TOLERANCE * larger


def trim(measured: Measured) -> Measured:
    """At most so many conflicts, and so many smaller differences, by id; sorted."""
    kept: Measured = {}
    n_kept = {True: 0, False: 0}
    for genome_id in sorted(measured):
        (low, _), (high, _) = measured[genome_id]
        kind = bool(is_conflict(low, high))
        n_kept[kind] += 1
        if n_kept[kind] <= MAX_CONFLICTS:
            kept[genome_id] = measured[genome_id]
    return kept


def list_conflicts(measured: Measured) -> Conflicts:
    """Genome id to run id to fitness, for those that differ by more than rounding."""
    found: Conflicts = {}
    for genome_id, ((low, low_run), (high, high_run)) in sorted(measured.items()):
        if is_conflict(low, high):
            found[genome_id] = {low_run: low, high_run + AGAIN * (low_run == high_run): high}
    return found


def describe_conflicts(conflicts: Conflicts, n: int | None = None, limit: int = 5) -> str:
    """Conflicting genomes in words, with runs that disagree; n says how many there are."""
    n = max(n or 0, len(conflicts))
    lines = [
        f"{n:,} genome{'s' if n > 1 else ''} measured differently under "
        "one fingerprint: the objective is not deterministic, or a machine computes differently."
    ]
    for genome_id, values in list(conflicts.items())[:limit]:
        shown = ", ".join(f"{value!r} by {run_id}" for run_id, value in values.items())
        lines.append(f"  {genome_id}: {shown}")
    return "\n".join(lines)
