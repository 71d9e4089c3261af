"""The identity of a problem: all that decides the result of an evaluation, and nothing else.

Two runs can be merged when their identities agree. It covers the class with its bases,
the functions, modules and values it uses, its attributes after ``__init__`` and its input files;
not the search bounds, the file's name, comments, or versions of installed packages.
"""

from __future__ import annotations

import dis
import inspect
import json
import sys
import types
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from evosearch.errors import ProblemError
from evosearch.problems.base import Problem
from evosearch.problems.code.definitions import find_origin, hash_bytes
from evosearch.problems.identity.attributes import read_attributes
from evosearch.problems.identity.input_files import hash_inputs, is_input_list
from evosearch.problems.identity.state import Unhashable
from evosearch.problems.identity.walker import Walker
from evosearch.problems.loading import name_built_in
from evosearch.provenance import list_differences

# Entries that are named one by one; more of them count as one.
MAX_ENTRIES = 200
_STATED = ("direction", "objective")


@dataclass(frozen=True)
class Identity:
    """What decides the result, as plain data.

    Attributes
    ----------
    name : str
        Of a built-in problem, or of the class.
    version : str
        As declared, else ``source-`` and a hash of the code.
    parts : dict
        What the fingerprint is computed from.
    notes : tuple of str
        What a person has to know about it.
    packages : tuple of str
        Installed packages that the code uses.
    files : dict of str to str
        Own source files with the digest of their trees.
    takes_arguments : bool
        The class can be made with arguments.
    """

    name: str
    version: str
    parts: dict[str, Any]
    notes: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    takes_arguments: bool = True


# By problem: the identity it began a run with, and the parts that the run left behind.
_KNOWN: dict[int, tuple[Any, Identity, dict[str, Any]]] = {}

# By class: the code entries after a run, such as a cache among the globals, and before it.
_LEFT_CODE: weakref.WeakKeyDictionary[type, tuple[Any, Any]] = weakref.WeakKeyDictionary()


def identify(problem: Problem, folders: tuple[Path, ...] = (Path(),)) -> Identity:
    """The identity of a problem as it is now.

    Parameters
    ----------
    problem : Problem
    folders : tuple of Path
        Where relative input files are looked for, besides the folder of the problem's file.

    Raises
    ------
    ProblemError
        Something cannot be hashed faithfully, or a file was changed since it was imported.
    """
    identity = _identify(problem, folders)
    known = _KNOWN.get(id(problem))
    if known is not None and known[0]() is problem and known[2] == identity.parts:
        return known[1]  # what evaluations left in it, such as a cache, is no other problem
    code = _LEFT_CODE.get(type(problem))
    if code is not None and identity.parts.get("code") == code[0]:
        return replace(identity, parts={**identity.parts, "code": code[1]})
    return identity


def keep_identity(problem: Problem, identity: Identity, folders: tuple[Path, ...]) -> None:
    """Remember, when a run ends, what its evaluations changed in a problem of this process."""
    if name_built_in(type(problem)):
        return
    try:
        left = _identify(problem, folders).parts
        if left.get("code") != identity.parts.get("code"):
            _LEFT_CODE[type(problem)] = left.get("code"), identity.parts.get("code")
        key = id(problem)
        reference = weakref.ref(problem, lambda _: _KNOWN.pop(key, None))
    except (ProblemError, TypeError):
        return
    if left != identity.parts:
        _KNOWN[key] = (reference, identity, left)


def verify_code(problem: Problem, code: Mapping[str, str], folders: tuple[Path, ...]) -> None:
    """Raise in a worker whose code differs from the identity of the run.

    Raises
    ------
    ProblemError
    """
    differing = list_differences(code, _identify(problem, folders).parts.get("code", {}))
    if differing:
        raise ProblemError(
            f"Problem {type(problem).__name__} is another one in a worker than in the process that "
            f"began the run (there | here): {'; '.join(differing[:3])}\nWorkers import the code "
            "anew: what a script changes afterwards they do not see. Give it to the constructor, "
            'or let the class have a version = "1" if it does not decide the number.'
        )


def _identify(problem: Problem, folders: tuple[Path, ...]) -> Identity:
    kind = type(problem)
    stated = {"objective": problem.objective, "direction": problem.direction}
    name = name_built_in(kind)
    if name is not None and not {"evaluate", "evaluate_batch"} & {*vars(problem)}:
        version, options = problem.version, problem.fingerprint_options()
        return Identity(
            name, version, {"problem": name, "version": version, **stated, "options": options}
        )
    _refuse_outdated(kind)
    version = find_version(problem)
    origin = find_origin(sys.modules.get(kind.__module__))
    inputs = hash_inputs(problem, (*([origin.parent] if origin else []), *folders))
    by_text = {text: content for _, texts, content in inputs for text in texts}
    walker = Walker(kind, folders, by_text, counts_code=not version)
    walker._path, is_argument = [id(problem)], True
    try:
        arguments = _list_arguments(problem, walker)
        walker._path, is_argument = [], False
        if not version:
            walker.walk(kind)
        walker.write_units()
    except Unhashable as error:
        raise _refuse(kind, error, is_argument) from error
    except RecursionError as error:
        raise ProblemError(f"Problem {kind.__name__}: it is nested too deeply.") from error
    # Without the key "problem": so no class can pass for a built-in problem.
    parts: dict[str, Any] = {"class": kind.__qualname__, "version": version, **stated}
    if walker.code:
        parts["code"] = _bound(walker.code)
    parts |= arguments
    if inputs:
        parts["inputs"] = _bound({label: content for label, _, content in inputs})
    if walker.reads_space:
        parts["space"] = walker.show(problem.space)
    notes = []
    if walker.has_bytecode:
        minor = f"{sys.version_info.major}.{sys.version_info.minor}"
        parts["python"] = f"bytecode of Python {minor}"
        notes.append(
            f"The source of {kind.__qualname__} is not kept (typed in, or given by -c): it counts "
            f"by its bytecode of Python {minor}: other versions of Python make shards that cannot "
            'be merged with these. Write it in a file, or give it version = "1".'
        )
    digest = hash_bytes(json.dumps(parts.get("code", {}), sort_keys=True).encode())
    return Identity(
        kind.__qualname__,
        version or f"source-{digest[:12]}",
        parts,
        tuple(notes),
        tuple(sorted(walker.packages)),
        {str(path): digest for path, digest in walker.files.items()},
        _takes_arguments(kind),
    )


def _refuse_outdated(kind: type) -> None:
    """Refuse a class that a reload of its module has replaced: workers would find the new one."""
    found: Any = sys.modules.get(kind.__module__)
    if kind.__module__ == "__main__" or "<locals>" in kind.__qualname__:
        return
    for word in kind.__qualname__.split("."):
        found = getattr(found, word, None)
    if isinstance(found, type) and found is not kind:
        raise ProblemError(
            f"{kind.__module__} was loaded anew since this {kind.__qualname__} was made, and "
            "workers would use the new class. Import it again and make the problem again."
        )


def find_version(problem: Problem) -> str:
    """The version that a user's problem declares itself; that of a built-in base is not its own."""
    if "version" in vars(problem):
        return str(problem.version)
    for kind in type(problem).__mro__:
        if "version" in vars(kind):
            return "" if kind.__module__.startswith("evosearch.") else str(problem.version)
    return ""


def _takes_arguments(kind: type) -> bool:
    try:
        return bool({*inspect.signature(kind).parameters} - {"folders"})
    except (TypeError, ValueError):
        return True


def _list_arguments(problem: Problem, walker: Walker) -> dict[str, Any]:
    """The arguments of a problem: its attributes, or its own `fingerprint_options`."""
    kind = type(problem)
    state = read_attributes(problem)
    if not isinstance(state, Mapping):
        state = {"__getstate__": state}
    found: dict[str, Any] = {}
    if kind.fingerprint_options is not Problem.fingerprint_options:
        options = problem.fingerprint_options()
        try:
            json.dumps(options, allow_nan=False, sort_keys=True)
        except (TypeError, ValueError):
            options = {str(name): walker.show(value) for name, value in options.items()}
        found["options"] = options
        own = next(each for each in kind.__mro__ if "fingerprint_options" in vars(each))
        if not own.__module__.startswith("evosearch."):
            return found
        # A built-in base speaks for its own attributes only.
        state = {name: v for name, v in state.items() if name not in _stored_by_bases(kind)}
    shown = {}
    for name, value in sorted(state.items(), key=lambda item: str(item[0])):
        if name in _STATED or (name == "inputs" and is_input_list(value)):
            continue
        try:
            shown[str(name)] = walker.show(value)
        except Unhashable as error:
            error.trail.append(str(name))
            raise
    return {**found, "arguments": _bound(shown)}


def _stored_by_bases(kind: type) -> set[str]:
    """Attributes that the methods of built-in problems set on themselves."""
    return {
        step.argval
        for base in kind.__mro__
        if base.__module__.startswith("evosearch.")
        for function in vars(base).values()
        if isinstance(function, types.FunctionType)
        for step in dis.get_instructions(function)
        if step.opname == "STORE_ATTR"
    }


def _refuse(kind: type, error: Unhashable, is_argument: bool) -> ProblemError:
    trail = " in ".join(error.trail[:-1]) or "it"
    place = error.trail[-1] if error.trail else "a value"
    inside = f" (in {trail})" if len(error.trail) > 1 else ""
    why = f": {error.why[:100]}" if error.why else ""
    remedy = 'Give the class a version = "1" of its own, and raise it when the number changes.'
    if is_argument:
        remedy = (
            "Make it in setup(), or write fingerprint_options(self), which returns what decides "
            "the number as plain data."
        )
    return ProblemError(
        f"Problem {kind.__qualname__}: {place}{inside} holds a {error.kind}, whose content cannot "
        f"be read{why}. Whether two runs measure the same would stay unknown.\n{remedy}"
    )


def _bound(entries: Mapping[str, str]) -> dict[str, str]:
    """Entries in order of their names; very many are summed up by one hash."""
    kept = {name: entries[name] for name in sorted(entries)[:MAX_ENTRIES] if len(name) <= 120}
    rest = {name: entry for name, entry in entries.items() if name not in kept}
    if rest:
        kept[f"{len(rest):,} more"] = hash_bytes(json.dumps(rest, sort_keys=True).encode())
    return kept
