"""The pieces of a run by the names a profile gives them: algorithm, executor, budget."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.algorithms import find_algorithm
from evosearch.executors import Executor, Limits, find_executor
from evosearch.genome.space import Space
from evosearch.loop.budget import Budget
from evosearch.loop.events import Listener, WorkersStarted, ignore
from evosearch.problems.base import Problem
from evosearch.problems.code.definitions import find_origin
from evosearch.problems.code.former import name_in_fingerprint
from evosearch.problems.code.importing import file_of_module
from evosearch.problems.code.pinned import pin_files
from evosearch.problems.evaluator import Evaluator
from evosearch.problems.identity.fingerprint import Identity, identify
from evosearch.problems.loading import plain_name
from evosearch.profiles.loaded import LoadedProfile
from evosearch.profiles.tables import Profile
from evosearch.provenance import compute_fingerprint
from evosearch.system.machine import count_cores

if TYPE_CHECKING:
    from evosearch.algorithms.base import Algorithm


def make_budget(profile: Profile, problem: Problem) -> Budget:
    """What ends a run, in fitness where the profile speaks of the objective."""
    search, target = profile.search, profile.search.target
    if target is not None and problem.direction == "minimize":
        target = -target
    return Budget(
        # With so many evaluations asked for, the space may end before them, generations never do.
        n_generations=profile.n_generations if search.evaluations is None else None,
        n_evaluations=search.evaluations,
        target_fitness=target,
        stagnation=search.stagnation,
        time_s=profile.run.budget_s,
    )


def make_algorithm(profile: Profile, problem: Problem) -> Algorithm:
    """The algorithm a profile names, at its start."""
    assert profile.seed is not None
    kind = find_algorithm(profile.search.algorithm)
    settings = kind.Settings.model_validate(profile.settings)
    return kind(problem.space, profile.search.population, profile.seed, settings)


def hold_backend(profile: Profile) -> AbstractContextManager[None]:
    """Join the cluster that a profile names, if it names one, before anything else begins.

    Raises
    ------
    UsageError, EnvironmentFailed
        It cannot be joined, and why.
    """
    kind = find_executor(profile.run.backend)
    return kind.hold(**profile.run.model_dump(include={*kind.takes}))


def make_executor(
    profile: Profile, evaluator: Evaluator, logs: Path, listen: Listener = ignore
) -> Executor:
    """The executor a profile names, not yet started; what its workers print goes to `logs`."""
    settings, kind = profile.run, find_executor(profile.run.backend)
    n_workers = count_cores() if settings.workers in ("auto", 0) else int(settings.workers)
    if kind.is_remote and settings.workers == "auto":
        n_workers = 0  # all cores of the other machines
    limits = replace(_make_limits(profile), log_folder=str(logs))
    return kind(
        evaluator,
        n_workers,
        limits,
        n_expected=profile.n_evaluations,
        announce=lambda kind, n: listen(WorkersStarted(n, kind)),
        **settings.model_dump(include={*kind.takes}),
    )


def check_backend(profile: Profile, problem: Problem) -> None:
    """Refuse a backend that cannot keep the profile's limits, or measure the same as others.

    Called before anything of a run is written.

    Raises
    ------
    UsageError
    """
    find_executor(profile.run.backend).refuse(problem.is_trusted, _make_limits(profile))


def _make_limits(profile: Profile) -> Limits:
    memory = profile.run.memory_gib
    memory_bytes = None if memory is None else int(memory * 2**30)
    return Limits(timeout_s=profile.run.timeout_s, memory_bytes=memory_bytes)


def make_evaluator(
    problem: Problem,
    profile: LoadedProfile,
    identity: Identity | None,
    name: str | None,
    space: Space | None = None,
) -> Evaluator:
    """What workers make their problem from: its name in the profile, or a Python object itself.

    Without an identity, they cannot be held to the code that was found here.
    """
    return Evaluator(
        problem,
        name,
        profile.problem_options,
        profile.folders,
        pin_files(identity.files) if identity else None,
        identity.parts.get("code") if identity else None,
        space,
    )


def describe_problem(
    problem: Problem, profile: LoadedProfile, identity: Identity | None = None
) -> dict[str, Any]:
    """What decides fitness, and its fingerprint, as plain data for a shard."""
    identity = identity or identify(problem, profile.folders)
    described = {
        "name": identity.name,
        "version": identity.version,
        "objective": problem.objective,
        "direction": problem.direction,
        "fingerprint": compute_fingerprint(identity.parts),
        "parts": identity.parts,
        "data": problem.data_summary(),
        "options": profile.problem_options,
        "formerly": _list_former(problem, identity),
    }
    return {**described, "notes": [*identity.notes]} if identity.notes else described


def _list_former(problem: Problem, identity: Identity) -> dict[str, str]:
    """Fingerprints that this very problem had before code and arguments were part of them.

    Each with the rows it is true for: ``any``, or those made by a ``profile``. What a script gave
    a constructor was not recorded then.
    """
    parts, kind = identity.parts, type(problem)
    is_loaded = "constructor_options" in vars(problem)
    origin, options = "any", {}
    if "options" in parts and "arguments" not in parts:
        options = parts["options"]
    elif is_loaded:
        options = dict(problem.constructor_options)
        origin = "any" if options or not identity.takes_arguments else "profile"
    if not parts["version"] or (parts.get("arguments") and not is_loaded):
        return {}
    stated = {key: parts[key] for key in ("version", "objective", "direction")}
    file = file_of_module(kind.__module__) or find_origin(sys.modules.get(kind.__module__))
    lasting = name_in_fingerprint(kind.__module__, kind.__qualname__)
    names = {plain_name(f"{lasting}:{kind.__qualname__}")}
    names |= {f"{file.stem}:{kind.__qualname__}"} if file is not None else set()
    former = {
        compute_fingerprint({"problem": name, **stated, "options": options}) for name in names
    }
    return dict.fromkeys(sorted(former - {compute_fingerprint(parts)}), origin)
