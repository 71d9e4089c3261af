"""The options of a problem in full: the given ones, and the defaults of all others.

Shards record them, and ``evosearch profiles show`` prints them. The problem itself is made from
the given options alone, so defaults filled in here do not change its identity.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from evosearch.plain import is_finite, map_leaves, write_value
from evosearch.problems.base import Problem
from evosearch.redaction import remove_paths

# A longer default is code rather than a setting; every shard would repeat it.
_MAX_DEFAULT_BYTES = 10_000


@dataclass(frozen=True)
class FullOptions:
    """Options with defaults.

    Attributes
    ----------
    values : dict
        Every option by name; None for one without a value.
    follows : dict of str to str
        Options that follow from another one, and from which.
    opaque : dict of str to str
        Options whose default is no plain data, such as an object, and what it is; their value
        here is None.
    """

    values: dict[str, Any]
    follows: dict[str, str]
    opaque: dict[str, str]


def fill_options(maker: Any, options: Mapping[str, Any]) -> FullOptions:
    """The options of a problem with the defaults filled in.

    Parameters
    ----------
    maker : class, function or Problem
        As `loading.find_maker` gives it.
    options : mapping
        As given, checked.

    Returns
    -------
    FullOptions
        Lists are lists and no tuples, as they are read again.
    """
    defaults, opaque = _read_defaults(maker)
    opaque = {name: text for name, text in opaque.items() if name not in options}
    filled: dict[str, Any] = {}
    follows: dict[str, str] = {}
    if isinstance(maker, type) and issubclass(maker, Problem):
        filled, follows = maker.fill_options(options)
    # In the order of the signature, not of the profile.
    values = {**defaults, **filled}
    values |= {name: value for name, value in options.items() if name not in filled}
    return FullOptions(_plain(values), follows, opaque)


def record_options(maker: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """As `fill_options` for a shard: defaults of a user's code without paths of this machine."""
    full = fill_options(maker, options)
    return {
        name: value if name in options else _without_paths(value)
        for name, value in full.values.items()
    }


def drop_followers(kind: type[Problem], options: Mapping[str, Any]) -> dict[str, Any]:
    """Options without those that follow from the others."""
    left = dict(options)
    for key in options:
        rest = {other: value for other, value in left.items() if other != key}
        filled, follows = kind.fill_options(rest)
        if key in follows and _plain(filled[key]) == _plain(options[key]):
            left = rest
    return left


def check_plain(options: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Faults of options that no shard can record: dates, times, infinities, not-a-number.

    TOML knows them, JSON does not: what a shard recorded would have another type. A problem that
    reads dates takes them as texts.
    """
    return [
        (key, _explain_value(place, value))
        for key, option in options.items()
        for place, value in _list_unrecordable(option, "")
    ]


def _explain_value(place: str, value: Any) -> str:
    where = f"{place}: " if place else ""
    if isinstance(value, float):
        return (
            f"{where}{value!r} is no finite number (the largest is about 1.8e308). Write a finite "
            "number, or leave the option out where it means no limit."
        )
    kind = "date" if type(value) is date else "time"
    read = f"{type(value).__name__}.fromisoformat"
    return (
        f"{where}a {kind} of TOML's own cannot be recorded. Write it in quotes, "
        f"{write_value(value.isoformat())}; the problem reads it with {read}()."
    )


def _list_unrecordable(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _list_unrecordable(item, f"{place}.{key}" if place else str(key))
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value, start=1):
            yield from _list_unrecordable(item, f"{place}, item {number}".lstrip(", "))
    elif isinstance(value, (date, datetime, time)) or not is_finite(value):
        yield place, value


def _read_defaults(maker: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """Defaults of a signature that are plain data, None for others, and what those are."""
    if isinstance(maker, Problem):
        return {}, {}
    try:
        parameters = inspect.signature(maker).parameters.values()
    except (TypeError, ValueError):
        return {}, {}
    found = {
        each.name: each.default
        for each in parameters
        if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)
        and each.name != "folders"
        and each.default is not each.empty
    }
    opaque = {name: _describe(value) for name, value in found.items() if not _is_recordable(value)}
    return found | dict.fromkeys(opaque), opaque


def _is_recordable(value: Any) -> bool:
    try:
        if not _is_plain(value):
            return False
        return len(json.dumps(value, ensure_ascii=False).encode()) <= _MAX_DEFAULT_BYTES
    except (ValueError, RecursionError):  # lone surrogates, or a list that holds itself
        return False


def _is_plain(value: Any) -> bool:
    # Exact types: a subclass, such as a number of NumPy or an enumeration, is written otherwise.
    if type(value) is float:
        return is_finite(value)
    if type(value) in (list, tuple):
        return all(map(_is_plain, value))
    if type(value) is dict:
        return all(type(key) is str and _is_plain(item) for key, item in value.items())
    return value is None or type(value) in (bool, int, str)


def _describe(value: Any) -> str:
    if isinstance(value, (float, int, date, time)):
        return f"{value}, of type {type(value).__name__}"
    return f"an object of type {type(value).__name__}"


def _plain(value: Any) -> Any:
    return map_leaves(lambda leaf: leaf, value)


def _without_paths(value: Any) -> Any:
    return map_leaves(lambda leaf: remove_paths(leaf) if isinstance(leaf, str) else leaf, value)
