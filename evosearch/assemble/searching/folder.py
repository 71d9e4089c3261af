"""The runs of a results folder: finished, under way, interrupted."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.assemble.searching.recorded import apply_asked, parse_recorded
from evosearch.assemble.settings.checking import check_values
from evosearch.assemble.standing import (
    BestValue,
    find_best_value,
    find_merged,
    name_part,
)
from evosearch.errors import UsageError
from evosearch.problems.loading import BUILT_IN
from evosearch.profiles.tables import Profile
from evosearch.system.machine import find_nearest
from evosearch.system.typed_paths import expand_target

if TYPE_CHECKING:
    from evosearch.shards.format.records import Part
    from evosearch.shards.reading.summary import ShardSummary

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
    seed : int or None
    best : BestValue or None
        Its best published row where it was searched; None if no row is feasible.
    n_merged : int
        Its shards that are in the newest merged file of what it measures.
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
    seed: int | None = None
    best: BestValue | None = None
    n_merged: int = 0


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
    """What a results folder holds, read from file names and footers alone.

    Parameters
    ----------
    results : Path or str
        A folder that does not exist has no runs.
    """
    from evosearch.shards.reading.checked import Checked
    from evosearch.shards.reading.summary import ShardSummary, summarise
    from evosearch.shards.writing.journal import list_journals
    from evosearch.shards.writing.manifests import read_manifest

    folder = expand_target(results)
    found: dict[str, _Found] = defaultdict(_Found)
    damaged: list[DamagedFile] = []
    fingerprints: set[str] = set()
    for path in sorted(folder.glob("*.parquet")):
        shard = summarise(path)
        if isinstance(shard, ShardSummary):
            found[shard.run_id].shards.append(shard)
            fingerprints.add(shard.metadata.problem.fingerprint)
        elif isinstance(shard, Checked):
            damaged.append(DamagedFile(str(path), shard.reason))
    for place, is_running in list_journals(folder):
        try:
            manifest = read_manifest(place)
        except UsageError as error:
            damaged.append(DamagedFile(str(place), str(error)))
            continue
        commits = [summarise(path) for path in sorted(place.glob("[0-9]*-*.parquet"))]
        n_rows = sum(each.n_rows for each in commits if isinstance(each, ShardSummary))
        shards = found[place.name].shards
        found[place.name] = _Found(shards, manifest, _STATES[is_running], n_rows)
    merged = find_merged(folder, fingerprints)
    runs = [one.describe(run_id, merged) for run_id, one in found.items()]
    return FolderStatus(
        results=folder,
        runs=tuple(sorted(runs, key=lambda run: (run.started_utc, run.run_id), reverse=True)),
        n_merged=len(list(folder.glob("merged/*.parquet"))),
        free_bytes=shutil.disk_usage(find_nearest(folder)).free,
        damaged=tuple(damaged),
        is_mixed=len(fingerprints) > 1,
    )


def is_mixed(folders: Iterable[Path | str]) -> bool:
    """Whether shards of some folders measure different things; a quick look at the first ones."""
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
    from evosearch.shards.writing.journal import list_journals
    from evosearch.shards.writing.manifests import read_manifest

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
    from evosearch.assemble.searching.manifest import fill_problem

    searched = profile.model_dump(exclude={"seed", "run", "description"})
    if profile.problem["name"] in BUILT_IN:  # never code of the profile's author
        searched["problem"] = fill_problem(profile)
    return searched


@dataclass
class _Found:
    """What the files of one run say of it, taken in one by one."""

    shards: list[ShardSummary] = field(default_factory=list)
    manifest: Mapping[str, Any] = field(default_factory=dict)
    state: str = ""
    n_committed: int = 0

    @property
    def parts(self) -> list[Part]:
        return [part for shard in self.shards for part in shard.run.parts.values()]

    @property
    def elapsed_s(self) -> float:
        return sum(part.elapsed_s for part in self.parts)

    def count_merged(self, run_id: str, merged: Mapping[str, frozenset[str]]) -> int:
        return sum(
            name_part(run_id, part) in merged.get(shard.metadata.problem.fingerprint, ())
            for shard in self.shards
            for part in shard.run.parts
        )

    def describe(self, run_id: str, merged: Mapping[str, frozenset[str]]) -> RunStatus:
        if self.manifest:
            run, text = self.manifest["run"], self.manifest["profile_toml"]
        else:
            run, text = self.shards[-1].run.plain, self.shards[-1].profile_toml
        profile = parse_recorded(text)
        if profile is not None:
            asked = apply_asked(profile.to_plain(exclude_none=True), self.manifest)
            profile = check_values(asked)[0] or profile
        n_published = sum(shard.n_rows for shard in self.shards)
        n_done = n_published + self.n_committed
        n_expected = max(profile.n_evaluations, n_done) if profile is not None else 0
        has_last = any(part.plain.get("is_last", True) for part in self.parts)
        is_whole = has_last or n_done == n_expected
        state = self.state or ("finished" if is_whole else "partial")
        has_ended_early = state == "finished" and n_done < n_expected
        return RunStatus(
            run_id=run_id,
            profile_name=str(run.get("profile_name", "")),
            host=str(run.get("machine", {}).get("host", "")),
            state=state,
            n_published=n_published,
            n_committed=self.n_committed,
            n_expected=n_expected,
            n_shards=len(self.shards),
            started_utc=str(run.get("started_utc", "")),
            elapsed_s=round(self.elapsed_s, 3),
            ended_by=self._find_reason(profile) if profile and has_ended_early else None,
            seed=run["seed"] if isinstance(run.get("seed"), int) else None,
            best=find_best_value(self.shards),
            n_merged=self.count_merged(run_id, merged),
        )

    def _find_reason(self, profile: Profile) -> str:
        """Why a finished run has less than it was asked for, as far as its shards show it."""
        from evosearch.shards.writing.kept import read_first

        n_ok = sum(_count_ok(part.plain) for part in self.parts)
        if 10 * n_ok < sum(shard.n_rows for shard in self.shards):  # as `health` has it
            return "failed"
        if profile.search.target is not None:
            sign = -1 if self.shards[-1].metadata.problem.direction == "minimize" else 1
            firsts = [read_first(shard.path) for shard in self.shards]  # each shard's best row
            best = [fitness for is_feasible, fitness in filter(None, firsts) if is_feasible]
            if best and max(best) >= sign * profile.search.target:
                return "target"
        limit_s = profile.run.budget_s
        if limit_s is not None and self.elapsed_s >= limit_s:
            return "time"
        return "early"


def _count_ok(part: Mapping[str, Any]) -> int:
    counts = part.get("counts")
    n_ok = counts.get("ok") if isinstance(counts, Mapping) else None
    return n_ok if isinstance(n_ok, int) else part["n_rows"]
