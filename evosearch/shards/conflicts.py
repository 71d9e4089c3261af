"""Genomes that were measured differently: what is remembered of them, and what is reported.

A merged file keeps one row per genome, so of those that had several values it remembers the
lowest and the highest, each with the first run in the alphabet that measured it. Lowest, highest
and first are the same in any order, whatever was merged before.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evosearch.shards.records import RUN_ID

# Relative difference beyond which two fitness values of one genome contradict each other.
TOLERANCE = 1e-9
# How many are remembered and listed, the first by id; of smaller differences as many again.
MAX_CONFLICTS = 1000
# After the name of a run that contradicts itself.
AGAIN = " again"

_ID = re.compile(r"[0-9a-f]{32}")

Conflicts = dict[str, dict[str, float]]
Extremes = tuple[tuple[float, str], tuple[float, str]]
# Genome id -> (lowest fitness, run) and (highest fitness, run).
Measured = dict[str, Extremes]


def parse_measured(value: Any) -> Measured:
    """What a merged file remembers, from the plain data in its metadata.

    Raises
    ------
    ValueError
        Saying what is wrong; a stranger may have written it.
    """
    if not isinstance(value, Mapping) or len(value) > 2 * MAX_CONFLICTS:
        raise ValueError(f"expected a table of at most {2 * MAX_CONFLICTS:,} genomes")
    found: Measured = {}
    for genome_id, pair in value.items():
        if not _ID.fullmatch(genome_id):
            raise ValueError("a genome's id has 32 hexadecimal digits")
        if not isinstance(pair, Sequence) or len(pair) != 2 or not all(map(_is_reading, pair)):
            raise ValueError(f"{genome_id}: expected two values, each with its run")
        (low, low_run), (high, high_run) = pair
        if low > high:
            raise ValueError(f"{genome_id}: the lowest value is above the highest")
        found[genome_id] = ((float(low), low_run), (float(high), high_run))
    return found


def plain_measured(measured: Measured) -> dict[str, Any]:
    """The same as plain data for metadata; `parse_measured` reads it."""
    return {genome_id: [list(low), list(high)] for genome_id, (low, high) in measured.items()}


def _is_reading(item: Any) -> bool:
    return (
        isinstance(item, Sequence)
        and not isinstance(item, str)
        and len(item) == 2
        and type(item[0]) in (int, float)
        and abs(item[0]) <= sys.float_info.max
        and isinstance(item[1], str)
        and bool(RUN_ID.fullmatch(item[1]))
    )


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
