"""From a name in a profile to a problem: built in, ``package.module:attribute`` or a file.

Only a profile, a command line or a caller names code. A shard's metadata names its problem
too, but nothing here is ever called with a name that came out of a shard.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evosearch.errors import EvosearchError, OptionError, ProblemError, did_you_mean
from evosearch.problems.base import Problem
from evosearch.problems.code.importing import import_module, tell_traceback
from evosearch.problems.promise import check_problem
from evosearch.system.search_path import describe_hidden
from evosearch.system.typed_paths import find_current_folder

BUILT_IN = {
    "trading": "evosearch.trading.problem:Trading",
    "sphere": "evosearch.problems.analytic:Sphere",
    "rastrigin": "evosearch.problems.analytic:Rastrigin",
    "mixed": "evosearch.problems.analytic:Mixed",
    "steps": "evosearch.problems.analytic:Steps",
}
# What profiles and journals call a built-in problem that moved since they were written.
_FORMER = {"evosearch.problems.trading.problem:Trading": "trading"}


def load_problem(
    name: str, options: Mapping[str, Any], folders: tuple[Path, ...] = (Path(),)
) -> Problem:
    """Build a problem.

    Parameters
    ----------
    name : str
        A built-in name, ``package.module:attribute`` or ``file.py:attribute``. The attribute is
        a Problem subclass, a function that returns a Problem, or a Problem.
    options : mapping
        Keyword arguments of the class or function.
    folders : tuple of Path
        Where a relative file is looked for, first match wins.

    Returns
    -------
    Problem

    Raises
    ------
    ProblemError
        The module or attribute is wrong, or the problem breaks its promise.
    OptionError
        The options are wrong; every fault with its key.
    """
    maker = find_maker(name, folders)
    faults = check_options(maker, options)
    if faults:
        raise OptionError(faults)
    problem = maker if isinstance(maker, Problem) else _call(maker, name, options, folders)
    if not isinstance(problem, Problem):
        raise _refuse(name, problem)
    if isinstance(maker, type) or options:
        problem.constructor_options = dict(options)
    check_problem(problem, name)
    return problem


def find_maker(name: str, folders: tuple[Path, ...] = (Path(),)) -> Any:
    """The class, function or instance behind a problem's name.

    Raises
    ------
    ProblemError
        There is none.
    """
    target = BUILT_IN.get(_FORMER.get(name, name), name)
    module_spec, colon, attribute = target.rpartition(":")
    if not colon or not module_spec or not attribute:
        raise ProblemError(
            f"Problem {name!r} is neither built in nor of the form package.module:attribute or "
            f"file.py:attribute. {did_you_mean(name, BUILT_IN)}"
        )
    module = import_module(module_spec, folders)
    if module_spec == "__main__" and not hasattr(module, attribute):
        raise ProblemError(
            f"Problem {attribute} was made by a script or a notebook, which alone can make it "
            "again. Continue its run from there: evosearch.resume(RUN, problem=THE_SAME_OBJECT)."
        )
    if not hasattr(module, attribute):
        public = [word for word in vars(module) if not word.startswith("_")]
        hidden = describe_hidden(module.__name__, Path(find_current_folder()))
        raise ProblemError(
            f"{module_spec} has no {attribute!r}. {hidden or did_you_mean(attribute, public)}"
        )
    maker = getattr(module, attribute)
    if not isinstance(maker, Problem) and not callable(maker):
        raise _refuse(name, maker)
    return maker


def _refuse(name: str, found: object) -> ProblemError:
    kind = type(found).__name__
    return ProblemError(f"Problem {name}: expected a subclass of evosearch.Problem, got {kind}.")


def name_built_in(kind: type) -> str | None:
    """The name of a built-in problem by its class; None for any other class."""
    target = f"{kind.__module__}:{kind.__qualname__}"
    return next((name for name, known in BUILT_IN.items() if known == target), None)


def check_options(maker: Any, options: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is wrong with the options of a problem, key and message each."""
    if isinstance(maker, Problem):
        return [(key, "a ready-made instance takes no options.") for key in options]
    if isinstance(maker, type) and issubclass(maker, Problem):
        faults = maker.check_options(options)
        if faults:
            return faults
    try:
        parameters = [*inspect.signature(maker).parameters.values()]
    except (TypeError, ValueError):
        return []
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return []
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    allowed = {p.name: p for p in parameters if p.kind in kinds and p.name != "folders"}
    unknown = [key for key in options if key not in allowed]
    missing = [key for key, p in allowed.items() if p.default is p.empty and key not in options]
    return [
        *((key, f"unknown option. {did_you_mean(key, allowed)}".strip()) for key in unknown),
        *((key, "this option is required.") for key in missing),
    ]


def plain_name(name: str) -> str:
    """A problem's name without the path of its file: the same on every machine."""
    if name in BUILT_IN:
        return name
    module, _, attribute = name.rpartition(":")
    stem = Path(module).stem if module.endswith(".py") else module
    return f"{stem}:{attribute}"


def _call(maker: Any, name: str, options: Mapping[str, Any], folders: tuple[Path, ...]) -> Any:
    wants_folders = "folders" in inspect.signature(maker).parameters
    try:
        return maker(**options, **({"folders": folders} if wants_folders else {}))
    except EvosearchError:
        raise
    except (Exception, SystemExit) as error:
        raise ProblemError(tell_traceback(name, error)) from error
