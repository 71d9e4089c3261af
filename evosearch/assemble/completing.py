"""Names for a shell's Tab key, from names of files and the end of one file: it must be quick."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

# ruff: noqa: PLC0414 (a name imported as itself is one that a type checker hands on)
from evosearch.assemble.run_names import list_files
from evosearch.assemble.run_names import list_run_names as list_run_names

# What a row has beside the columns of its file.
_BESIDE = ("rank", "found_by")


def list_columns(results: str | Path, paths: Sequence[str] = ()) -> list[str]:
    """Columns of the newest file of a results folder, or of the first one that is named."""
    from evosearch.shards.reading.summary import ShardSummary, summarise

    for path in _find_files(Path(results), paths):
        found = summarise(path)
        if isinstance(found, ShardSummary):
            return [*_BESIDE, *(each.partition(":")[0] for each in found.metadata.columns or ())]
    return []


def list_hosts(results: str | Path, paths: Sequence[str] = ()) -> list[str]:
    """Machines that wrote the newest file of a results folder, or the first one that is named."""
    from evosearch.shards.reading.summary import ShardSummary, summarise

    for path in _find_files(Path(results), paths):
        found = summarise(path)
        if isinstance(found, ShardSummary):
            return sorted({run.host for run in found.metadata.sources.values()})
    return []


def _find_files(results: Path, paths: Sequence[str]) -> list[Path]:
    for path in map(Path, paths):
        if path.is_file():
            return [path]
        results = path if path.is_dir() else results
    files = list_files(results / "merged", "*.parquet") or list_files(results, "*.parquet")
    return sorted(files, key=lambda path: path.stat().st_mtime, reverse=True)[:3]
