"""Names for a shell's Tab key, from names of files and the end of one file: it must be quick."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

# A shard is called RUN-<4 digits>-<16 hex>.parquet.
_SHARD = re.compile(r"([a-z0-9-]+)-[0-9]{4,}-[0-9a-f]{16}\.parquet")
_STATE = ".evosearch"
# More files are too many to look at while a key is held.
_MAX_FILES = 10_000
# What a row has beside the columns of its file.
_BESIDE = ("rank", "found_by")


def list_run_names(results: str | Path) -> list[str]:
    """Names of the runs of a results folder, finished or not, newest first."""
    folder = Path(results)
    names = {match[1] for path in _list(folder, "*") if (match := _SHARD.fullmatch(path.name))}
    names |= {path.parent.name for path in _list(folder / _STATE, "*/run.json")}
    # A run is called <profile>-<host>-<utc>-<6 base32>.
    return sorted(names, key=lambda name: name.rsplit("-", 2)[1:], reverse=True)


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
    files = _list(results / "merged", "*.parquet") or _list(results, "*.parquet")
    return sorted(files, key=lambda path: path.stat().st_mtime, reverse=True)[:3]


def _list(folder: Path, pattern: str) -> list[Path]:
    found = []
    for path in folder.glob(pattern):
        found.append(path)
        if len(found) >= _MAX_FILES:
            break
    return found
