"""Merge any mixture of shards and merged files into one ranking, and say what happened.

Inputs are never changed. What cannot be used is named with the reason and left out; what cannot
be compared is refused. One input set gives one result, in any order, once or twice.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import parquet

from evosearch.errors import IncomparableShards, PartialResult, ShardConflict
from evosearch.shards.algebra import Conflicts, merge_tables
from evosearch.shards.metadata import count_rows, merge_metadata
from evosearch.shards.schema import MERGED_FIELDS, MERGED_NAMES, unify_schemas
from evosearch.shards.store import write_table
from evosearch.shards.validate import Checked, Verdict, check_shard, identify

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class MergeResult:
    """One ranking.

    Attributes
    ----------
    table : pyarrow.Table
        Ranked rows.
    metadata : dict
        As written into the merged file.
    skipped : tuple of Checked
        Inputs that could not be used.
    used : tuple of Checked
    n_rows_in : int
        Rows of all distinct shards behind the inputs.
    conflicts : dict
        Genome id to run id to fitness.
    path : Path or None
        The merged file, when one was written.
    rows_sha256 : str
    """

    table: pa.Table
    metadata: dict[str, Any]
    skipped: tuple[Checked, ...]
    used: tuple[Checked, ...]
    n_rows_in: int
    conflicts: Conflicts
    path: Path | None = None
    rows_sha256: str = ""

    def to_frame(self) -> pd.DataFrame:
        """The ranking as a pandas frame, ids as hexadecimal text."""
        from evosearch.shards.frames import to_frame

        return to_frame(self.table)


def check_inputs(
    paths: Sequence[Path], listen: Callable[[int, int], None] | None = None
) -> list[Checked]:
    """The verdict on every input, in their order.

    Parameters
    ----------
    paths : sequence of Path
    listen : callable, optional
        Told how many of how many are checked.
    """
    checked = []
    for number, path in enumerate(paths, start=1):
        checked.append(check_shard(path))
        if listen:
            listen(number, len(paths))
    return checked


def group_by_fingerprint(checked: Sequence[Checked]) -> dict[str, list[Checked]]:
    """Usable inputs by what they measured, each content once."""
    groups: dict[str, list[Checked]] = {}
    seen: set[str] = set()
    for item in checked:
        if item.is_usable and item.sha256 not in seen:
            assert item.metadata is not None
            seen.add(item.sha256)
            groups.setdefault(item.metadata["problem"]["fingerprint"], []).append(item)
    return dict(sorted(groups.items()))


def refuse_mixture(groups: Mapping[str, Sequence[Checked]]) -> None:
    """Raise when inputs measured different things.

    Raises
    ------
    IncomparableShards
        Naming each fingerprint with a file, and what differs.
    """
    if len(groups) < 2:
        return
    lines = ["These shards do not measure the same thing, so their fitness cannot be compared:"]
    problems = {}
    for fingerprint, members in groups.items():
        problem = (members[0].metadata or {})["problem"]
        problems[fingerprint] = problem
        more = f" and {len(members) - 1} more" if len(members) > 1 else ""
        lines.append(f"  {fingerprint}  {problem['name']}: {members[0].path.name}{more}")
    lines.append("What differs:")
    parts = [_flatten(problem.get("parts", {})) for problem in problems.values()]
    for key in sorted({key for part in parts for key in part}):
        values = [part.get(key) for part in parts]
        if any(value != values[0] for value in values):
            shown = " | ".join(str(value)[:40] for value in values)
            lines.append(f"  {key}: {shown}")
    lines.append("Merge them apart, or rank each on its own with --by-fingerprint.")
    raise IncomparableShards("\n".join(lines))


def merge_checked(
    used: Sequence[Checked], skipped: Sequence[Checked] = (), strict: bool = False
) -> MergeResult:
    """Merge inputs of one fingerprint that passed their check.

    Raises
    ------
    ShardConflict
        Under `strict`, when a genome has two fitness values.
    PartialResult
        Under `strict`, when an input changed while it was read.
    """
    tables, read, changed = [], [], list(skipped)
    for item in used:
        table = _read(item)
        if isinstance(table, Checked):
            changed.append(table)
        else:
            tables.append(table)
            read.append(item)
    if strict and len(changed) > len(skipped):
        raise PartialResult(f"{changed[-1].path}: {changed[-1].reason}.")
    metadatas = [item.metadata or {} for item in read]
    schema = unify_schemas([_without_merged(table.schema) for table in tables])
    merged = merge_tables(
        [_cast(table, schema) for table in tables],
        [metadata.get("conflicts", {}) for metadata in metadatas],
    )
    if strict and merged.conflicts:
        raise ShardConflict(describe_conflicts(merged.conflicts))
    metadata = merge_metadata(metadatas)
    metadata["conflicts"] = merged.conflicts
    metadata["skipped"] |= {item.path.name: item.reason for item in changed}
    return MergeResult(
        merged.table,
        metadata,
        tuple(changed),
        tuple(read),
        count_rows(metadata),
        merged.conflicts,
    )


def write_merged(result: MergeResult, path: Path, n_rows: int | None = None) -> MergeResult:
    """Write a ranking, whole or not at all.

    Parameters
    ----------
    result : MergeResult
    path : Path
        Replaced if it exists.
    n_rows : int, optional
        Only the best so many.
    """
    table = result.table if n_rows is None else result.table.slice(0, n_rows)
    is_complete = len(table) == len(result.table)

    def finish(rows_sha256: str, n_written: int) -> dict[str, Any]:
        return result.metadata | {
            "rows_sha256": rows_sha256,
            "n_rows": n_written,
            "complete": is_complete,
        }

    written, rows_sha256 = write_table(path.parent, path.name, table.schema, [table], finish)
    return replace(result, path=written, rows_sha256=rows_sha256)


def describe_conflicts(conflicts: Conflicts, limit: int = 5) -> str:
    """Conflicting genomes in words, with the runs that disagree."""
    lines = [
        f"{len(conflicts)} genome{'s' if len(conflicts) > 1 else ''} measured differently under "
        "one fingerprint: the objective is not deterministic, or a machine computes differently."
    ]
    for genome_id, values in list(conflicts.items())[:limit]:
        shown = ", ".join(f"{value!r} by {run_id}" for run_id, value in values.items())
        lines.append(f"  {genome_id}: {shown}")
    return "\n".join(lines)


def _read(item: Checked) -> pa.Table | Checked:
    """The rows of a checked file, or the verdict that it changed since."""
    reason = "changed while it was read"
    try:
        with item.path.open("rb") as file:
            if identify(os.fstat(file.fileno())) != item.identity:
                return Checked(item.path, Verdict.CHANGED, reason)
            table = parquet.ParquetFile(file, page_checksum_verification=True).read()
            if identify(os.fstat(file.fileno())) != item.identity:
                return Checked(item.path, Verdict.CHANGED, reason)
    except OSError as error:
        return Checked(item.path, Verdict.CHANGED, f"{reason}: {str(error)[:100]}")
    return table


def _without_merged(schema: pa.Schema) -> pa.Schema:
    return pa.schema([field for field in schema if field.name not in MERGED_NAMES])


def _cast(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table with exactly these columns, null where it has none; `found_by` is kept."""
    fields = list(schema)
    if "found_by" in table.column_names:
        fields.append(MERGED_FIELDS[1])
    columns = [
        table.column(field.name).cast(field.type)
        if field.name in table.column_names
        else pa.chunked_array([pa.nulls(len(table), field.type)])
        for field in fields
    ]
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def _flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            flat |= _flatten(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat
