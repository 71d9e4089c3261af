"""The runs of a results folder: finished, under way, interrupted."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evosearch.assemble.recorded import parse_recorded
from evosearch.errors import UsageError
from evosearch.profile import Profile


@dataclass(frozen=True)
class RunStatus:
    """One run as its files describe it.

    Attributes
    ----------
    run_id, profile_name, host : str
    state : str
        ``"running"``, ``"interrupted"`` or ``"finished"``.
    n_published, n_committed : int
        Rows in shards, and rows that only the run's journal has.
    n_expected : int
        The budget it began with.
    n_shards : int
    started_utc : str
    elapsed_s : float
        Time spent on the published rows.
    """

    run_id: str
    profile_name: str
    host: str
    state: str
    n_published: int
    n_committed: int
    n_expected: int
    n_shards: int
    started_utc: str
    elapsed_s: float


@dataclass(frozen=True)
class DamagedFile:
    """A shard, or the folder of a run under way, that cannot be read, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class FolderStatus:
    """A results folder.

    Attributes
    ----------
    results : Path
    runs : tuple of RunStatus
        Newest first.
    n_merged : int
        Merged files in it.
    free_bytes : int
        Left on its disk.
    damaged : tuple of DamagedFile
        What cannot be read.
    """

    results: Path
    runs: tuple[RunStatus, ...]
    n_merged: int
    free_bytes: int
    damaged: tuple[DamagedFile, ...] = ()


def status(results: Path | str = "results") -> FolderStatus:
    """What stands in a results folder, read from file names and footers alone.

    Parameters
    ----------
    results : Path or str
        A folder that does not exist has no runs.
    """
    from evosearch.shards.journal import list_journals, read_manifest
    from evosearch.shards.overview import ShardSummary, summarise
    from evosearch.shards.validate import Checked

    folder = Path(results)
    found: dict[str, dict[str, Any]] = {}
    damaged: list[DamagedFile] = []
    for path in sorted(folder.glob("*.parquet")):
        shard = summarise(path)
        if isinstance(shard, Checked):
            damaged.append(DamagedFile(str(path), shard.reason))
        if not isinstance(shard, ShardSummary):
            continue
        one = found.setdefault(shard.run_id, {"rows": 0, "n": 0, "elapsed_s": 0.0})
        one |= {"run": shard.run.plain, "profile": shard.profile_toml}
        one["rows"] += shard.n_rows
        one["n"] += 1
        one["elapsed_s"] += sum(part.elapsed_s for part in shard.run.parts.values())
    for place, is_running in list_journals(folder):
        try:
            manifest = read_manifest(place)
        except UsageError as error:
            damaged.append(DamagedFile(str(place), str(error)))
            continue
        one = found.setdefault(place.name, {"rows": 0, "n": 0, "elapsed_s": 0.0})
        one |= {"run": manifest["run"], "profile": manifest["profile_toml"]}
        one["state"] = "running" if is_running else "interrupted"
        commits = [summarise(path) for path in sorted(place.glob("[0-9]*-*.parquet"))]
        one["committed"] = sum(each.n_rows for each in commits if isinstance(each, ShardSummary))
    runs = [_describe(run_id, one) for run_id, one in found.items()]
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    return FolderStatus(
        results=folder,
        runs=tuple(sorted(runs, key=lambda run: (run.started_utc, run.run_id), reverse=True)),
        n_merged=len(list(folder.glob("merged/*.parquet"))),
        free_bytes=shutil.disk_usage(there).free,
        damaged=tuple(damaged),
    )


def find_unfinished(profile: Profile) -> list[str]:
    """Interrupted runs of a profile in its results folder, newest first.

    Parameters
    ----------
    profile : Profile
        Runs that differ in seed, or in where and with what they run, are runs of it too.
    """
    from evosearch.shards.journal import list_journals, read_manifest

    found = []
    for place, is_running in list_journals(Path(profile.run.results)):
        try:
            manifest = read_manifest(place)
            before = parse_recorded(manifest.get("local_toml") or manifest["profile_toml"])
        except UsageError:
            continue
        same = before is not None and _what_is_searched(before) == _what_is_searched(profile)
        if same and not is_running:
            found.append(place.name)
    return found


def _what_is_searched(profile: Profile) -> dict[str, Any]:
    return profile.model_dump(exclude={"seed", "run", "description"})


def _describe(run_id: str, one: dict[str, Any]) -> RunStatus:
    run = one["run"]
    profile = parse_recorded(one["profile"])
    return RunStatus(
        run_id=run_id,
        profile_name=str(run.get("profile_name", "")),
        host=str(run.get("machine", {}).get("host", "")),
        state=one.get("state", "finished"),
        n_published=one["rows"],
        n_committed=one.get("committed", 0),
        n_expected=profile.n_evaluations if profile is not None else 0,
        n_shards=one["n"],
        started_utc=str(run.get("started_utc", "")),
        elapsed_s=round(one["elapsed_s"], 3),
    )
