"""The attributes of an object that are its state: those that pickle saves."""

from __future__ import annotations

import functools
from typing import Any

from evosearch.problems.base import Problem

# Set on a problem by the loader, or never a part of what it measures.
LOADER_ATTRIBUTES = frozenset(
    {"space", "version", "constructor_options", "folders", "_recorded_metrics"}
)


def read_attributes(value: Any) -> Any:
    """What ``__getstate__`` gives where a class has one, else the attributes by name."""
    kind = type(value)
    if getattr(kind, "__getstate__", None) not in (None, getattr(object, "__getstate__", None)):
        state = value.__getstate__()
        if not isinstance(value, Problem) or not isinstance(state, dict):
            return state
        return {name: v for name, v in state.items() if name not in LOADER_ATTRIBUTES}
    found = dict(getattr(value, "__dict__", {}))
    for base in kind.__mro__:
        slots = vars(base).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            real = f"_{base.__name__.lstrip('_')}{name}" if name.startswith("__") else name
            if name not in ("__dict__", "__weakref__") and hasattr(value, real):
                found[real] = getattr(value, real)
    if isinstance(value, Problem):
        found = {name: v for name, v in found.items() if name not in LOADER_ATTRIBUTES}
    lazy = functools.cached_property
    return {k: v for k, v in found.items() if not isinstance(getattr(kind, k, None), lazy)}
