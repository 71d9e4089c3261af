"""Plain data, as JSON and TOML know it: tables, lists, and leaves that are neither."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any


def map_leaves(change: Callable[[Any], Any], value: Any) -> Any:
    """The same data with every leaf changed; tuples become lists.

    Examples
    --------
    >>> map_leaves(str, {"a": (1, 2.5)})
    {'a': ['1', '2.5']}
    """
    if isinstance(value, Mapping):
        return {key: map_leaves(change, item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [map_leaves(change, item) for item in value]
    return change(value)


def make_finite(value: Any) -> Any:
    """The same data with None for infinities and not-a-number, which JSON does not know."""
    return map_leaves(lambda leaf: leaf if is_finite(leaf) else None, value)


def is_finite(value: Any) -> bool:
    """False for a float that is infinite or not a number."""
    return not isinstance(value, float) or math.isfinite(value)
