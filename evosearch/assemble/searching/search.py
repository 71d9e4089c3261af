"""From a profile to a finished run."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evosearch.assemble.reasons import foresee
from evosearch.assemble.searching.manifest import make_manifest
from evosearch.assemble.searching.notices import list_notices
from evosearch.assemble.searching.parts import check_backend
from evosearch.assemble.searching.session import Session
from evosearch.assemble.searching.warming import warm_up
from evosearch.assemble.settings import loading
from evosearch.assemble.settings.defaults import explain_origin
from evosearch.assemble.settings.loading import load_profile, refuse_unknown
from evosearch.assemble.settings.prices import remember_bars
from evosearch.errors import DataError, OptionError, ProblemError, ProfileError
from evosearch.loop.events import Listener, RunPreparing, ignore
from evosearch.loop.result import RunResult
from evosearch.problems import loading as problems
from evosearch.problems.base import Problem
from evosearch.profiles.files import Draft, expand_results
from evosearch.profiles.flags import KEYS
from evosearch.profiles.loaded import LoadedProfile
from evosearch.seeding import draw_seed
from evosearch.texts import slugify


def draw_missing_seed(profile: LoadedProfile) -> LoadedProfile:
    """The profile, with a seed in any case."""
    return profile if profile.seed is not None else profile.replace(seed=draw_seed())


def load_problem(profile: LoadedProfile | str) -> Problem:
    """The problem of a profile, with its data loaded.

    Returns
    -------
    Problem

    Raises
    ------
    ProblemError, DataError
    """
    profile = load_profile(profile) if isinstance(profile, str) else profile
    try:
        name, folders = profile.problem["name"], profile.folders
        return problems.load_problem(name, profile.problem_options, folders)
    except OptionError as error:
        named = [f"{profile.name}, [problem] {key}: {text}" for key, text in error.faults]
        raise ProfileError(named) from error
    except DataError as error:
        origin = explain_origin(profile)
        raise DataError(f"{error}\n{origin}") if origin else error from error


def run(
    profile: LoadedProfile | str | None = None,
    *,
    problem: Problem | type[Problem] | None = None,
    listen: Listener = ignore,
    should_stop: Callable[[], bool] | None = None,
    **settings: Any,
) -> RunResult:
    """Search as a profile says, and write the run's shards.

    Parameters
    ----------
    profile : LoadedProfile or str, optional
        A loaded profile, or its name. Without one, `problem` is searched.
    problem : Problem or class, optional
        Searched in place of the profile's own; a class is made without arguments.
    listen : callable, optional
        Told every event.
    should_stop : callable, optional
        Asked between pieces of work; True ends the run with everything kept.
    **settings
        With the name of a profile or without one, as in `load_profile`: ``seed``,
        ``population``, ``algorithm``, ``generations``, ``evaluations``, ``budget``, ``target``,
        ``stagnation``, ``workers``, ``backend``, ``results``, ``machine``, ``timeout_s``,
        ``memory_gib``; with a profile also ``data``. None changes nothing.

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
    given = None if problem is None else _make_problem(problem)
    profile = draw_missing_seed(_resolve(profile, given, settings))
    listen(RunPreparing(list_notices(profile, given)))  # before anything slow is imported
    from evosearch.shards.writing.journal import Journal

    is_given, problem = given is not None, given or load_problem(profile)
    notes = (*remember_bars(problem), *foresee(problem))
    check_backend(profile, problem)
    warm_up(profile, problem)
    manifest = make_manifest(profile, problem, is_given)
    begin = functools.partial(Journal.begin, Path(profile.run.results), manifest)
    return Session(profile, problem, is_given, begin, listen, should_stop, notes=notes).run()


def _make_problem(given: object) -> Problem:
    """A problem that a caller gave, or made of the class that it gave."""
    problem = given() if isinstance(given, type) and issubclass(given, Problem) else given
    if not isinstance(problem, Problem):
        raise ProblemError(
            f"run(problem=...) takes a Problem, got {type(problem).__name__}. Write a class with "
            "`space`, `direction` and `evaluate(self, params)`; see evosearch.Problem."
        )
    return problem


def _resolve(
    profile: LoadedProfile | str | None, problem: Problem | None, settings: dict[str, Any]
) -> LoadedProfile:
    """The profile of a call from Python."""
    if isinstance(profile, LoadedProfile):
        if settings:
            raise TypeError(f"give {[*settings]} to load_profile(): this profile is loaded already")
        return profile
    if isinstance(profile, str):
        refuse_unknown("run", settings, KEYS)
        return load_profile(profile, **settings)
    if problem is None:
        raise TypeError("run() needs a profile or a problem")
    kind = type(problem)
    refuse_unknown("run", settings, [key for key in KEYS if key != "data"])
    named = problems.name_built_in(kind) or f"{kind.__module__}:{kind.__qualname__}"
    name = slugify(kind.__name__, 64)
    draft = Draft(name, {"name": name, "problem": {"name": named}})
    for key, value in settings.items():
        if value is not None:
            draft.set(KEYS[key], loading.plain_argument(value), f"{key}=")
    expand_results(draft)
    return loading.check_draft(draft, is_given=True)
