"""Plain data of unknown origin, read key by key.

Each value is checked for its type and range when it is read. A fault names the key. Keys that are
never read are noted as unknown: a newer evosearch may have written them.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from evosearch.shards.format.limits import MAX_DEPTH, MAX_NUMBER, MAX_WORD
from evosearch.texts import make_visible

_NEEDED: Any = object()
_HEX_64 = re.compile(r"[0-9a-f]{64}")


class MetadataFault(ValueError):
    """What is wrong with metadata: the key, and what was expected there."""


class Fields:
    """One table of the metadata while it is read.

    Parameters
    ----------
    value : object
        Expected to be a table.
    where : str
        Its dotted key, for messages.
    unknown : set of str
        Collects the keys that are never read.
    label : str, optional
        The dotted key without names of runs and the like, for `unknown`; `where` without it.

    Raises
    ------
    MetadataFault
        The value is no table. Every method raises it for a value that is not as expected.
    """

    def __init__(self, value: Any, where: str, unknown: set[str], label: str | None = None) -> None:
        if not isinstance(value, dict):
            raise fault(where, "a table", value)
        self.plain: dict[str, Any] = value
        self.where = where
        self._unknown = unknown
        self._label = where if label is None else label
        self._asked: set[str] = set()

    def take(self, key: str, default: Any = _NEEDED) -> Any:
        """A value as it stands; the default if the key is missing."""
        self._asked.add(key)
        value = self.plain.get(key, default)
        if value is _NEEDED:
            raise MetadataFault(f"{self.name(key)}: missing")
        return value

    def lacks(self, key: str) -> bool:
        """Whether a key is missing; null is a value, not a missing key."""
        return key not in self.plain

    def text(self, key: str, default: Any = _NEEDED, limit: int = MAX_WORD) -> str:
        """A text of at most `limit` characters."""
        return check_text(self.take(key, default), self.where, key, limit)

    def word(self, key: str, pattern: re.Pattern[str], wanted: str, default: Any = _NEEDED) -> str:
        """A text that matches a pattern."""
        value = self.take(key, default)
        if not (isinstance(value, str) and (pattern.fullmatch(value) or self.lacks(key))):
            raise fault(self.name(key), wanted, value)
        return value

    def digest(self, key: str, default: Any = _NEEDED) -> str:
        """A SHA-256 as 64 hexadecimal digits."""
        return self.word(key, _HEX_64, "64 hexadecimal digits", default)

    def whole(self, key: str, default: Any = _NEEDED, high: int = 2**53) -> Any:
        """A whole number from 0 to `high`."""
        value = self.take(key, default)
        if not self.lacks(key) and not (type(value) is int and 0 <= value <= high):
            raise fault(self.name(key), f"a whole number from 0 to {high:,}", value)
        return value

    def number(self, key: str, default: Any = _NEEDED, high: float = MAX_NUMBER) -> float:
        """A finite number from 0 to `high`."""
        value = self.take(key, default)
        if type(value) not in (int, float) or not 0 <= value <= high:
            raise fault(self.name(key), f"a number from 0 to {high:g}", value)
        return float(value)

    def flag(self, key: str, default: Any = _NEEDED) -> bool:
        """True or false."""
        value = self.take(key, default)
        if not isinstance(value, bool):
            raise fault(self.name(key), "true or false", value)
        return value

    def moment(self, key: str, default: Any = _NEEDED) -> str:
        """A date, with or without a time, as ISO 8601."""
        value = self.text(key, default, limit=40)
        try:
            _ = self.lacks(key) or datetime.fromisoformat(value)
        except ValueError:
            raise fault(self.name(key), "a date and time", value) from None
        return value

    def items(self, key: str, limit: int, default: Any = _NEEDED) -> list[Any]:
        """A list of at most `limit` values."""
        value = self.take(key, default)
        if not isinstance(value, list):
            raise fault(self.name(key), "a list", value)
        if len(value) > limit:
            raise MetadataFault(f"{self.name(key)}: {len(value):,} values; at most {limit:,}")
        return value

    def table(self, key: str, default: Any = _NEEDED) -> Fields:
        """A table with keys of its own."""
        return Fields(
            self.take(key, default), self.name(key), self._unknown, _join(self._label, key)
        )

    def tables(self, key: str, limit: int, default: Any = _NEEDED) -> Iterator[tuple[str, Any]]:
        """Names and values of a table whose keys are names, at most `limit`."""
        value = self.take(key, default)
        if not isinstance(value, dict):
            raise fault(self.name(key), "a table", value)
        if len(value) > limit:
            raise MetadataFault(f"{self.name(key)}: {len(value):,} entries; at most {limit:,}")
        yield from value.items()

    def inside(self, key: str, name: str, value: Any) -> Fields:
        """The table that `tables` gave under a name."""
        where = f"{self.name(key)}.{shorten(name)}"
        return Fields(value, where, self._unknown, _join(self._label, key))

    def free(self, key: str, default: Any = _NEEDED) -> dict[str, Any]:
        """A table of plain data whose keys are the writer's own."""
        value = self.take(key, default)
        if not isinstance(value, dict):
            raise fault(self.name(key), "a table", value)
        check_plain(value, self.name(key))
        return value

    def finish(self) -> None:
        """Note the keys that were never read as unknown."""
        if len(self._asked) < len(self.plain) or not self._asked >= self.plain.keys():
            for key in self.plain.keys() - self._asked:
                self.note(key)

    def note(self, key: str) -> None:
        """Note a key as unknown."""
        self._unknown.add(_join(self._label, shorten(key)))

    def name(self, key: str) -> str:
        """The dotted key of a value in this table."""
        return _join(self.where, key)


def check_text(value: Any, where: str, key: str, limit: int = MAX_WORD) -> str:
    """The value, a text of at most `limit` characters."""
    if not isinstance(value, str):
        raise fault(_join(where, shorten(key)), "a text", value)
    if len(value) > limit:
        raise MetadataFault(
            f"{_join(where, shorten(key))}: a text of {len(value):,} characters; at most {limit:,}"
        )
    return value


def check_plain(value: Any, where: str, depth: int = 0) -> None:
    """Check that nested plain data stay within the limits.

    Raises
    ------
    MetadataFault
        They are nested too deep, or hold a number too large for a float.
    """
    if depth > MAX_DEPTH:
        raise MetadataFault(f"{shorten(where)}: nested more than {MAX_DEPTH} deep")
    if isinstance(value, dict):
        for key, item in value.items():
            check_plain(item, f"{where}.{key}" if depth < 3 else where, depth + 1)
    elif isinstance(value, list):
        for item in value:
            # Texts, the usual case, need no call of their own.
            if not isinstance(item, str):
                check_plain(item, where, depth + 1)
    elif isinstance(value, int):
        if abs(value) > 10**300:
            raise fault(where, "a number of at most 300 digits", "a longer one")
    elif isinstance(value, float) and not math.isfinite(value):
        raise fault(where, "a finite number", value)


def fault(where: str, wanted: str, value: Any) -> MetadataFault:
    """The fault that says what was expected and what was found."""
    if isinstance(value, (dict, list)):
        got = ("a table" if isinstance(value, dict) else "a list") if value else repr(value)
    else:
        got = "null" if value is None else shorten(repr(value))
    return MetadataFault(f"{make_visible(where)}: expected {wanted}, got {got}")


def short_hash(value: Any) -> str:
    """The key of a space or a profile: 12 digits of the hash of its JSON."""
    text = json.dumps(value, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def shorten(text: str, limit: int = 80) -> str:
    """A text of unknown origin for a message: made visible and cut."""
    shown = make_visible(text[:limit])
    return shown if len(text) <= limit else f"{shown}..."


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key
