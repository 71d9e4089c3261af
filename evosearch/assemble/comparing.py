"""Groups of runs beside each other: how good the best was after how many tries, and who wins.

A run gives one number, its best after as many tries as every run made. More rows are more tries and
no more evidence: only more seeds are. All runs must have measured the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evosearch.assemble.holdout import is_holdout
from evosearch.assemble.ranking.inputs import find_inputs
from evosearch.errors import UsageError, did_you_mean
from evosearch.evidence.comparison import Middle, RankTest, compare_ranks, find_middle
from evosearch.system.typed_paths import expand_path
from evosearch.texts import describe_resume, make_visible

if TYPE_CHECKING:
    from evosearch.shards.reading.checked import Checked

# Where the best is told, as shares of the tries, and how many points a curve has at most.
SHARES = (0.25, 0.5, 1.0)
_POINTS = 60
_BATCH_ROWS = 1 << 16
_COLUMNS = ["generation", "index", "fitness", "feasible"]


@dataclass(frozen=True)
class Group:
    """The runs of one name.

    Attributes
    ----------
    name : str
    run_ids : tuple of str
    profiles : tuple of str
        Of its runs, each once.
    bests : ndarray of float64, shape (n_runs, n_points)
        The best so far, larger is better; -inf before anything was feasible.
    n_tries : tuple of int
        That each run made.
    """

    name: str
    run_ids: tuple[str, ...]
    profiles: tuple[str, ...]
    bests: NDArray[np.float64]
    n_tries: tuple[int, ...]

    def middle(self, point: int = -1) -> Middle:
        """The median over the runs at a point of the curve, and its interval."""
        return find_middle(self.bests[:, point])


@dataclass(frozen=True)
class Comparison:
    """Groups, compared at as many tries as every run has.

    Attributes
    ----------
    objective, direction : str
    label : str
        Of the objective, if its problem is known here.
    points : ndarray of int64, shape (n_points,)
        Tries at which curves are told; the last one is all that are compared.
    groups : tuple of Group
    tests : tuple of RankTest
        Of the first group against each other one, their p times the number of tests.
    skipped : tuple of str
        Runs and files that are left out, with the reason.
    """

    objective: str
    direction: str
    points: NDArray[np.int64]
    groups: tuple[Group, ...]
    tests: tuple[RankTest, ...]
    skipped: tuple[str, ...] = ()

    @property
    def n_tries(self) -> int:
        """Tries of each run that are compared."""
        return int(self.points[-1])

    @property
    def sign(self) -> int:
        """By which a best becomes a value of the objective."""
        return -1 if self.direction == "minimize" else 1

    def find_point(self, share: float) -> int:
        """The point of the curves at a share of the tries."""
        return int(np.searchsorted(self.points, np.ceil(share * self.n_tries)))


def compare(names: Sequence[str], results: str | Path = "results") -> Comparison:
    """Compare groups of runs.

    Parameters
    ----------
    names : sequence of str
        Each a profile, the beginning of runs' names, or a file, folder or pattern of shards: all
        runs that it names are one group.
    results : path
        Where profiles and runs are looked for.

    Raises
    ------
    UsageError
        A name that nothing has, a run in two groups, or no run that can be compared.
    IncomparableShards
        The runs did not measure the same.
    """
    from evosearch.shards.merging.groups import check_inputs, group_by_fingerprint, refuse_mixture

    if not names:
        raise UsageError("Which runs? Name profiles, runs or folders: evosearch compare pro air")
    here = _Folder.open(Path(expand_path(results)))
    wanted = {name: here.find(name) for name in dict.fromkeys(names)}
    checked = check_inputs(sorted({path for paths in wanted.values() for path in paths}))
    skipped = [f"{item.path}: {item.reason}" for item in checked if not item.is_usable]
    usable = {item.path: item for item in checked if item.is_usable}
    refuse_mixture(group_by_fingerprint(list(usable.values())))
    courses: dict[str, _Course] = {}
    owners: dict[str, str] = {}
    for name, paths in wanted.items():
        for item in (usable[path] for path in paths if path in usable):
            assert item.metadata is not None
            if item.metadata.kind != "shard":
                raise UsageError(
                    f"{item.path} is a merged file: of strategies that several runs found it has "
                    "one row, so the course of a run is lost. Name shards or their folder."
                )
            run_id = next(iter(item.metadata.sources))
            if owners.setdefault(run_id, name) != name:
                raise UsageError(f"{run_id} belongs to {owners[run_id]!r} and to {name!r}.")
            courses.setdefault(run_id, _Course(run_id)).items.append(item)
    unfinished = _list_unfinished([*usable, here.folder / "any"])
    whole = []
    for run_id, course in sorted(courses.items()):
        reason = unfinished.get(run_id) or course.read()
        if reason:
            skipped.append(f"{run_id}: {reason}")
        else:
            whole.append(course)
    empty = [name for name in wanted if name not in {owners[each.run_id] for each in whole}]
    if empty:
        reasons = "".join(f"\n{text}" for text in skipped[:10])
        raise UsageError(f"No run of {make_visible(empty[0])!r} can be compared.{reasons}")
    problem = usable[whole[0].items[0].path].metadata
    assert problem is not None
    facts = problem.problem
    if is_holdout(facts.objective):
        raise UsageError(
            f"The objective {make_visible(facts.objective)} is a figure of the hold-out itself: "
            "to compare runs by it would use the hold-out up."
        )
    points = _choose_points(min(len(course.best) for course in whole))
    groups = tuple(
        _make_group(name, [each for each in whole if owners[each.run_id] == name], points)
        for name in wanted
    )
    return Comparison(
        facts.objective, facts.direction, points, groups, _test(groups), tuple(skipped)
    )


def _choose_points(n_tries: int) -> NDArray[np.int64]:
    """Equally spaced tries, with those at the `SHARES`."""
    even = np.linspace(0, n_tries, min(n_tries, _POINTS) + 1)[1:]
    told = [share * n_tries for share in SHARES]
    return np.unique(np.ceil([*even, *told]).astype(np.int64))


def _make_group(name: str, courses: Sequence[_Course], points: NDArray[np.int64]) -> Group:
    return Group(
        name,
        tuple(each.run_id for each in courses),
        tuple(sorted({each.profile for each in courses})),
        np.stack([each.best[points - 1] for each in courses]),
        tuple(len(each.best) for each in courses),
    )


def _test(groups: Sequence[Group]) -> tuple[RankTest, ...]:
    """The first group against each other one (Bonferroni: their p times the number of tests)."""
    first, *others = (group.bests[:, -1] for group in groups)
    found = [compare_ranks(first, other) for other in others]
    n = len(found)
    return tuple(RankTest(min(1.0, t.p * n), min(1.0, t.p_least * n), t.share) for t in found)


class _Course:
    """One run: its shards, and the best after each of its tries."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self.items: list[Checked] = []
        self.profile = ""
        self.best: NDArray[np.float64] = np.empty(0)

    def read(self) -> str:
        """Fill in the best; why that is not possible, else an empty text."""
        from evosearch.shards.reading.rows import UnusableInput, read_rows

        parts: list[Any] = []
        for item in self.items:
            assert item.metadata is not None
            run = item.metadata.sources[self.run_id]
            self.profile = run.profile_name
            parts += run.parts.values()
        if not any(part.plain.get("is_last", True) for part in parts):
            return "its last shard is not here: it goes on elsewhere, or was not copied whole"
        try:
            tables = [t for item in self.items for t in read_rows(item, _BATCH_ROWS, _COLUMNS)]
        except UnusableInput as error:
            return str(error)
        columns = [
            np.concatenate([table[name].to_numpy(zero_copy_only=False) for table in tables])
            for name in _COLUMNS
        ]
        generation, index, fitness, feasible = columns
        places, first = np.unique(np.stack([generation, index], 1), axis=0, return_index=True)
        if len(np.unique(places[:, 0])) != places[-1, 0] + 1:
            return "some of its shards are not here"
        is_good = feasible[first].astype(bool) & np.isfinite(fitness[first].astype(np.float64))
        values = np.where(is_good, fitness[first].astype(np.float64), -np.inf)
        self.best = np.maximum.accumulate(values)
        return ""


@dataclass(frozen=True)
class _Folder:
    """The shards of a results folder, by run."""

    folder: Path
    shards: dict[str, list[Path]]
    profiles: dict[str, str]

    @classmethod
    def open(cls, folder: Path) -> _Folder:
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
        """The shards that a name means: of a profile, of runs, or of a place."""
        runs = [run_id for run_id, profile in self.profiles.items() if profile == name]
        runs = runs or [run_id for run_id in self.shards if name and run_id.startswith(name)]
        if runs:
            return [path for run_id in runs for path in self.shards[run_id]]
        for run_id, reason in sorted(_list_unfinished([self.folder / "any"]).items()):
            if name and run_id.startswith(name):
                raise UsageError(f"{run_id} has no shard yet: {reason}.")
        is_place = any(mark in name for mark in (os.sep, "/", "*", ".parquet"))
        if is_place or Path(expand_path(name)).exists():
            return find_inputs([name])
        known = sorted({*self.profiles.values()})
        there = did_you_mean(name, known) if known else "There is none."
        raise UsageError(
            f"No profile and no run in {self.folder} is called {make_visible(name)!r}. "
            f"{make_visible(there)}"
        )


def _list_unfinished(paths: Iterable[Path]) -> dict[str, str]:
    """Runs that are not at their end, by the folders of the files, and why."""
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
