"""From a profile to a finished run: problem, algorithm, executor and recorder put together."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.assemble.profiles import load_profile
from evosearch.errors import OptionError, ProfileError
from evosearch.events import Listener, RunStarted, ShardPublished, WorkersStarted, ignore
from evosearch.profile import Profile, check_values
from evosearch.provenance import (
    compute_fingerprint,
    describe_machine,
    describe_versions,
    format_utc,
    make_run_id,
    slugify,
)

if TYPE_CHECKING:
    from evosearch.algorithms import Algorithm
    from evosearch.executors import Executor
    from evosearch.problems.base import Problem
    from evosearch.problems.evaluator import Evaluator
    from evosearch.runner import RunResult


def load_problem(profile: Profile | str) -> Problem:
    """The problem of a profile, with its data loaded.

    Returns
    -------
    Problem

    Raises
    ------
    ProblemError, DataError
    """
    from evosearch.problems.loading import load_problem as load

    profile = load_profile(profile) if isinstance(profile, str) else profile
    try:
        return load(profile.problem["name"], profile.problem_options, profile.folders)
    except OptionError as error:
        texts = [f"{profile.name}, [problem] {key}: {text}" for key, text in error.faults]
        raise ProfileError(texts) from error


def run(
    profile: Profile | str | None = None,
    *,
    problem: Problem | None = None,
    listen: Listener = ignore,
    should_stop: Callable[[], bool] | None = None,
    **settings: Any,
) -> RunResult:
    """Search as a profile says, and write the run's shards.

    Parameters
    ----------
    profile : Profile or str, optional
        A loaded profile, or its name. Without one, `problem` is searched.
    problem : Problem, optional
        Searched in place of the profile's own.
    listen : callable, optional
        Told every event.
    should_stop : callable, optional
        Asked between pieces of work; True ends the run with everything kept.
    **settings
        With the name of a profile, as in `load_profile`: ``seed``, ``workers``, ``data``,
        ``results``, ``backend``. Without a profile also ``population``, ``generations`` and
        ``algorithm``.

    Returns
    -------
    RunResult

    Raises
    ------
    EvosearchError

    Examples
    --------
    >>> run("pro", data="bars.csv", seed=1).to_frame()  # doctest: +SKIP
    >>> run(problem=MyProblem(), population=50, generations=20)  # doctest: +SKIP
    """
    from evosearch.problems.evaluator import Evaluator
    from evosearch.runner import Runner
    from evosearch.seeding import draw_seed
    from evosearch.shards.recorder import Recorder

    profile = _resolve(profile, problem, settings)
    if profile.seed is None:
        profile = _with_seed(profile, draw_seed())
    given = problem is not None
    problem = problem or load_problem(profile)
    evaluator = Evaluator(
        problem,
        None if given else profile.problem["name"],
        profile.problem_options,
        profile.folders,
    )
    machine = describe_machine()
    run_id = make_run_id(profile.name, machine["host"])
    facts: dict[str, Any] = {
        "run_id": run_id,
        "profile_name": profile.name,
        "seed": profile.seed,
        "machine": machine,
        "versions": describe_versions(),
        "started_utc": format_utc(datetime.now(UTC)),
        "parents": [],
    }
    recorder = Recorder(
        folder=Path(profile.run.results),
        run=facts,
        problem=describe_problem(problem, profile),
        space=problem.space,
        metrics=problem.metric_names,
        int_metrics=problem.int_metrics,
        profile_toml=profile.to_toml(),
        publish=lambda path, n_rows: listen(ShardPublished(path, n_rows)),
    )
    algorithm = make_algorithm(profile, problem)
    with make_executor(profile, evaluator, listen) as executor:
        about = facts | {
            "population": profile.search.population,
            "generations": profile.search.generations,
            "objective": problem.objective,
            "direction": problem.direction,
            "problem": profile.problem["name"],
            "data": problem.data_summary(),
            "n_workers": executor.n_workers,
            "backend": executor.kind,
        }
        listen(RunStarted(run_id, about, profile.n_evaluations))
        return Runner(
            run_id=run_id,
            algorithm=algorithm,
            executor=executor,
            recorder=recorder,
            metrics=problem.metric_names,
            int_metrics=problem.int_metrics,
            n_generations=profile.search.generations,
            listen=listen,
            should_stop=should_stop,
        ).run()


def make_algorithm(profile: Profile, problem: Problem) -> Algorithm:
    """The algorithm a profile names, at its start."""
    from evosearch.algorithms import ALGORITHMS, Genetic, GeneticSettings

    assert profile.seed is not None
    kind: type[Algorithm] = ALGORITHMS[profile.search.algorithm]
    common = (problem.space, profile.search.population, profile.seed, profile.n_evaluations)
    if kind is Genetic:
        return Genetic(*common, settings=GeneticSettings(**profile.genetic.model_dump()))
    return kind(*common)


def make_executor(profile: Profile, evaluator: Evaluator, listen: Listener = ignore) -> Executor:
    """The executor a profile names, not yet started."""
    from evosearch.executors import EXECUTORS, Limits
    from evosearch.executors.auto import count_cores

    settings = profile.run
    module, _, name = EXECUTORS[settings.backend].partition(":")
    kind: type[Executor] = getattr(importlib.import_module(module), name)
    n_workers = count_cores() if settings.workers in ("auto", 0) else int(settings.workers)
    memory = None if settings.memory_gib is None else int(settings.memory_gib * 2**30)
    limits = Limits(timeout_s=settings.timeout_s, memory_bytes=memory)
    return kind(
        evaluator,
        n_workers,
        limits,
        n_expected=profile.n_evaluations,
        announce=lambda kind, n: listen(WorkersStarted(n, kind)),
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


def _resolve(
    profile: Profile | str | None, problem: Problem | None, settings: dict[str, Any]
) -> Profile:
    """The profile of a call from Python."""
    if isinstance(profile, Profile):
        if settings:
            raise TypeError(f"give {[*settings]} to load_profile(): this profile is loaded already")
        return profile
    if isinstance(profile, str):
        return load_profile(profile, **settings)
    if problem is None:
        raise TypeError("run() needs a profile or a problem")
    kind = type(problem)
    search = {
        k: settings.pop(k) for k in ("population", "generations", "algorithm") if k in settings
    }
    seed = settings.pop("seed", None)
    values = {
        "name": slugify(kind.__name__, 64),
        "seed": seed,
        "search": search,
        "problem": {"name": f"{kind.__module__}:{kind.__qualname__}"},
        "run": {key: str(v) if isinstance(v, Path) else v for key, v in settings.items()},
    }
    made, faults = check_values(values)
    if made is None:
        raise ProfileError([f"{key}: {text}" for key, text in faults])
    return made


def _with_seed(profile: Profile, seed: int) -> Profile:
    seeded = profile.model_copy(update={"seed": seed})
    seeded._folders = profile.folders
    return seeded
