"""Compiled code: whether it is on the disk, and putting it there before the search begins.

The first search on a machine compiles for a while. That happens here, once, in the main process:
no clock runs yet, and workers load the code from the disk.
"""

from __future__ import annotations

import pickle
import traceback

from evosearch.algorithms import ALGORITHMS, find_algorithm
from evosearch.errors import EnvironmentFailed, EvosearchError, ProblemError
from evosearch.executors import find_executor
from evosearch.problems.base import Problem
from evosearch.problems.loading import BUILT_IN, find_maker
from evosearch.profiles.tables import Profile
from evosearch.system import compile_cache

# What each search calls; its algorithm and its problem add theirs.
_ALWAYS = ("genome/canonical", "genome/identity", "algorithms/distinct")
# The kinds of searches that this process has warmed up: looking at the disk costs more than a
# small search does.
_WARM: set[tuple[object, ...]] = set()


def note_compiling(profile: Profile) -> str:
    """What to say of a run that will compile first; empty when its code is on the disk."""
    if _name_kind(profile) in _WARM:
        return ""
    shared: tuple[str, ...] = ()
    modules = _ALWAYS + ALGORITHMS[profile.search.algorithm].kernels
    name, has_own = profile.problem["name"], False
    if name in BUILT_IN and not find_executor(profile.run.backend).is_remote:
        kind: type[Problem] = find_maker(name)
        has_own = bool(kind.kernels or kind.array_kernels)
        if _has_workers(profile, kind):
            shared, modules = kind.array_kernels, modules + kind.kernels
        else:
            modules += kind.kernels + kind.array_kernels
    if compile_cache.is_compiled(modules, shared):
        return ""
    lasts = "up to a minute" if has_own else "some seconds"
    if compile_cache.find_folder(compile_cache.PACKAGE / "genome/canonical.py") is None:
        return f"compiling, {lasts}, as at each start: nothing here may keep it (see doctor)"
    return f"compiling once on this machine, {lasts}"


def warm_up(profile: Profile, problem: Problem) -> None:
    """Compile the kernels that the search calls, for this process and for its workers.

    Raises
    ------
    EnvironmentFailed
        The compiler is switched off.
    ProblemError
        The problem's own `warm_up` fails.
    """
    if compile_cache.is_switched_off():
        raise EnvironmentFailed(
            "NUMBA_DISABLE_JIT switches off the compiler that a search needs: unset it, and give "
            "the same command again."
        )
    find_algorithm(profile.search.algorithm).warm_up()
    has_own = type(problem).warm_up is not Problem.warm_up
    if has_own and not find_executor(profile.run.backend).is_remote:
        _warm_up_problem(profile, problem)
    _WARM.add(_name_kind(profile))


def _name_kind(profile: Profile) -> tuple[object, ...]:
    """What decides which kernels a search calls."""
    run = profile.run
    limits = run.timeout_s is not None or run.memory_gib is not None
    return profile.search.algorithm, profile.problem["name"], run.backend, limits


def _warm_up_problem(profile: Profile, problem: Problem) -> None:
    seen = as_workers_see(problem) if _has_workers(profile, problem) else problem
    try:
        seen.warm_up()
    except EvosearchError:
        raise
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        what = "".join(traceback.format_exception_only(error)).strip()
        raise ProblemError(
            f"warm_up() of the problem failed: {what} ({last.filename}:{last.lineno})"
        ) from error


def _has_workers(profile: Profile, problem: Problem | type[Problem]) -> bool:
    """Whether evaluations may run in worker processes, which share large arrays."""
    run = profile.run
    is_limited = run.timeout_s is not None or run.memory_gib is not None
    can_use_threads = problem.is_trusted and problem.releases_gil
    return find_executor(run.backend).has_workers(is_limited, can_use_threads)


def as_workers_see(problem: Problem) -> Problem:
    """The problem with read-only arrays, for which other code is compiled."""
    buffers: list[pickle.PickleBuffer] = []
    try:
        packed = pickle.dumps(problem, protocol=5, buffer_callback=buffers.append)
        views = [buffer.raw().toreadonly() for buffer in buffers]
        seen: Problem = pickle.loads(packed, buffers=views)  # noqa: S301 (made above)
    except Exception:  # workers build their own
        return problem
    return seen
