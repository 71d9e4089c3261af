"""Plain data, as JSON and TOML know it: tables, lists, and leaves that are neither.

Profiles are written into shards as TOML.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import date, time
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


def write_toml(plain: Mapping[str, Any]) -> str:
    """Tables of plain data as a TOML document: what is no table first, one value a line.

    TOML has no null: None, and values that hold it, are left out.

    Examples
    --------
    >>> print(write_toml({"seed": 7, "run": {"workers": "auto", "budget": None}}), end="")
    seed = 7
    <BLANKLINE>
    [run]
    workers = "auto"
    """
    tables = {key: value for key, value in plain.items() if isinstance(value, dict)}
    lines = _write_lines({key: value for key, value in plain.items() if key not in tables})
    for key, table in tables.items():
        lines += ["", f"[{write_key(key)}]", *_write_lines(table)]
    return "\n".join(lines) + "\n"


def _write_lines(table: Mapping[str, Any]) -> list[str]:
    return [f"{write_key(k)} = {write_value(v)}" for k, v in table.items() if not _holds_null(v)]


def _holds_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_null, value.values()))
    return any(map(_holds_null, value)) if isinstance(value, (list, tuple)) else value is None


def write_value(value: Any) -> str:
    """One value on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(write_value(item) for item in value)}]"
    if isinstance(value, dict):
        return (
            "{ " + ", ".join(f"{write_key(k)} = {write_value(v)}" for k, v in value.items()) + " }"
        )
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    # JSON strings are TOML basic strings, but for DEL, which TOML wants escaped.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007F")


def write_readable(value: Any) -> str:
    r"""One value as a person writes it: ``'C:\bars'`` for a path of Windows, 20 for 20.0."""
    if isinstance(value, str) and "\\" in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(write_readable, value))}]"
    return write_value(value)


def write_key(key: str) -> str:
    """One part of a key, in quotes where it needs them."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else write_value(key)
