"""The strategies that an audit looks at: the best ones, no two of which do the same."""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evosearch.assemble.audit_records import AuditedRow, Check
from evosearch.report.rows import list_params, split_row
from evosearch.shards.format.schema import metric_names
from evosearch.shards.viewing.exports import plain_rows

if TYPE_CHECKING:
    from evosearch.shards.format.metadata import ShardMetadata
    from evosearch.shards.reading.ranked import Ranked

# Rows that are looked through for strategies that differ in what they do.
_MAX_ROWS = 100_000
_BLOCK_ROWS = 1_000
TOLERANCE = 1e-9


def choose_rows(ranked: Ranked, n: int, behaviour: str = "") -> list[dict[str, Any]]:
    """The best measured rows, one for each behaviour.

    Parameters
    ----------
    ranked : Ranked
    n : int
        How many.
    behaviour : str
        The column that tells which rows do the same; without it each row counts.

    Returns
    -------
    list of dict
        Plain values, best first.
    """
    found: list[dict[str, Any]] = []
    seen = set()
    for start in range(0, min(ranked.n_rows, _MAX_ROWS), _BLOCK_ROWS):
        for row in plain_rows(ranked.rows(start, _BLOCK_ROWS)):
            # A shard of an older version does not tell: then equal genes are equal behaviour.
            known = row.get(behaviour)
            key = row["genome_id"] if known is None else known
            if row["status"] == "ok" and key not in seen:
                seen.add(key)
                found.append(row)
            if len(found) == n:
                return found
    return found


def split(ranked: Ranked, row: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The metrics and the active genes of a row, by name."""
    metrics, _ = split_row(row, metric_names(ranked.schema))
    return metrics, list_params(row)


def find_tolerance(metadata: ShardMetadata, row: Mapping[str, Any]) -> float:
    """How far a row may differ when it is measured here: not at all on the same platform."""
    here = platform.system(), platform.machine()
    run = metadata.sources.get(row["run_id"])  # others may have found it elsewhere
    machine = run.plain.get("machine", {}) if run else {}
    there = str(machine.get("system", "")).partition(" ")[0], machine.get("architecture")
    return 0.0 if there == here else TOLERANCE


def find_difference(recorded: object, measured: object) -> float:
    """The relative difference of two values; 0 if equal, infinite if only one is defined."""
    if recorded == measured or (_is_undefined(recorded) and _is_undefined(measured)):
        return 0.0
    if not isinstance(recorded, (int, float)) or not isinstance(measured, (int, float)):
        return math.inf
    size = max(abs(recorded), abs(measured))
    difference = abs(recorded - measured) / size if size else 0.0
    return difference if math.isfinite(difference) else math.inf


def _is_undefined(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def join_rows(
    rows: Sequence[Mapping[str, Any]], checks: Sequence[list[Check]]
) -> tuple[AuditedRow, ...]:
    """Rows with what was found of each."""
    return tuple(
        AuditedRow(row["rank"], row["genome_id"], tuple(found))
        for row, found in zip(rows, checks, strict=True)
    )
