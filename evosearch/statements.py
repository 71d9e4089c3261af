"""What is said, before it is worded: the key of a sentence, and the values that it is filled with.

A room that knows a fact states it; `report.sentences.word` says it in a language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Told: TypeAlias = "str | int | float | Statement | tuple[Statement, ...] | None"


@dataclass(frozen=True)
class Statement:
    """One sentence of the catalogue with its values.

    Attributes
    ----------
    key : str
        As the catalogue has it, ``prefix.name``.
    values : mapping of str to value
        By placeholder: plain numbers, texts, a statement, or several, which are joined by "and".

    Examples
    --------
    >>> Statement("common.and", {"first": 30, "last": 7}).values["first"]
    30
    """

    key: str
    values: Mapping[str, Told] = field(default_factory=dict)
