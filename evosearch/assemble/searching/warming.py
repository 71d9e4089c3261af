"""Compiled code: whether a run finds it on the disk, and having it there before the search begins.

The first search on a machine compiles for a while. That happens here, once, in the main process:
no clock runs yet, and workers find the code on the disk.
"""

from __future__ import annotations

import pickle
import traceback
from typing import TYPE_CHECKING

from evosearch.errors import EnvironmentFailed, EvosearchError, ProblemError
from evosearch.profiles.tables import Profile
from evosearch.system import compile_cache

if TYPE_CHECKING:
    from evosearch.problems.base import Problem

# What each search calls, what the genetic algorithm adds, and what the trading problem adds.
_ALWAYS = ("genome/canonical", "genome/identity", "algorithms/distinct")
_GENETIC = ("algorithms/crossover", "algorithms/mutation")
_ON_BARS = ("trading/backtest", "trading/indicators")
_TRADING = (*_ON_BARS, "trading/rules")


def note_compiling(profile: Profile) -> str:
    """What to say of a run that will compile first; empty when its code is on the disk."""
    is_trading = profile.problem["name"] == "trading"
    modules = _ALWAYS + _GENETIC * (profile.search.algorithm == "genetic")
    is_here = is_trading and profile.run.backend != "ray"  # else the cluster compiles it
    shared = _ON_BARS if is_here and _has_workers(profile, is_trading) else ()
    mine = [module for module in _TRADING if is_here and module not in shared]
    if compile_cache.is_compiled((*modules, *mine), shared):
        return ""
    lasts = "up to a minute" if is_here else "some seconds"
    if compile_cache.find_folder(compile_cache.PACKAGE / "genome/canonical.py") is None:
        return f"compiling, {lasts}, as at each start: nothing here may keep it (see doctor)"
    return f"compiling once on this machine, {lasts}"


def warm_up(profile: Profile, problem: Problem) -> None:
    """Have compiled what the search calls, in this process and as its workers will.

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
    from evosearch.algorithms import ALGORITHMS
    from evosearch.problems.base import Problem

    ALGORITHMS[profile.search.algorithm].warm_up()
    has_own = type(problem).warm_up is not Problem.warm_up
    if not has_own or profile.run.backend == "ray":
        return
    has_workers = _has_workers(profile, problem.is_trusted and problem.releases_gil)
    seen = _as_workers_see(problem) if has_workers else problem
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


def _has_workers(profile: Profile, can_use_threads: bool) -> bool:
    """Whether evaluations may run in worker processes, which share large arrays."""
    run = profile.run
    is_limited = run.timeout_s is not None or run.memory_gib is not None
    return run.backend == "processes" or (
        run.backend == "auto" and (is_limited or not can_use_threads)
    )


def _as_workers_see(problem: Problem) -> Problem:
    """The problem with arrays that cannot be written to, for which other code is compiled."""
    buffers: list[pickle.PickleBuffer] = []
    try:
        packed = pickle.dumps(problem, protocol=5, buffer_callback=buffers.append)
        views = [buffer.raw().toreadonly() for buffer in buffers]
        seen: Problem = pickle.loads(packed, buffers=views)  # noqa: S301 (made above)
    except Exception:  # workers build their own
        return problem
    return seen
