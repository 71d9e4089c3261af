"""Which shards a person means by a profile, a run or a place."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from evosearch.assemble.ranking.inputs import find_inputs
from evosearch.errors import UsageError, did_you_mean
from evosearch.system.typed_paths import expand_path
from evosearch.texts import describe_resume, make_visible


@dataclass(frozen=True)
class Folder:
    """The shards of a results folder.

    Attributes
    ----------
    folder : Path
    shards : dict of str to list of Path
        By run.
    profiles : dict of str to str
        The name of each run's profile.
    """

    folder: Path
    shards: dict[str, list[Path]]
    profiles: dict[str, str]

    @classmethod
    def open(cls, folder: Path) -> Folder:
        """Read the footers of a folder; one that is not there has no runs."""
        from evosearch.shards.reading.summary import ShardSummary, is_shard_name, summarise

        shards: dict[str, list[Path]] = {}
        profiles = {}
        for path in sorted(folder.glob("*.parquet")):
            found = summarise(path)
            if isinstance(found, ShardSummary):
                shards.setdefault(found.run_id, []).append(path)
                profiles[found.run_id] = found.run.profile_name
            elif found is not None and is_shard_name(path.name):  # damaged: told when it is named
                shards.setdefault(path.name.rsplit("-", 2)[0], []).append(path)
        return cls(folder, shards, profiles)

    def find(self, name: str) -> list[Path]:
        """The shards that a name means: of a profile, of runs, or of a place.

        Raises
        ------
        UsageError
            Nothing is called so.
        """
        runs = [run_id for run_id, profile in self.profiles.items() if profile == name]
        runs = runs or [run_id for run_id in self.shards if name and run_id.startswith(name)]
        if runs:
            return [path for run_id in runs for path in self.shards[run_id]]
        for run_id, reason in sorted(list_unfinished([self.folder / "any"]).items()):
            if name and run_id.startswith(name):
                raise UsageError(f"{run_id} has no shard yet: {reason}.")
        is_place = any(mark in name for mark in (os.sep, "/", "*", ".parquet"))
        if is_place or Path(expand_path(name)).exists():
            return find_inputs([name])
        known = sorted({*self.profiles.values()})
        there = did_you_mean(name, known) if known else "Search first: evosearch run"
        raise UsageError(
            f"No profile and no run in {self.folder} is called {make_visible(name)!r}. "
            f"{make_visible(there)}"
        )


def list_unfinished(paths: Iterable[Path]) -> dict[str, str]:
    """Runs that are not at their end, in the folders of some files, and why."""
    from evosearch.shards.writing.journal import list_journals

    found = {}
    for folder in {path.parent for path in paths}:
        for place, is_running in list_journals(folder):
            resume = describe_resume(place.name, folder)
            found[place.name] = (
                f"it was interrupted; end it first: {resume}"
                if is_running is False
                else "it is still going; compare it when it has ended"
            )
    return found
