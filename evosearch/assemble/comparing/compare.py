"""Groups of runs beside each other: how good the best was after how many tries, and who wins.

A run gives one number, its best after as many tries as every run made. More rows are more tries and
no more evidence: only more seeds are. All runs must have measured the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evosearch.assemble.comparing.courses import Course
from evosearch.assemble.comparing.naming import Folder, list_unfinished
from evosearch.assemble.holdout import is_holdout
from evosearch.assemble.metrics import find_metric
from evosearch.errors import IncomparableShards, UsageError
from evosearch.evidence.comparison import Middle, RankTest, compare_ranks, find_middle
from evosearch.system.typed_paths import expand_path
from evosearch.texts import make_visible

if TYPE_CHECKING:
    from evosearch.shards.format.records import ProblemFacts
    from evosearch.shards.reading.checked import Checked

# Where the best is told, as shares of the tries, and how many points a curve has at most.
SHARES = (0.25, 0.5, 1.0)
_POINTS = 60
_MOST_REASONS = 10


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
    objective : str
    shown : str
        The metric that is told: the objective, or what says the same in a unit that people know.
    direction : str
    points : ndarray of int64, shape (n_points,)
        Tries at which curves are told; the last one is all that are compared.
    groups : tuple of Group
    tests : tuple of RankTest
        Of the first group against each other one, their p times the number of tests.
    skipped : tuple of str
        Runs and files that are left out, with the reason.
    """

    objective: str
    shown: str
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
    here = Folder.open(Path(expand_path(results)))
    wanted = {name: here.find(name) for name in dict.fromkeys(names)}
    checked = check_inputs(sorted({path for paths in wanted.values() for path in paths}))
    skipped = [f"{item.path}: {item.reason}" for item in checked if not item.is_usable]
    usable = {item.path: item for item in checked if item.is_usable}
    try:
        refuse_mixture(group_by_fingerprint(list(usable.values())))
    except IncomparableShards as error:  # whose last line is about merging
        said = str(error).rpartition("\n")[0]
        raise IncomparableShards(f"{said}\nName runs that measured the same.") from None
    courses, owners = _gather(wanted, usable)
    shown, direction, objective = "", "maximize", ""
    if usable:
        facts = _get_facts(next(iter(usable.values())))
        objective, direction = facts.objective, facts.direction
        shown = _choose_shown(objective, list(usable.values()))
    unfinished = list_unfinished([*usable, here.folder / "any"])
    whole = []
    for run_id, course in sorted(courses.items()):
        reason = unfinished.get(run_id) or course.read(shown, -1 if direction == "minimize" else 1)
        if reason:
            skipped.append(f"{run_id}: {reason}")
        else:
            whole.append(course)
    named = {owners[course.run_id] for course in whole}
    for name in wanted:
        if name not in named:
            reasons = "".join(f"\n{text}" for text in skipped[:_MOST_REASONS])
            raise UsageError(f"No run of {make_visible(name)!r} can be compared.{reasons}")
    points = _choose_points(min(len(course.best) for course in whole))
    groups = tuple(
        _make_group(name, [each for each in whole if owners[each.run_id] == name], points)
        for name in wanted
    )
    return Comparison(
        objective, shown or objective, direction, points, groups, _test(groups), tuple(skipped)
    )


def _gather(
    wanted: Mapping[str, Sequence[Path]], usable: Mapping[Path, Checked]
) -> tuple[dict[str, Course], dict[str, str]]:
    """The runs with their shards, and the group of each run."""
    courses: dict[str, Course] = {}
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
            courses.setdefault(run_id, Course(run_id)).items.append(item)
    return courses, owners


def _get_facts(item: Checked) -> ProblemFacts:
    """The problem of a file, whose objective must not be a hold-out."""
    assert item.metadata is not None
    facts = item.metadata.problem
    if is_holdout(facts.objective):
        raise UsageError(
            f"The objective {make_visible(facts.objective)} is a figure of the hold-out itself: "
            "to compare runs by it would use the hold-out up."
        )
    return facts


def _choose_shown(objective: str, items: Sequence[Checked]) -> str:
    """The metric that people know better than the objective, if all files have it."""
    shown = find_metric(objective).shown_as
    has_all = all(item.schema is not None and shown in item.schema.names for item in items)
    return shown if shown and has_all else ""


def _choose_points(n_tries: int) -> NDArray[np.int64]:
    """Equally spaced tries, with those at the `SHARES`."""
    even = np.linspace(0, n_tries, min(n_tries, _POINTS) + 1)[1:]
    told = [share * n_tries for share in SHARES]
    return np.unique(np.ceil([*even, *told]).astype(np.int64))


def _make_group(name: str, courses: Sequence[Course], points: NDArray[np.int64]) -> Group:
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
