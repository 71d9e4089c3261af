"""The runs of a results folder: finished, under way, interrupted."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evosearch.assemble.searching.manifest import fill_profile
from evosearch.assemble.searching.recorded import apply_asked, parse_recorded
from evosearch.assemble.settings.checking import check_values
from evosearch.errors import UsageError
from evosearch.profiles.durations import parse_duration
from evosearch.profiles.tables import Profile
from evosearch.system.typed_paths import expand_target

# Reading so many footers takes no time that a person notices.
_QUICK = 50
_STATES = {True: "running", False: "interrupted", None: "unknown"}


@dataclass(frozen=True)
class RunStatus:
    """One run as its files describe it.

    Attributes
    ----------
    run_id, profile_name, host : str
    state : str
        ``"running"``, ``"interrupted"`` or ``"finished"``; ``"partial"`` when there are shards
        and neither the last one nor what `resume` needs: it may be under way elsewhere;
        ``"unknown"`` on a file system without locks, which could tell whether it is under way.
    n_published, n_committed : int
        Rows in shards, and rows that only the run's journal has.
    n_expected : int
        What it was last asked for, or what it has if that is more; 0 when it does not say.
    ended_by : str or None
        Of a finished run that has less than that: ``"target"``, ``"time"`` or ``"failed"`` where
        its shards show it, else ``"early"``.
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
    ended_by: str | None = None


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
    is_mixed : bool
        Its shards measure different things, so that they cannot be merged into one ranking.
    """

    results: Path
    runs: tuple[RunStatus, ...]
    n_merged: int
    free_bytes: int
    damaged: tuple[DamagedFile, ...] = ()
    is_mixed: bool = False


def status(results: Path | str = "results") -> FolderStatus:
    """What stands in a results folder, read from file names and footers alone.

    Parameters
    ----------
    results : Path or str
        A folder that does not exist has no runs.
    """
    from evosearch.shards.reading.check import Checked
    from evosearch.shards.reading.summary import ShardSummary, summarise
    from evosearch.shards.writing.journal import list_journals, read_manifest

    folder = expand_target(results)
    found: dict[str, dict[str, Any]] = {}
    damaged: list[DamagedFile] = []
    fingerprints: set[str] = set()
    for path in sorted(folder.glob("*.parquet")):
        shard = summarise(path)
        if isinstance(shard, Checked):
            damaged.append(DamagedFile(str(path), shard.reason))
        if not isinstance(shard, ShardSummary):
            continue
        one = found.setdefault(shard.run_id, _nothing())
        one |= {"run": shard.run.plain, "profile": shard.profile_toml}
        fingerprints.add(shard.metadata.problem.fingerprint)
        one["direction"] = shard.metadata.problem.direction
        one["rows"] += shard.n_rows
        one["paths"].append(path)
        parts = shard.run.parts.values()
        one["has_last"] |= any(part.plain.get("is_last", True) for part in parts)
        one["n_ok"] += sum(_count_ok(part.plain) for part in parts)
        one["elapsed_s"] += sum(part.elapsed_s for part in parts)
    for place, is_running in list_journals(folder):
        try:
            manifest = read_manifest(place)
        except UsageError as error:
            damaged.append(DamagedFile(str(place), str(error)))
            continue
        one = found.setdefault(place.name, _nothing())
        one |= {"run": manifest["run"], "profile": manifest["profile_toml"], "manifest": manifest}
        one["state"] = _STATES[is_running]
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
        is_mixed=len(fingerprints) > 1,
    )


def is_mixed(folders: Iterable[Path | str]) -> bool:
    """Whether shards of some folders measure different things, as far as a quick look shows."""
    from evosearch.shards.reading.summary import ShardSummary, summarise

    paths = [path for folder in folders for path in sorted(Path(folder).glob("*.parquet"))]
    shards = [summarise(path) for path in paths[:_QUICK]]
    found = {s.metadata.problem.fingerprint for s in shards if isinstance(s, ShardSummary)}
    return len(found) > 1


def find_unfinished(profile: Profile) -> list[str]:
    """Interrupted runs of a profile in its results folder, newest first.

    Parameters
    ----------
    profile : Profile
        Runs that differ in seed, or in where and with what they run, are runs of it too.
    """
    from evosearch.shards.writing.journal import list_journals, read_manifest

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
    from evosearch.problems.loading import BUILT_IN

    if profile.problem["name"] in BUILT_IN:  # nobody else's code, whoever wrote the profile
        profile = fill_profile(profile)
    return profile.model_dump(exclude={"seed", "run", "description"})


def _nothing() -> dict[str, Any]:
    return {
        "rows": 0,
        "paths": [],
        "n_ok": 0,
        "elapsed_s": 0.0,
        "manifest": {},
        "has_last": False,
    }


def _count_ok(part: Mapping[str, Any]) -> int:
    counts = part.get("counts")
    n_ok = counts.get("ok") if isinstance(counts, Mapping) else None
    return n_ok if isinstance(n_ok, int) else part["n_rows"]


def _describe(run_id: str, one: dict[str, Any]) -> RunStatus:
    run = one["run"]
    profile = parse_recorded(one["profile"])
    if profile is not None:
        asked = apply_asked(profile.to_plain(exclude_none=True), one["manifest"])
        profile = check_values(asked)[0] or profile
    n_done = one["rows"] + one.get("committed", 0)
    n_expected = max(profile.n_evaluations, n_done) if profile is not None else 0
    is_whole = one["has_last"] or n_done == n_expected
    state = one.get("state", "finished" if is_whole else "partial")
    has_ended_early = state == "finished" and n_done < n_expected
    return RunStatus(
        run_id=run_id,
        profile_name=str(run.get("profile_name", "")),
        host=str(run.get("machine", {}).get("host", "")),
        state=state,
        n_published=one["rows"],
        n_committed=one.get("committed", 0),
        n_expected=n_expected,
        n_shards=len(one["paths"]),
        started_utc=str(run.get("started_utc", "")),
        elapsed_s=round(one["elapsed_s"], 3),
        ended_by=_find_reason(profile, one) if profile and has_ended_early else None,
    )


def _find_reason(profile: Profile, one: dict[str, Any]) -> str:
    """Why a finished run has less than it was asked for, as far as its shards show it."""
    from evosearch.shards.writing.kept import read_first

    if 10 * one["n_ok"] < one["rows"]:  # as `health` has it
        return "failed"
    if profile.search.target is not None:
        sign = -1 if one["direction"] == "minimize" else 1
        firsts = [read_first(path) for path in one["paths"]]  # the best row of each shard
        best = [fitness for is_feasible, fitness in filter(None, firsts) if is_feasible]
        if best and max(best) >= sign * profile.search.target:
            return "target"
    limit = profile.run.budget
    if limit is not None and one["elapsed_s"] >= parse_duration(limit):
        return "time"
    return "early"
