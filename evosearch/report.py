"""A merged ranking as plain summaries: leaderboard, contributions, one row in full.

Nothing here prints or colours. Numbers stay numbers; the command line decides how they look.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from evosearch.errors import EvosearchError, UsageError
from evosearch.shards.merge import MergeResult
from evosearch.shards.schema import PARAM, metric_names


def list_rows(result: MergeResult, n: int | None = None) -> list[dict[str, Any]]:
    """The best rows as plain values, ids as hexadecimal text, times as ISO text."""
    table = result.table if n is None else result.table.slice(0, n)
    rows: list[dict[str, Any]] = table.to_pylist()
    for row in rows:
        row["genome_id"] = row["genome_id"].hex()
        row["evaluated_at_utc"] = row["evaluated_at_utc"].isoformat()
    return rows


def count_ranked(result: MergeResult) -> dict[str, int]:
    """How many rows came in, are distinct, feasible, and not ok."""
    status = result.table.column("status").to_pylist()
    n_distinct = len(result.table)
    return {
        "rows_in": result.n_rows_in,
        "distinct": n_distinct,
        "duplicates": result.n_rows_in - n_distinct,
        "feasible": sum(result.table.column("feasible").to_pylist()),
        "not_ok": len(status) - status.count("ok"),
        "conflicts": len(result.conflicts),
        "skipped": len(result.skipped),
    }


def list_contributions(result: MergeResult) -> list[dict[str, Any]]:
    """What each run brought: rows, new ones, duplicates within and across runs, best, speed."""
    finders = result.table.column("found_by").to_pylist()
    fitness = result.table.column("fitness").to_pylist()
    feasible = result.table.column("feasible").to_pylist()
    found: dict[str, dict[str, Any]] = {
        run_id: {"distinct": 0, "only_here": 0, "best_rank": None, "best_fitness": None}
        for run_id in result.metadata["sources"]
    }
    for place, names in enumerate(finders):
        for name in names:
            entry = found.get(name)
            if entry is None:
                continue
            entry["distinct"] += 1
            entry["only_here"] += len(names) == 1
            if entry["best_rank"] is None and feasible[place]:
                entry["best_rank"], entry["best_fitness"] = place + 1, fitness[place]
    rows = []
    for run_id, run in result.metadata["sources"].items():
        entry = found[run_id]
        parts = run["parts"].values()
        n_rows = sum(part["n_rows"] for part in parts)
        elapsed_s = sum(part.get("elapsed_s", 0.0) for part in parts)
        rows.append(
            {
                "run_id": run_id,
                "profile": run.get("profile_name", ""),
                "host": run.get("machine", {}).get("host", ""),
                "seed": run.get("seed"),
                "rows": n_rows,
                "only_here": entry["only_here"],
                "shared": entry["distinct"] - entry["only_here"],
                "repeated": max(0, n_rows - entry["distinct"]),
                "best_rank": entry["best_rank"],
                "best_fitness": entry["best_fitness"],
                "evaluations_per_s": n_rows / elapsed_s if elapsed_s > 0 else None,
                "hours": elapsed_s / 3600,
            }
        )
    return sorted(rows, key=lambda row: row["run_id"])


def find_row(result: MergeResult, wanted: str) -> dict[str, Any]:
    """One row by rank or by the beginning of its genome id.

    Raises
    ------
    UsageError
        The text is neither, or several ids begin so.
    EvosearchError
        There is no such row.
    """
    n_rows = len(result.table)
    if wanted.isdigit() and len(wanted) < 10:
        rank = int(wanted)
        if not 1 <= rank <= n_rows:
            raise EvosearchError(f"No rank {rank}: the ranking has {n_rows:,} rows.")
        place = rank - 1
    else:
        prefix = wanted.lower()
        if not prefix or set(prefix) - set("0123456789abcdef"):
            raise UsageError(f"{wanted!r} is neither a rank nor the beginning of a genome id.")
        ids = [value.hex() for value in result.table.column("genome_id").to_pylist()]
        hits = [place for place, text in enumerate(ids) if text.startswith(prefix)]
        if not hits:
            raise EvosearchError(f"No genome id begins with {prefix}.")
        if len(hits) > 1:
            listed = ", ".join(ids[place][:12] for place in hits[:5])
            raise UsageError(f"{len(hits)} genome ids begin with {prefix}: {listed}.")
        place = hits[0]
    row = list_rows(_sliced(result, place))[0]
    return row


def split_row(
    row: Mapping[str, Any], names: Sequence[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The metrics and the genes of a row, by name."""
    params = {key.removeprefix(PARAM): v for key, v in row.items() if key.startswith(PARAM)}
    return {name: row[name] for name in names}, params


def names_of_metrics(result: MergeResult) -> list[str]:
    """The metric columns of a ranking."""
    return metric_names(result.table.schema)


def _sliced(result: MergeResult, place: int) -> MergeResult:
    return replace(result, table=result.table.slice(place, 1))
