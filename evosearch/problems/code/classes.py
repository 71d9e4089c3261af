"""The functions of a class, and the names that its code sees."""

from __future__ import annotations

import ast
import functools
import sys
import types
from typing import Any

from evosearch.problems.code import definitions
from evosearch.problems.code.definitions import Text
from evosearch.problems.code.syntax import Definition


def unwrap(member: Any) -> list[types.FunctionType]:
    """The functions that a member of a class is made of."""
    if isinstance(member, types.FunctionType):
        # Python 3.14 makes a function of the annotations, which the tree holds.
        return [] if member.__name__.startswith("__annotate") else [member]
    if isinstance(member, property):
        return [f for each in (member.fget, member.fset, member.fdel) for f in unwrap(each)]
    if isinstance(member, (staticmethod, classmethod)):
        return unwrap(member.__func__)
    if isinstance(member, functools.cached_property):
        return unwrap(member.func)
    is_compiled = type(member).__module__.startswith("numba.")
    if is_compiled or isinstance(member, functools._lru_cache_wrapper):
        return unwrap(getattr(member, "py_func", None) or getattr(member, "__wrapped__", None))
    return []


def is_generated(functions: list[types.FunctionType]) -> bool:
    """Whether a decorator wrote them, such as a dataclass's methods; its arguments define them."""
    return all(
        function.__code__.co_filename.startswith("<")
        or function.__globals__.get("__name__") in ("dataclasses", "reprlib")  # its __repr__
        for function in functions
    )


def is_within(
    function: types.FunctionType,
    module: types.ModuleType | None,
    text: Text | None,
    kind: ast.ClassDef,
) -> bool:
    """Whether a function is written in the body of a class, so that its tree holds it."""
    located = definitions.locate(function.__code__, module)
    return (
        located is not None
        and located[0] is text
        and kind.lineno <= located[1].lineno <= (kind.end_lineno or 0)
    )


def is_named(kind: type) -> bool:
    """Whether a class is found by its name; one that was made at run time may not be."""
    found: Any = sys.modules.get(kind.__module__)
    for word in kind.__qualname__.split("."):
        found = getattr(found, word, None)
    return found is kind or not any(isinstance(v, types.FunctionType) for v in vars(kind).values())


def names_of(kind: type, module: types.ModuleType | None) -> dict[str, Any]:
    """The names that the code of a class sees; its module may be no module, as under runpy."""
    for member in vars(kind).values():
        for function in unwrap(member):
            if function.__globals__.get("__name__") == kind.__module__:
                return function.__globals__
    return {} if module is None else vars(module)


def reads_space(definition: Definition) -> bool:
    """Whether a class or function measures by the search space, whose bounds then count."""
    return any(
        isinstance(node, ast.Attribute) and node.attr == "space" and isinstance(node.ctx, ast.Load)
        for method in (definition.body if isinstance(definition, ast.ClassDef) else [definition])
        if getattr(method, "name", "") not in ("__init__", "with_space")
        for node in ast.walk(method)
    )
