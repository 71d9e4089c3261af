"""How a file of prices is read, as a person says it after ``--set``, and as it is kept.

Only the options of ``[problem]`` that say so; the rest of a profile is none of these commands'.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from evosearch.errors import OptionError, ProfileError
from evosearch.plain import write_value
from evosearch.profiles.files import Draft, flatten, parse_assignments
from evosearch.texts import quote
from evosearch.trading.options import READING
from evosearch.trading.problem import parse_options
from evosearch.trading.reading.settings import Reading

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_/+%.:-]*")
_WORDS = {"true", "false", "inf", "nan"}


def parse_reading(assignments: Sequence[str]) -> Reading:
    """The options of ``problem.layout.timezone=Europe/Athens`` and the like.

    Raises
    ------
    ProfileError
        With every mistake.
    """
    draft = Draft("prices", {"problem": {}})
    wrong = []
    for key, value, origin in parse_assignments(assignments):
        table, _, option = key.partition(".")
        if table != "problem" or option.split(".")[0] not in READING:
            wrong.append(
                f"{origin}: here only options are taken that say how a file is read: "
                f"problem.{', problem.'.join(READING)}."
            )
            continue
        for parts, item in flatten(value, tuple(key.split("."))):
            draft.set(parts, item, origin)
    if wrong:
        raise ProfileError(wrong)
    try:
        return parse_options(draft.values["problem"]).reading
    except OptionError as error:
        raise draft.refuse((f"problem.{key}", text) for key, text in error.faults) from error


def write_assignments(reading: Mapping[str, Any]) -> list[str]:
    """Options as they are typed after ``--set``.

    Examples
    --------
    >>> write_assignments({"layout": {"timezone": "Europe/Athens"}, "timeframe": "1h"})
    ['problem.layout.timezone=Europe/Athens', 'problem.timeframe=1h']
    """
    pairs = [(".".join(parts), value) for parts, value in flatten(dict(reading))]
    return [f"problem.{key}={_write(value)}" for key, value in pairs if key]


def quote_assignments(reading: Mapping[str, Any]) -> str:
    """The same as they can be pasted into a command, each after ``--set``."""
    return " ".join(f"--set {quote(text)}" for text in write_assignments(reading))


def _write(value: object) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value not in _WORDS:
        return value
    # What is a number or a truth in TOML would not stay a text.
    is_told = isinstance(value, str) and re.fullmatch(r"[0-9]+[a-z]", value)
    return str(value) if is_told else write_value(value)


def fill_reading(draft: Draft, reading: Mapping[str, Any], origin: str) -> None:
    """Give a problem the options that its file is kept with; what it says itself counts."""
    for parts, value in flatten({"problem": dict(reading)}):
        table: Any = draft.values
        for part in parts[:-1]:
            table = table.get(part, {}) if isinstance(table, dict) else None
        if isinstance(table, dict) and parts[-1] not in table:
            draft.set(parts, value, origin)
