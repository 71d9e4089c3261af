"""Continue a run: one that was interrupted, or one that ended and shall go further."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.assemble.parts import describe_problem
from evosearch.assemble.profiles import KEYS, check_draft
from evosearch.assemble.search import load_problem
from evosearch.assemble.session import run_session
from evosearch.errors import IncomparableShards, UsageError, did_you_mean
from evosearch.events import Listener, ignore
from evosearch.profile import Profile
from evosearch.profile_files import Draft
from evosearch.provenance import is_former, is_same_problem, list_differences, names_file

if TYPE_CHECKING:
    from evosearch.problems.base import Problem
    from evosearch.runner import RunResult
    from evosearch.shards.journal import Journal

# What may change between two sittings without changing a row.
_FLAGS = (
    "workers", "backend", "address", "data",
    "generations", "evaluations", "budget", "target", "stagnation",
)  # fmt: skip


def resume(
    run_id: str | None = None,
    results: Path | str = "results",
    *,
    problem: Problem | None = None,
    listen: Listener = ignore,
    should_stop: Callable[[], bool] | None = None,
    **settings: Any,
) -> RunResult:
    """Continue a run to exactly the rows of an uninterrupted one.

    Parameters
    ----------
    run_id : str, optional
        The newest interrupted run when not given. A run that has ended can be taken further,
        with more ``generations`` or ``evaluations``.
    results : Path or str
        The folder it writes to.
    problem : Problem, optional
        For a run that was given a Python object.
    listen, should_stop
        As in `run`.
    **settings
        ``workers``, ``backend``, ``data`` (where the same data stands now), ``generations``,
        ``evaluations``, ``budget``, ``target``, ``stagnation``; None changes nothing.

    Returns
    -------
    RunResult
        Of the whole run; `paths` are the shards written now.

    Raises
    ------
    UsageError
        There is no such run.
    EnvironmentFailed
        It is under way in another process.
    IncomparableShards
        What it measures has changed since; the message names the difference.

    Examples
    --------
    >>> resume()  # doctest: +SKIP
    >>> resume("pro-macbook-20261123t101500z-7k3qf9", generations=60)  # doctest: +SKIP
    """
    from evosearch.shards.recall import Recall

    folder = Path(results)
    journal, published = _take_over(folder, run_id)
    try:
        manifest = journal.manifest
        name = manifest["run"]["run_id"]
        profile = _read_profile(manifest, folder, settings)
        is_given = problem is not None
        problem = problem or load_problem(profile)
        _refuse_differences(name, manifest, problem, profile)
        recall = Recall(name, published, journal.commits(), problem.metric_names)
        first_part = max((_part_of(path) for path in published), default=-1) + 1
        return run_session(
            profile,
            problem,
            is_given,
            name,
            lambda: journal,
            listen,
            should_stop,
            recall,
            first_part,
        )
    finally:
        journal.close()


def _take_over(results: Path, run_id: str | None) -> tuple[Journal, list[Path]]:
    """The journal of a run, locked, and its published shards."""
    from evosearch.shards.journal import Journal, list_journals
    from evosearch.shards.overview import find_shards, read_manifest_of_shard

    journals = list_journals(results)
    if run_id is None:
        free = [place.name for place, is_running in journals if not is_running]
        if not free:
            raise UsageError(
                f"No interrupted run in {results}. To take a finished one further, name it: "
                "evosearch resume RUN --generations 60. evosearch status lists them."
            )
        run_id = free[0]
    published = find_shards(results, run_id)
    if any(place.name == run_id for place, _ in journals):
        return Journal.open(results, run_id), published
    if not published:
        names = [place.name for place, _ in journals]
        raise UsageError(f"No run {run_id!r} in {results}. {did_you_mean(run_id, names)}".strip())
    return Journal.begin(results, read_manifest_of_shard(published[-1], run_id)), published


def _part_of(path: Path) -> int:
    """The number of a shard within its run: ``<run>-<part>-<sha16>.parquet``."""
    return int(path.stem.rsplit("-", 2)[1])


def _read_profile(
    manifest: Mapping[str, Any], results: Path, settings: Mapping[str, Any]
) -> Profile:
    unknown = [key for key in settings if key not in _FLAGS]
    if unknown:
        raise TypeError(f"resume() has no argument {unknown[0]!r}; it takes {[*_FLAGS]}")
    name = manifest["run"]["run_id"]
    values = tomllib.loads(manifest["profile_toml"])
    folders = tuple(Path(folder) for folder in manifest.get("folders", ["."]))
    draft = Draft(values["name"], values, {"": name}, folders)
    draft.set("run.results", str(results), "--results")
    for flag, value in settings.items():
        if value is not None:
            draft.set(KEYS[flag], value, f"--{flag}")
            if flag == "generations":
                draft.values["search"].pop("evaluations", None)
    return check_draft(draft)


def _refuse_differences(
    run_id: str, manifest: Mapping[str, Any], problem: Problem, profile: Profile
) -> None:
    """Raise when the problem is not the one the run began with."""
    before, now = manifest["problem"], describe_problem(problem, profile)
    lines = []
    is_by_profile = names_file(manifest["profile_toml"])
    if not is_same_problem(before, now, is_by_profile):
        lines = list_differences(before["parts"], now["parts"])
    elif manifest["space"] != problem.space.to_dict():
        lines = list_differences(manifest["space"], problem.space.to_dict())
    if lines:
        listed = "".join(f"\n  {line}" for line in lines[:8])
        advice = "Bring back what changed, or begin a new run."
        if is_former(before) and "formerly" in now:
            advice = (
                "An older evosearch began it, which did not record all of this: begin a new run."
            )
        elif not is_by_profile and "class" in now["parts"]:
            advice += (
                f" If a script or a notebook began it, continue it from there:\n"
                f'  evosearch.resume("{run_id}", problem=THE_SAME_OBJECT)'
            )
        raise IncomparableShards(
            f"{run_id} cannot be continued: what it measures has changed since "
            f"(then | now):{listed}\n{advice}"
        )
