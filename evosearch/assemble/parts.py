"""The pieces of a run by the names a profile gives them: algorithm, executor, budget."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.budget import Budget, parse_duration
from evosearch.events import Listener, WorkersStarted, ignore
from evosearch.profile import Profile
from evosearch.provenance import compute_fingerprint

if TYPE_CHECKING:
    from evosearch.algorithms import Algorithm
    from evosearch.executors import Executor
    from evosearch.problems.base import Problem
    from evosearch.problems.evaluator import Evaluator


def make_budget(profile: Profile, problem: Problem) -> Budget:
    """What ends a run, in fitness where the profile speaks of the objective."""
    search, time = profile.search, profile.run.budget
    target = search.target
    if target is not None and problem.direction == "minimize":
        target = -target
    return Budget(
        n_generations=profile.n_generations,
        n_evaluations=search.evaluations,
        target_fitness=target,
        stagnation=search.stagnation,
        time_s=None if time is None else parse_duration(time),
    )


def make_algorithm(profile: Profile, problem: Problem) -> Algorithm:
    """The algorithm a profile names, at its start."""
    from evosearch.algorithms import ALGORITHMS, Genetic

    assert profile.seed is not None
    kind: type[Algorithm] = ALGORITHMS[profile.search.algorithm]
    common = (problem.space, profile.search.population, profile.seed, profile.n_evaluations)
    if kind is Genetic:
        return Genetic(*common, settings=profile.genetic)
    return kind(*common)


@contextlib.contextmanager
def hold_backend(profile: Profile) -> Iterator[None]:
    """Join the cluster that a profile names, if it names one, before anything else begins.

    Raises
    ------
    UsageError, EnvironmentFailed
        It cannot be joined, and why.
    """
    if profile.run.backend != "ray":
        yield
        return
    from evosearch.executors.ray_cluster import Cluster

    cluster = Cluster.join(profile.run.address)
    try:
        yield
    finally:
        cluster.leave()


def make_executor(
    profile: Profile, evaluator: Evaluator, logs: Path, listen: Listener = ignore
) -> Executor:
    """The executor a profile names, not yet started; what its workers print goes to `logs`."""
    from evosearch.executors import EXECUTORS, Limits
    from evosearch.executors.auto import count_cores

    settings = profile.run
    module, _, name = EXECUTORS[settings.backend].partition(":")
    kind: type[Executor] = getattr(importlib.import_module(module), name)
    n_workers = count_cores() if settings.workers in ("auto", 0) else int(settings.workers)
    memory = None if settings.memory_gib is None else int(settings.memory_gib * 2**30)
    limits = Limits(timeout_s=settings.timeout_s, memory_bytes=memory, log_folder=str(logs))
    more: dict[str, Any] = {}
    if settings.backend == "ray":
        # The cores that count are the cluster's; 0 takes all of them.
        n_workers = 0 if settings.workers == "auto" else n_workers
        more["address"] = settings.address
    return kind(
        evaluator,
        n_workers,
        limits,
        n_expected=profile.n_evaluations,
        announce=lambda kind, n: listen(WorkersStarted(n, kind)),
        **more,
    )


def describe_problem(problem: Problem, profile: Profile) -> dict[str, Any]:
    """What decides fitness, and its fingerprint, as plain data for a shard."""
    from evosearch.problems.loading import plain_name

    parts = {
        "problem": plain_name(profile.problem["name"]),
        "version": problem.version,
        "objective": problem.objective,
        "direction": problem.direction,
        "options": problem.fingerprint_options(),
    }
    return {
        "name": parts["problem"],
        "version": problem.version,
        "objective": problem.objective,
        "direction": problem.direction,
        "fingerprint": compute_fingerprint(parts),
        "parts": parts,
        "data": problem.data_summary(),
        "options": profile.problem_options,
    }
