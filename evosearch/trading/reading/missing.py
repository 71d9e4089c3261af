"""Texts that stand for no value."""

from __future__ import annotations

MISSING = frozenset(
    ("", "-", "--", "\u2013", "\u2014", ".", "?", "nan", "-nan", "nat", "null", "nil", "none", "na",
     "n/a", "n/d", "#na", "#n/a", "<na>", "\\n")
)  # fmt: skip


def is_missing(text: str) -> bool:
    """Whether a cell holds no value.

    Examples
    --------
    >>> is_missing(" NaN "), is_missing("0")
    (True, False)
    """
    return text.strip().lower() in MISSING
