"""What each run and machine contributed to a ranking, and where they contradict each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evosearch.shards.format.conflicts import Conflict
    from evosearch.shards.format.metadata import ShardMetadata
    from evosearch.shards.format.records import Run
    from evosearch.shards.merging.look import Notes
    from evosearch.shards.viewing.contributions import Brought, Counts

# The shortest time that a clock measures. A shorter one would give an absurd rate.
_TICK_S = 1e-6


def list_runs(
    metadata: ShardMetadata, counts: Counts, is_complete: bool = True
) -> list[dict[str, Any]]:
    """What each run brought, by run id.

    Returns
    -------
    list of dict
        ``rows`` evaluated; ``new`` found by no other run; ``duplicates_inside`` found again on
        the same machine only; ``duplicates_across`` found by another machine too (the three add
        up to `rows`); best rank and fitness, evaluations per second, hours.
    """
    return [
        {"run_id": run_id, "profile": run.profile_name, "host": run.host, "seed": run.seed}
        | _facts([run], counts.runs[run_id], is_complete)
        for run_id, run in sorted(metadata.sources.items())
    ]


def list_machines(
    metadata: ShardMetadata, counts: Counts, is_complete: bool = True
) -> list[dict[str, Any]]:
    """What each machine brought, by host; ``new`` is what no other machine found."""
    runs_of: dict[str, list[Run]] = {}
    for run in metadata.sources.values():
        runs_of.setdefault(run.host, []).append(run)
    return [
        {
            "host": host,
            "profiles": sorted({run.profile_name for run in runs}),
            "runs": len(runs),
            **_facts(runs, counts.machines[host], is_complete),
        }
        for host, runs in sorted(runs_of.items())
    ]


def list_conflicts(metadata: ShardMetadata, conflicts: Sequence[Conflict]) -> list[dict[str, Any]]:
    """Genomes measured differently: both values with run, profile and machine.

    Returns
    -------
    list of dict
        By genome and column; ``measured`` has two entries, that of the better copy first.
    """
    found = []
    for conflict in conflicts:
        seen = []
        for value, run_id in conflict.readings:
            run = metadata.sources.get(run_id)
            about = {"profile": run.profile_name if run else "", "host": run.host if run else ""}
            shown = bool(value) if conflict.column == "feasible" else value
            seen.append({"run_id": run_id, **about, "value": shown})
        found.append({"genome_id": conflict.genome_id, "column": conflict.column, "measured": seen})
    return found


def list_differences(notes: Notes) -> dict[str, Any]:
    """What copies of one genome differ in without a conflict.

    Returns
    -------
    dict
        ``not_ok``: genomes that one run measured and another did not. ``blanks``: by column,
        ``genomes`` with a value in only one copy, and how many of these values are ``lost``
        because the kept copy has none.
    """
    return {
        "not_ok": notes.n_not_ok,
        "blanks": {
            name: {"genomes": n, "lost": notes.lost[name]}
            for name, n in sorted(notes.blanks.items())
        },
    }


def _facts(runs: list[Run], brought: Brought, is_complete: bool) -> dict[str, Any]:
    parts = [part for run in runs for part in run.parts.values()]
    n_rows = sum(part.n_rows for part in parts)
    elapsed_s = sum(part.elapsed_s for part in parts)
    inside = max(0, n_rows - brought.n_new - brought.n_across)
    return {
        "rows": n_rows,
        "new": brought.n_new,
        "duplicates_inside": inside if is_complete else None,
        "duplicates_across": brought.n_across,
        "best_rank": brought.best_rank,
        "best_fitness": brought.best_fitness,
        "evaluations_per_s": n_rows / elapsed_s if elapsed_s >= _TICK_S else None,
        "hours": elapsed_s / 3600,
    }
