"""The summary of a merge, as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evosearch.report.machines import list_conflicts, list_differences, list_machines, list_runs
from evosearch.report.overlap import compare_spaces

if TYPE_CHECKING:
    from evosearch.shards.merging.merge import MergeResult
    from evosearch.shards.reading.checked import Checked
    from evosearch.shards.reading.ranked import Ranked

# So many keys of a newer evosearch are listed.
_MAX_UNKNOWN = 100


def summarise_merge(result: MergeResult, ranked: Ranked, is_cut: bool = False) -> dict[str, Any]:
    """What a person wants to know of a merge, in the order they ask.

    Parameters
    ----------
    result : MergeResult
    ranked : Ranked
        Its rows.
    is_cut : bool
        Only the best rows were written.

    Returns
    -------
    dict
        Plain data: ``path``, ``is_unchanged`` (it was there already), ``fingerprint``,
        ``objective``, ``counts``, ``runs``, ``machines``, ``searches``, ``conflicts``,
        ``differences``, ``skipped``, ``notes``,
        ``not_carried`` (what a newer evosearch states and this one's file does not; empty if none).
    """
    from evosearch.shards.viewing.contributions import count_contributions

    metadata = result.metadata
    counts = count_contributions(ranked)
    # A top among the inputs hides duplicates even if another input holds the whole.
    is_complete = not is_cut and all(
        item.metadata is None or item.metadata.complete for item in result.used
    )
    return {
        "path": None if result.path is None else str(result.path),
        "is_unchanged": result.is_unchanged,
        "rows_sha256": result.rows_sha256,
        "fingerprint": metadata.problem.fingerprint,
        "objective": metadata.problem.objective,
        "direction": metadata.problem.direction,
        "is_complete": is_complete,
        "counts": {
            "rows_in": result.n_rows_in,
            "distinct": result.n_rows,
            "duplicates": result.n_rows_in - result.n_rows if is_complete else None,
            "feasible": result.n_feasible,
            "not_ok": result.n_not_ok,
            "conflicts": result.n_conflicts,
            "skipped": len(result.skipped),
        },
        "runs": list_runs(metadata, counts, is_complete),
        "machines": list_machines(metadata, counts, is_complete),
        "searches": compare_spaces(metadata),
        "conflicts": list_conflicts(metadata, result.conflicts),
        "differences": list_differences(result.notes),
        "skipped": [describe_file(item) for item in result.skipped],
        "notes": [describe_file(item) for item in result.used if item.reason],
        "not_carried": _explain_lost(result),
    }


def _explain_lost(result: MergeResult) -> str:
    from evosearch.shards.format.envelope import name_writers
    from evosearch.shards.format.metadata import count_keys
    from evosearch.shards.reading.union import list_lost

    stated = [item.metadata for item in result.used if item.metadata is not None]
    lost = list_lost(stated, result.metadata)
    if not lost:
        return ""
    runs = [run for item in stated if {*item.unknown} & {*lost} for run in item.sources.values()]
    writers = name_writers((run.version, run.host) for run in runs)
    return f"{count_keys(lost)}, not carried over into the merged file: {writers}"


def describe_file(checked: Checked) -> dict[str, Any]:
    """A file with its verdict, as plain data."""
    metadata = checked.metadata
    return {
        "path": str(checked.path),
        "verdict": checked.verdict.value,
        "is_usable": checked.is_usable,
        "reason": checked.reason,
        "kind": None if metadata is None else metadata.kind,
        "rows": checked.n_rows,
        "bytes": checked.identity[2] if checked.identity else None,
        "runs": [] if metadata is None else sorted(metadata.sources),
        "fingerprint": None if metadata is None else metadata.problem.fingerprint,
        "sha256": checked.sha256 or None,
        "unknown": [] if metadata is None else list(metadata.unknown[:_MAX_UNKNOWN]),
    }
